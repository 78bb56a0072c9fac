package pipeline

import "strings"

// AssetRef is a reference to something that is registered in the workspace.
type AssetRef struct {
	Text
	// Kind is component, environment, data, model, code, compute or datastore.
	Kind string
	// Name is what is referred to; Version and Label are empty where none is
	// said.
	Name, Version, Label string
}

// References are the references of a job to what its workspace holds, each
// place once, in no particular order. References to registries, to other
// workspaces by their ids, to curated environments, and bindings are none.
func References(j Job) []AssetRef {
	r := &references{seen: map[*Component]bool{}}
	switch j := j.(type) {
	case *Pipeline:
		r.add("compute", j.Compute)
		r.add("compute", j.Settings.DefaultCompute)
		r.add("datastore", j.Settings.DefaultDatastore)
		r.inputs(j.Inputs)
		r.add("component", j.ComponentRef)
		r.steps(j.Steps)
	case *CommandJob:
		r.step(j.Step)
	case *SpecJob:
		r.step(j.Step)
	}
	return r.found
}

type references struct {
	found []AssetRef
	seen  map[*Component]bool
}

func (r *references) steps(list []*Step) {
	for _, s := range list {
		r.step(s)
	}
}

func (r *references) step(s *Step) {
	r.add("compute", s.Compute)
	r.add("component", s.ComponentRef)
	r.environment(s.Environment)
	for _, b := range s.Inputs {
		r.value(&b.Value)
	}
	c := s.Component
	if c == nil || r.seen[c] {
		return
	}
	r.seen[c] = true
	r.add("code", c.CodeRef)
	r.environment(c.Environment)
	if !c.Inline {
		r.inputs(c.Inputs) // those of an inline one are the step's own
	}
	r.steps(c.Steps)
}

func (r *references) inputs(list []*Input) {
	for _, in := range list {
		if in.Value != nil {
			r.value(in.Value)
		}
	}
}

func (r *references) value(v *Value) {
	if v.Data == nil {
		return
	}
	kind := "data"
	if v.Data.Type.IsModel() {
		kind = "model"
	}
	r.add(kind, v.Data.Path)
}

func (r *references) environment(e *Environment) {
	if e != nil && !strings.HasPrefix(e.Ref.Value, "azureml:AzureML-") {
		r.add("environment", e.Ref)
	}
}

// add keeps a reference, if it is one.
func (r *references) add(kind string, t Text) {
	name, named := strings.CutPrefix(t.Value, "azureml:")
	switch {
	case name == "", strings.Contains(t.Value, "${{"), strings.ContainsAny(name, "/\\ \t"):
		return
	case kind != "compute" && !named:
		return
	case kind == "compute" && (name == "serverless" || name == "local"):
		return
	}
	ref := AssetRef{Text: t, Kind: kind}
	if name, label, ok := strings.Cut(name, "@"); ok {
		ref.Name, ref.Label = name, label
	} else {
		ref.Name, ref.Version, _ = strings.Cut(name, ":")
	}
	r.found = append(r.found, ref)
}
