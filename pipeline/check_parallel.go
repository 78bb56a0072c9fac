package pipeline

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// parallel checks the body of a parallel job or component. comp is what
// declares its inputs and outputs; nil when that is not known.
func (c *checker) parallel(s *scope, comp *Component, body *Parallel, at string) {
	path := join(at, "input_data")
	name := c.ownPort(comp, body.InputData, "inputs", path)
	if in := c.portsOf(comp).inputs[name]; in != nil && in.Type.IsLiteral() {
		c.errorf(body.InputData.Range, diag.CodeTypeMismatch, path, "input_data is data, but input %q is %s", name, article(in.Type)).Hint =
			"name an input of type mltable, uri_folder or uri_file"
	}
	if body.Task != nil {
		c.parallelTask(s, comp, body.Task, join(at, "task"))
	}
}

func (c *checker) parallelTask(s *scope, comp *Component, task *ParallelTask, at string) {
	c.environment(task.Environment, join(at, "environment"))
	c.argumentRefs(comp, task.Arguments, "program_arguments", join(at, "program_arguments"))
	c.ownPort(comp, task.AppendRowTo, "outputs", join(at, "append_row_to"))
	if task.Code == nil {
		return
	}
	code := &task.Code.Path
	if code.Value == "" || s != nil && c.bound(s, code.Text, join(at, "code")) {
		return
	}
	c.codeFolder(code, join(at, "code"))
	if strings.HasSuffix(task.EntryScript.Value, ".py") {
		c.script(code, task.EntryScript, "entry_script", join(at, "entry_script"))
	}
}
