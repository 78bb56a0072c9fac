package pipeline

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// end is an input or output of a data transfer.
type end struct {
	name string
	at   diag.Range
	typ  Type
}

// ends are the inputs and outputs of a data transfer, and where it begins.
type ends struct {
	inputs, outputs []end
	at              diag.Range
	what            string
}

// portsOfComponent are the ends that a component declares.
func portsOfComponent(comp *Component) ends {
	e := ends{at: comp.Range, what: "the component"}
	for _, in := range comp.Inputs {
		e.inputs = append(e.inputs, end{in.Name, in.NameRange, in.Type})
	}
	for _, out := range comp.Outputs {
		e.outputs = append(e.outputs, end{out.Name, out.NameRange, out.Type})
	}
	return e
}

// endsOfStep are those that a step binds.
func endsOfStep(step *Step) ends {
	e := ends{at: step.NameRange, what: "job \"" + step.Name + "\""}
	if step.Name == "" {
		e = portsOfComponent(step.Component)
		e.what = "the job"
		e.at = step.Range
		return e
	}
	for _, b := range step.Inputs {
		t := b.Value.Type
		if b.Value.Data != nil {
			t = b.Value.Data.Type
		}
		e.inputs = append(e.inputs, end{b.Name, b.NameRange, t})
	}
	for _, b := range step.Outputs {
		e.outputs = append(e.outputs, end{b.Name, b.NameRange, b.Spec.Type})
	}
	return e
}

// transferStep checks a data transfer.
// Sources: azure-ai-ml: _schema/job/data_transfer_job.py,
// entities/_component/datatransfer_component.py.
func (c *checker) transferStep(step *Step, body *DataTransfer, at string) {
	if strings.EqualFold(body.Task.Value, "copy_data") && step.Component != nil && !step.Component.Inline {
		return // its component says what is copied
	}
	c.transferPorts(endsOfStep(step), body.Task, at)
	if !strings.EqualFold(body.Task.Value, "copy_data") {
		return
	}
	for _, outside := range []struct {
		end  *DataEnd
		name string
	}{{body.Source, "source"}, {body.Sink, "sink"}} {
		if outside.end != nil {
			c.errorf(outside.end.Range, diag.CodeUnknownField, join(at, outside.name), "copy_data has no %s: it copies its inputs to its output", outside.name).Hint =
				"remove it, or write task: import_data or export_data"
		}
	}
}

// transferPorts checks how many inputs and outputs there are, and how they are
// called.
func (c *checker) transferPorts(e ends, task Text, at string) {
	switch strings.ToLower(task.Value) {
	case "import_data":
		c.onlyEnd(e, e.outputs, "outputs", "sink", "import_data", at)
		c.noEnds(e.inputs, "inputs", "import_data has no inputs: its source says where the data comes from", at)
	case "export_data":
		c.onlyEnd(e, e.inputs, "inputs", "source", "export_data", at)
		c.noEnds(e.outputs, "outputs", "export_data has no outputs: its sink says where the data goes", at)
	case "copy_data":
		c.copies(e, at)
	}
}

// onlyEnd: there is exactly one, of that name.
func (c *checker) onlyEnd(e ends, list []end, field, name, task, at string) {
	if len(list) == 0 {
		c.errorf(e.at, diag.CodeMissingField, join(at, field), "%s has no %s: %s has exactly one, %s", e.what, field, task, name).Hint = "add " + field + " with " + name
		return
	}
	for i, port := range list {
		switch {
		case i > 0:
			c.errorf(port.at, diag.CodeBadValue, join(at, field, port.name), "%s has one %s, %s, and %q is one more", task, strings.TrimSuffix(field, "s"), name, port.name).Hint = "remove it"
		case port.name != name:
			c.errorf(port.at, diag.CodeBadName, join(at, field, port.name), "%s has one %s, %s, and none called %q", task, strings.TrimSuffix(field, "s"), name, port.name).Hint =
				"write " + name
		}
	}
}

func (c *checker) noEnds(list []end, field, why, at string) {
	if len(list) > 0 {
		c.errorf(list[0].at, diag.CodeBadValue, join(at, field, list[0].name), "%s", why).Hint = "remove " + field
	}
}

// copies checks copy_data: inputs to one output of their type.
func (c *checker) copies(e ends, at string) {
	switch {
	case len(e.outputs) == 0:
		c.errorf(e.at, diag.CodeMissingField, join(at, "outputs"), "%s has no outputs: copy_data has exactly one", e.what).Hint = "add one under outputs"
		return
	case len(e.outputs) > 1:
		c.errorf(e.outputs[1].at, diag.CodeBadValue, join(at, "outputs", e.outputs[1].name), "copy_data has exactly one output, and %q is one more", e.outputs[1].name).Hint =
			"remove it"
		return
	case len(e.inputs) == 0:
		c.errorf(e.at, diag.CodeMissingField, join(at, "inputs"), "%s has no inputs: copy_data copies at least one", e.what).Hint = "add one under inputs"
		return
	}
	out := e.outputs[0]
	switch {
	case out.typ == "":
	case len(e.inputs) > 1 && out.typ != URIFolder:
		c.errorf(out.at, diag.CodeTypeMismatch, join(at, "outputs", out.name), "output %q is %s, but several inputs are copied into a folder", out.name, withType(out.typ)).Hint =
			"write type: uri_folder"
	case len(e.inputs) == 1 && e.inputs[0].typ != "" && e.inputs[0].typ != out.typ:
		c.errorf(out.at, diag.CodeTypeMismatch, join(at, "outputs", out.name), "output %q is %s, but what is copied is %s", out.name, withType(out.typ), withType(e.inputs[0].typ)).Hint =
			"give both the same type"
	}
}
