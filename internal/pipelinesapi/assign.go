package pipelinesapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/remote"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

func checkName(name string) error { return workspace.CheckName(name) }

// assign is the job of a published pipeline with the values that a submission
// gives. The definition itself, which others use at the same time, stays as it
// is. All faults are found at once.
func assign(ctx context.Context, d *definition, s *submission, lookup arm.Lookup) (*pipeline.Pipeline, error) {
	job := *d.job
	job.Inputs, job.Outputs = slices.Clone(d.job.Inputs), slices.Clone(d.job.Outputs)
	a := &assigner{ctx: ctx, lookup: lookup, job: &job, definition: d}
	for _, name := range slices.Sorted(maps.Keys(s.Given)) {
		if err := a.give(name, s.Given[name]); err != nil {
			return nil, err
		}
	}
	a.missing(s)
	a.outputs(s)
	if len(a.faults.details) > 0 {
		a.more()
	}
	return &job, a.faults.orNil("what was given for the pipeline")
}

type assigner struct {
	ctx    context.Context
	lookup arm.Lookup
	job    *pipeline.Pipeline
	*definition
	faults fault
}

// fault notes that something is wrong with a parameter.
func (a *assigner) fault(code diag.Code, name, format string, args ...any) {
	a.faults.status, a.faults.code = 400, "UserError"
	a.faults.details = append(a.faults.details, detail{Code: string(code), Message: fmt.Sprintf(format, args...), Target: name})
}

// give gives one parameter its value. The error is the lookup's.
func (a *assigner) give(name string, g given) error {
	want := a.parameters[name]
	switch {
	case want == nil:
		a.unknown(name)
	case g.Data && want.Type.IsLiteral():
		a.fault(diag.CodeTypeMismatch, name, "parameter %q is of type %s: data cannot be given for it", name, want.Type)
	case want.Type.IsLiteral():
		text, ok := literal(want.Type, g.Text)
		if !ok {
			a.fault(diag.CodeTypeMismatch, name, "parameter %q is of type %s, and %q is not", name, want.Type, clip(g.Text))
		}
		a.set(name, want, &pipeline.Value{Literal: &pipeline.Literal{Text: pipeline.Text{Value: text}, Type: want.Type}})
	default:
		return a.data(name, want, g)
	}
	return nil
}

func clip(text string) string {
	if len(text) > 60 {
		return text[:57] + "..."
	}
	return text
}

func (a *assigner) unknown(name string) {
	hint := diag.DidYouMean(name, a.names)
	switch {
	case hint != "":
	case len(a.names) == 0:
		hint = "it has none"
	default:
		hint = "its parameters are " + strings.Join(a.names, ", ")
	}
	a.fault(diag.CodeUnknownInput, name, "the pipeline has no parameter %q; %s", clip(name), hint)
}

// set gives an input of the job its value, in the place of what the definition
// may have said.
func (a *assigner) set(name string, want *pipeline.Input, v *pipeline.Value) {
	in := &pipeline.Input{Name: name, Type: want.Type, Value: v}
	if v.Data != nil {
		in.Type, in.Mode = v.Data.Type, v.Data.Mode
	}
	for i, old := range a.job.Inputs {
		if old.Name == name {
			a.job.Inputs[i] = in
			return
		}
	}
	a.job.Inputs = append(a.job.Inputs, in)
}

// data gives a parameter data at an address. What was uploaded here is known
// by its content from now on, as in a job that comes through the ARM door.
func (a *assigner) data(name string, want *pipeline.Input, g given) error {
	if err := checkAddress(g.Text); err != nil {
		a.fault(diag.CodeBadValue, name, "parameter %q: %v", name, err)
		return nil
	}
	t := want.Type
	if g.Type != "" {
		t = pipeline.Type(g.Type)
	}
	value := &pipeline.Data{Type: t, Mode: pipeline.Mode(g.Mode), Path: pipeline.Text{Value: g.Text}}
	local, ok, err := a.lookup.Data(a.ctx, g.Text)
	if err == nil && !ok && remote.IsLoopback(g.Text) {
		err = fmt.Errorf("%w: %w", remote.CheckForeign(g.Text), workspace.ErrInvalid)
	}
	switch {
	case errors.Is(err, workspace.ErrInvalid):
		a.fault(diag.CodeBadValue, name, "parameter %q: %v", name, err)
		return nil
	case err != nil:
		return fmt.Errorf("parameter %q: %w", name, err)
	case ok:
		value.Path.Value = "/" + local
		value.Local = &pipeline.LocalPath{Text: value.Path, Name: local}
	}
	a.set(name, want, &pipeline.Value{Data: value})
	return nil
}

// checkAddress refuses what is no address of data elsewhere.
func checkAddress(uri string) error {
	switch {
	case strings.Contains(uri, "${{"):
		return fmt.Errorf("there is nothing that %q could refer to", clip(uri))
	case strings.HasPrefix(uri, "azureml:") || strings.HasPrefix(uri, "/subscriptions/"):
		return nil
	}
	// Whether an address of this machine is that of a blob here, lookup knows.
	if err := remote.CheckForeign(uri); err != nil && !remote.IsLoopback(uri) {
		return err
	}
	if pipeline.IsLocal(uri) {
		return fmt.Errorf("%q is no address: upload the data, and give the address of it", clip(uri))
	}
	return nil
}

// literal is a text as a value of type t, in the spelling that steps get. A
// whole number may be written as 3.0, as Azure ML's own clients take it.
func literal(t pipeline.Type, text string) (string, bool) {
	switch t {
	case pipeline.Integer:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return strconv.FormatInt(n, 10), true
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return text, false
		}
		return strconv.FormatInt(int64(f), 10), true
	case pipeline.Number:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return text, false
		}
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			return text, true
		}
		return pipeline.PythonFloat(f), true
	case pipeline.Boolean:
		switch strings.ToLower(text) {
		case "true":
			return pipeline.PythonBool(true), true
		case "false":
			return pipeline.PythonBool(false), true
		}
		return text, false
	}
	return text, true
}

// missing are parameters that need a value and have none.
func (a *assigner) missing(s *submission) {
	for _, want := range a.component.Inputs {
		if _, ok := s.Given[want.Name]; ok || want.Optional || want.Default != nil {
			continue
		}
		a.fault(diag.CodeMissingInput, want.Name, "parameter %q has no default: give it a value", want.Name)
	}
}

// outputs says where outputs go.
func (a *assigner) outputs(s *submission) {
	var names []string
	for _, out := range a.component.Outputs {
		names = append(names, out.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Outputs)) {
		i := slices.Index(names, name)
		if i < 0 {
			a.fault(diag.CodeUnknownOutput, name, "the pipeline has no output %q; %s", clip(name), diag.DidYouMean(name, names))
			continue
		}
		if !strings.HasPrefix(s.Outputs[name], "azureml://") {
			a.fault(diag.CodeBadValue, name, "output %q: %q is no place on a datastore: write azureml://datastores/NAME/paths/PATH", name, clip(s.Outputs[name]))
			continue
		}
		a.job.Outputs = append(a.job.Outputs, &pipeline.Output{
			Name: name, Type: a.component.Outputs[i].Type, Path: pipeline.Text{Value: s.Outputs[name]},
		})
	}
}

// more adds what the definition's own checks say of values, so that whoever
// corrects the one fault is not told of the next.
func (a *assigner) more() {
	known := map[string]bool{}
	for _, d := range a.faults.details {
		known[d.Target] = true
	}
	for _, d := range a.job.Validate(nil) {
		name, ok := strings.CutPrefix(d.Path, "inputs.")
		if ok && d.Severity == diag.Error && !known[name] {
			a.fault(d.Code, name, "%s", withHint(d.Message, d.Hint))
		}
	}
}
