package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// commandBody checks what a command component, inline or not, consists of.
// at is the path of the step for an inline one, and s what it stands in.
func (c *checker) commandBody(s *scope, comp *Component, at string) {
	path, before := join(at, "command"), len(c.errs)
	refs := c.refs(comp.Command, path)
	broken := len(c.errs) > before
	for _, r := range refs {
		r.grouped = r.grouped || broken // with brackets that do not match nobody can tell
		c.commandRef(comp, r, "the command", path)
	}
	c.codeFolder(comp.Code, join(at, "code"))
	for _, l := range comp.Includes {
		c.stat(l, join(at, "additional_includes"), "additional include")
	}
	c.environment(comp.Environment, join(at, "environment"))
	c.limits(s, comp.Limits, join(at, "limits"))
	c.resources(s, comp.Resources, join(at, "resources"))
	c.distribution(s, comp.Distribution, join(at, "distribution"))
	c.variables(s, comp.EnvironmentVariables, join(at, "environment_variables"))
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ".")
}

// commandRef checks a reference in a command: it sees the component's own
// inputs and outputs.
func (c *checker) commandRef(comp *Component, r ref, noun, path string) {
	name := strings.Join(r.Path[1:], ".")
	switch r.Path[0] {
	case "inputs":
		c.commandInput(comp, r, name, noun, path)
	case "outputs":
		if c.portsOf(comp).outputs[name] == nil && name != ArtifactsOutput {
			c.errorf(r.Range, diag.CodeUnknownOutput, path, "%s uses output %q, which is not declared", noun, name).Hint =
				c.knownHint(name, c.portsOf(comp).outputNames, "the outputs are")
		}
	case "parent":
		c.errorf(r.Range, diag.CodeWrongScope, path, "a command sees its own inputs and outputs only, not ${{%s}}", r).Hint =
			"bind an input to it, and use ${{inputs.NAME}} in the command"
	case "search_space":
		c.spaceRef(comp, r, name, path)
	default:
		c.errorf(r.Range, diag.CodeBadExpression, path, "${{%s}} names nothing that a command can use", r).Hint =
			"use ${{inputs.NAME}} or ${{outputs.NAME}}"
	}
}

func (c *checker) commandInput(comp *Component, r ref, name, noun, path string) {
	declared := c.portsOf(comp)
	in := declared.inputs[name]
	switch {
	case in == nil:
		c.errorf(r.Range, diag.CodeUnknownInput, path, "%s uses input %q, which is not declared", noun, name).Hint =
			c.knownHint(name, declared.inputNames, "the inputs are")
	case in.Optional && in.Default == nil && !r.grouped:
		c.errorf(r.Range, diag.CodeOptionalUngrouped, path, "optional input %q is used outside $[[ ]]", name).Hint =
			fmt.Sprintf("put the stretch that needs it in brackets: $[[--%s ${{inputs.%s}}]]", name, name)
	}
}

// stepOverrides checks what a step says over its component.
func (c *checker) stepOverrides(s *scope, step *Step, at string) {
	c.environment(step.Environment, join(at, "environment"))
	c.limits(s, step.Limits, join(at, "limits"))
	c.resources(s, step.Resources, join(at, "resources"))
	c.distribution(s, step.Distribution, join(at, "distribution"))
	c.variables(s, step.EnvironmentVariables, join(at, "environment_variables"))
}

// bound reports whether a field holds references, and checks them against what
// the step stands in (nil: nothing).
func (c *checker) bound(s *scope, t Text, path string) bool {
	refs := c.refs(t, path)
	for _, r := range refs {
		if s != nil {
			c.parentRef(*s, nil, r, false, path)
		}
	}
	return len(refs) > 0
}

// variables checks the references to what is around a step. Other stretches of
// a variable that look like references are the step's business.
func (c *checker) variables(s *scope, list []EnvVar, at string) {
	for _, v := range list {
		if s == nil || !strings.Contains(v.Value.Value, "${{") {
			continue
		}
		path := at + "." + v.Name
		for _, r := range c.refs(v.Value, path) {
			if r.Path[0] == "parent" {
				c.parentRef(*s, nil, r, false, path)
			}
		}
	}
}

func (c *checker) limits(s *scope, l *Limits, at string) {
	if l == nil || l.Timeout.IsZero() {
		return
	}
	path := join(at, "timeout")
	if c.bound(s, l.Timeout, path) {
		return
	}
	n, ok := number(l.Timeout.Value)
	switch {
	case !ok || !n.IsInt():
		c.errorf(l.Timeout.Range, diag.CodeBadValue, path, "timeout %q is not a whole number of seconds", clip(l.Timeout.Value))
	case n.Sign() <= 0:
		c.errorf(l.Timeout.Range, diag.CodeOutOfRange, path, "timeout %s is not positive", l.Timeout.Value).Hint = "it is a number of seconds"
	}
}

func (c *checker) resources(s *scope, r *Resources, at string) {
	if r != nil {
		c.count(s, r.InstanceCount, join(at, "instance_count"), "instance_count")
	}
}

func (c *checker) distribution(s *scope, d *Distribution, at string) {
	if d == nil {
		return
	}
	known := []string{"pytorch", "mpi", "tensorflow", "ray"}
	if t := strings.ToLower(d.Type.Value); t != "" && !slices.Contains(known, t) {
		c.errorf(d.Type.Range, diag.CodeBadValue, join(at, "type"), "%q is not a type of distribution", d.Type.Value).Hint =
			c.knownHint(t, known, "the types are")
	}
	c.count(s, d.ProcessCountPerInstance, join(at, "process_count_per_instance"), "process_count_per_instance")
	c.count(s, d.WorkerCount, join(at, "worker_count"), "worker_count")
	c.count(s, d.ParameterServerCount, join(at, "parameter_server_count"), "")
}

// count checks a whole number; with a name it must be positive.
func (c *checker) count(s *scope, t Text, path, name string) {
	if t.IsZero() || c.bound(s, t, path) {
		return
	}
	n, ok := number(t.Value)
	field := path[strings.LastIndex(path, ".")+1:]
	switch {
	case !ok || !n.IsInt():
		c.errorf(t.Range, diag.CodeBadValue, path, "%s %q is not a whole number", field, clip(t.Value))
	case n.Sign() < 0 || name != "" && n.Sign() == 0:
		c.errorf(t.Range, diag.CodeOutOfRange, path, "%s %s is not positive", field, t.Value).Hint = "write 1 or more"
	}
}

// environment checks that an environment says what to run in, once.
func (c *checker) environment(e *Environment, path string) {
	if e == nil {
		return
	}
	if e.Ref.Value != "" {
		c.environmentRef(e.Ref, path)
		return
	}
	switch {
	case e.Image.Value == "" && e.BuildPath == nil && (e.CondaFile != nil || e.Conda != ""):
		c.errorf(e.Range, diag.CodeEnvironment, path, "an environment with a conda file needs an image to build on").Hint =
			"add image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
	case e.Image.Value == "" && e.BuildPath == nil && e.Name.Value == "":
		c.errorf(e.Range, diag.CodeEnvironment, path, "the environment has neither image nor build").Hint =
			"give image, or build with the path of a Docker context"
	case e.Image.Value != "" && e.BuildPath != nil:
		c.errorf(e.BuildPath.Range, diag.CodeEnvironment, join(path, "build"), "the environment has both image and build").Hint = "keep one of them"
	}
	c.file(e.CondaFile, join(path, "conda_file"), "conda file")
	c.folder(e.BuildPath, join(path, "build.path"), "build context")
}
