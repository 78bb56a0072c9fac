package step

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/pipeline"
)

// describe is all that the result of the step depends on: contracts.md, cache
// key version 1. Nothing in it is a path, a time or a name of this machine.
func (t *task) describe(ctx context.Context, made sched.Made) (cache.Description, error) {
	var d cache.Description
	d.Add("type", t.node.Type)
	inputs, err := t.identifyInputs(ctx, made)
	if err != nil {
		return d, err
	}
	command, err := t.boundCommand()
	if err != nil {
		return d, err
	}
	d.Add("command", command)
	d.Lines = append(d.Lines, inputs...)
	tree, err := t.takeCode(ctx)
	if err != nil {
		return d, err
	}
	d.Add("code", string(t.code))
	if err := t.identifyEnvironment(ctx, &d); err != nil {
		return d, err
	}
	t.identifyVariables(&d)
	if err := t.identifyInterpreter(ctx, &d, tree); err != nil {
		return d, err
	}
	for _, out := range t.node.Outputs {
		d.Add("output "+out.Name, outputKind(out))
	}
	if dist := t.node.Distribution; dist != nil {
		d.Add("distribution", dist.Type+" "+strconv.Itoa(dist.ProcessCountPerInstance))
	}
	if t.node.InstanceCount > 1 {
		d.Add("instances", strconv.Itoa(t.node.InstanceCount))
	}
	return d, nil
}

// outputKind is the type of an output, and for a file the name that the step
// sees.
func outputKind(out plan.Output) string {
	if pipeline.Type(out.Type) == pipeline.URIFile {
		return out.Type + " " + fileName(out)
	}
	return out.Type
}

// boundCommand is the command with its literals in place; data stands as the
// references that it is known by elsewhere in the description.
func (t *task) boundCommand() (string, error) {
	inputs, outputs := map[string]string{}, map[string]string{}
	for _, in := range t.node.Inputs {
		switch {
		case in.Value != nil:
			inputs[in.Name] = *in.Value
		case in.HasValue():
			inputs[in.Name] = "${{inputs." + in.Name + "}}"
		}
	}
	for _, out := range t.node.Outputs {
		outputs[out.Name] = "${{outputs." + out.Name + "}}"
	}
	command, err := plan.Render(t.node.Command, inputs, outputs)
	if err != nil {
		return "", userError("render the command: %w", err)
	}
	return command, nil
}

func (t *task) identifyInputs(ctx context.Context, made sched.Made) ([]cache.Line, error) {
	var lines []cache.Line
	for _, in := range t.node.Inputs {
		if !in.HasValue() {
			continue
		}
		value, err := t.identifyInput(ctx, in, made)
		if err != nil {
			return nil, fmt.Errorf("input %s: %w", in.Name, err)
		}
		lines = append(lines, cache.Line{Field: "input " + in.Name, Value: value})
	}
	return lines, nil
}

// identifyInput is what an input is, by content.
func (t *task) identifyInput(ctx context.Context, in plan.Input, made sched.Made) (string, error) {
	direct := pipeline.Mode(in.Mode) == pipeline.Direct
	switch {
	case in.Value != nil:
		return "text " + *in.Value, nil
	case in.From != nil:
		a, ok := made(*in.From)
		switch {
		case !ok:
			return "", userError("output %s of the step before was not made", in.From.Output)
		case direct:
			return "address " + a.URI, nil
		case a.Folder:
			return "folder " + a.Digest, nil
		}
		return fileLine(path.Base(a.File), blob.Digest(a.Digest)), nil
	case in.Local != "":
		found, err := t.locals.data(ctx, in.Local)
		if err != nil {
			return "", err
		}
		return foundLine(found.Found, found.digest), nil
	case direct:
		return "address " + in.URI, nil
	}
	found, err := t.find(ctx, in)
	if err != nil {
		return "", err
	}
	return foundLine(found, found.Tree.Digest()), nil
}

func foundLine(f Found, tree blob.Digest) string {
	if f.File != "" && len(f.Tree.Entries) == 1 {
		if f.Tree.Entries[0].Executable {
			// The step sees that it may be run.
			return "program " + f.File + " " + string(f.Tree.Entries[0].Digest)
		}
		return fileLine(f.File, f.Tree.Entries[0].Digest)
	}
	return "folder " + string(tree)
}

// fileLine names a file by its content and by the name that the step sees.
func fileLine(name string, d blob.Digest) string { return "file " + name + " " + string(d) }

// find is what lies at an address, looked up once for a step.
func (t *task) find(ctx context.Context, in plan.Input) (Found, error) {
	if f, ok := t.found[in.URI]; ok {
		return f, nil
	}
	f, err := t.Source.Find(ctx, in.URI, pipeline.Type(in.Type).IsFolder())
	if err != nil {
		return Found{}, &Error{Code: UserError, Exit: -1, Err: err}
	}
	t.found[in.URI] = f
	return f, nil
}

// identifyEnvironment adds the environment's definition. Files of it count by
// their content: a conda file by what it says, without its comments.
func (t *task) identifyEnvironment(ctx context.Context, d *cache.Description) error {
	e := t.node.Environment
	if e == nil {
		return nil
	}
	spec := *e
	if e.CondaFile != "" {
		var err error
		if spec.Conda, err = t.locals.condaText(ctx, e.CondaFile); err != nil {
			return fmt.Errorf("environment: %w", err)
		}
		spec.CondaFile = ""
	}
	if e.Build != "" {
		found, err := t.locals.data(ctx, e.Build)
		if err != nil {
			return fmt.Errorf("environment: %w", err)
		}
		spec.Build = string(found.content().Digest)
	}
	text, err := json.Marshal(spec)
	if err != nil {
		return fmt.Errorf("environment: %w", err)
	}
	d.Add("environment", string(text))
	return nil
}

// identifyVariables adds the variables that the definition declares and those
// that were passed, by a digest of their values: they may be private.
func (t *task) identifyVariables(d *cache.Description) {
	for _, v := range t.node.EnvironmentVariables {
		d.Add("variable "+v.Name, hashOf(v.Value))
	}
	for _, kv := range t.Passed {
		name, value, _ := strings.Cut(kv, "=")
		d.Add("passed variable "+name, hashOf(value))
	}
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// identifyInterpreter adds the Python that the step may run with. The list of
// its packages stands in the description by its digest, and in the blob store
// under it.
func (t *task) identifyInterpreter(ctx context.Context, d *cache.Description, code blob.Tree) error {
	files := make([]string, len(code.Entries))
	for i, e := range code.Entries {
		files[i] = e.Path
	}
	if t.Interpreters == nil || !environ.MayRunPython(t.node.Command, files) {
		return nil
	}
	found, err := t.Interpreters.Python(ctx, t.environment())
	if err != nil {
		return err
	}
	if found == nil {
		d.Add("python", "none")
		return nil
	}
	var list strings.Builder
	for _, dist := range found.Distributions {
		fmt.Fprintf(&list, "%s %s\n", dist.Name, dist.Version)
	}
	digest, err := t.Blobs.PutBytes(ctx, []byte(list.String()))
	if err != nil {
		return fmt.Errorf("store the list of Python packages: %w", err)
	}
	d.Add("python", found.Version)
	d.Add(PackagesField, string(digest))
	return nil
}

// PackagesField is the field of a description whose value is the digest of the
// list of Python packages, "name version" a line.
const PackagesField = "python packages"
