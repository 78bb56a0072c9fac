package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/expr"
	"github.com/ischia-ml/ischia/pipeline"
)

// DefaultDatastore is the datastore that outputs go to unless the definition
// names another.
const DefaultDatastore = "workspaceblobstore"

// Build plans a job that has no errors of its own. The list says what cannot
// be run; then the plan is nil.
func Build(job pipeline.Job) (*Plan, diag.List) {
	if refused := refuse(job); len(refused) > 0 {
		return nil, refused
	}
	b := &builder{
		plan:     &Plan{DefaultDatastore: DefaultDatastore},
		declared: map[*pipeline.Component]map[string]*pipeline.Input{}, conda: map[string]string{},
	}
	switch j := job.(type) {
	case *pipeline.Pipeline:
		b.pipeline(j)
	case *pipeline.CommandJob:
		b.command(j)
	}
	if b.errs.HasErrors() {
		return nil, b.errs
	}
	return b.plan, b.errs
}

// MaxNodes bounds a plan. Pipelines within pipelines multiply: thirty small
// files can ask for a billion steps.
const MaxNodes = 100_000

type builder struct {
	plan *Plan
	errs diag.List
	// declared finds the inputs of components by name.
	declared map[*pipeline.Component]map[string]*pipeline.Input
	// conda are the conda specifications, by how they were written.
	conda map[string]string
	// full: MaxNodes are reached, and it was reported.
	full bool
}

// frame is one level of nesting while it is planned: what ${{parent...}}
// means in its steps.
type frame struct {
	node     int // -1 for the root
	prefix   string
	inputs   map[string]Input
	declared map[string]*pipeline.Output
	steps    map[string]*pipeline.Step
	nodes    map[string]*Node
	compute  string
	// spec is where the level's own outputs go.
	spec map[string]Output
	// makers are the steps' outputs that are bound to the level's own.
	makers map[string]maker
	// artifacts are the steps whose artifacts output another one takes.
	artifacts map[string]bool
	// given finds what a step binds, by the input's name.
	given map[*pipeline.Step]map[string]*pipeline.Binding
	// resolved are inputs of steps that are known already.
	resolved map[port]*Input
}

// port names an input of a step of one level.
type port struct{ step, input string }

// maker is the step's output that makes an output of the level.
type maker struct{ step, output string }

func newFrame(node int, prefix, compute string, outputs []*pipeline.Output) *frame {
	f := &frame{
		node: node, prefix: prefix, compute: compute, inputs: map[string]Input{}, spec: map[string]Output{},
		declared: make(map[string]*pipeline.Output, len(outputs)),
	}
	for _, out := range outputs {
		f.declared[out.Name] = out
	}
	return f
}

func (b *builder) pipeline(p *pipeline.Pipeline) {
	pl := b.plan
	pl.Type = "pipeline"
	pl.ContinueOnStepFailure = isTrue(p.Settings.ContinueOnStepFailure)
	pl.ForceRerun = isTrue(p.Settings.ForceRerun)
	pl.Settings = p.Settings.Other
	if ds := strings.TrimPrefix(p.Settings.DefaultDatastore.Value, "azureml:"); ds != "" {
		pl.DefaultDatastore = ds[strings.LastIndex(ds, "/")+1:]
	}
	pl.Ignored = fieldNames(p.Ignored)
	pl.DefaultCompute = compute(firstOf(p.Settings.DefaultCompute.Value, p.Compute.Value))
	outputs := p.Outputs
	if p.Component != nil {
		outputs = mergeOutputs(p.Component.Outputs, p.Outputs)
	} else if p.ComponentRef.Value != "" {
		b.unknownComponent(p.ComponentRef, "component")
		return
	}
	f := newFrame(-1, "", pl.DefaultCompute, outputs)
	b.rootInputs(f, p)
	for _, out := range outputs {
		f.spec[out.Name] = rootOutput(out)
	}
	b.steps(f, p.Steps)
	for _, out := range outputs {
		o := f.spec[out.Name]
		o.From = f.madeBy(out.Name)
		pl.Outputs = append(pl.Outputs, o)
	}
}

func (b *builder) unknownComponent(ref pipeline.Text, path string) {
	d := b.errs.Errorf(ref.Range, diag.CodeUnknownAsset, "component %s is not known on this machine", ref.Value)
	d.Path, d.Hint = path, "refer to its file: component: ./component.yml"
}

// compute is the name of a compute: azureml:cpu is cpu.
func compute(ref string) string { return strings.TrimPrefix(ref, "azureml:") }

func isTrue(b *bool) bool { return b != nil && *b }

func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// mergeOutputs are a component's outputs with what the job says over them.
func mergeOutputs(declared, given []*pipeline.Output) []*pipeline.Output {
	over := make(map[string]*pipeline.Output, len(given))
	for _, g := range given {
		over[g.Name] = g
	}
	out := slices.Clone(declared)
	for i, decl := range out {
		if g := over[decl.Name]; g != nil {
			merged := *g
			merged.Type = pipeline.Type(firstOf(string(g.Type), string(decl.Type)))
			merged.Mode = pipeline.Mode(firstOf(string(g.Mode), string(decl.Mode)))
			out[i] = &merged
		}
	}
	return out
}

// rootInputs are the values of a job's inputs. Those of a job that runs a
// component are what the component declares, with its defaults.
func (b *builder) rootInputs(f *frame, p *pipeline.Pipeline) {
	declared := p.Inputs
	values := make(map[string]*pipeline.Input, len(p.Inputs))
	for _, in := range p.Inputs {
		values[in.Name] = in
	}
	if p.Component != nil {
		declared = p.Component.Inputs
	}
	for _, want := range declared {
		in := absent(want)
		if got := values[want.Name]; got != nil && got.Value != nil {
			in = given(want, got.Value)
		}
		in = conform(in, want)
		f.inputs[want.Name] = in
		b.plan.Inputs = append(b.plan.Inputs, in)
	}
}

// absent is an input without a value: its default, if it has one.
func absent(want *pipeline.Input) Input {
	in := Input{Name: want.Name, Type: string(want.Type), Mode: string(want.Mode)}
	if want.Default != nil {
		v := render(want.Type, want.Default.Value)
		in.Value = &v
	}
	return in
}

// given is a value that holds no reference to a parent.
func given(decl *pipeline.Input, v *pipeline.Value) Input {
	in := Input{Name: decl.Name, Type: string(decl.Type), Mode: string(decl.Mode)}
	switch {
	case v.Literal != nil:
		text := v.Literal.Value
		in.Type = firstOf(in.Type, string(v.Literal.Type))
		in.Value, in.Dir = &text, v.Literal.Dir
	case v.Data != nil:
		in.Type = firstOf(string(v.Data.Type), in.Type)
		in.Mode = firstOf(string(v.Data.Mode), in.Mode)
		if v.Data.Local != nil {
			in.Local, in.Source = v.Data.Local.Name, v.Data.Path.Value
		} else {
			in.URI, in.Kind = v.Data.Path.Value, kindOf(v.Data.Path.Value, in.Type)
		}
	}
	return in
}

// kindOf is the kind of what an address refers to; empty for other addresses.
func kindOf(uri, typ string) AssetKind {
	if !strings.HasPrefix(uri, "azureml:") {
		return ""
	}
	return AssetOf(pipeline.Type(typ))
}

func rootOutput(out *pipeline.Output) Output {
	return Output{
		Name: out.Name, Type: firstOf(string(out.Type), string(pipeline.URIFolder)), Mode: string(out.Mode), URI: out.Path.Value,
		Owner: -1, OwnerName: out.Name, AssetName: out.AssetName.Value, AssetVersion: out.AssetVersion.Value,
	}
}

// steps plans the steps of one level. Nodes are numbered in the order of the
// definition before any of them is planned, so that a step may be bound to one
// that stands below it.
func (b *builder) steps(f *frame, steps []*pipeline.Step) {
	f.steps = make(map[string]*pipeline.Step, len(steps))
	f.nodes = make(map[string]*Node, len(steps))
	f.given = make(map[*pipeline.Step]map[string]*pipeline.Binding, len(steps))
	f.resolved = map[port]*Input{}
	f.makers = map[string]maker{}
	f.artifacts = artifactsUsed(steps)
	for _, s := range steps {
		if len(b.plan.Nodes) >= MaxNodes {
			b.tooLarge(s)
			return
		}
		f.steps[s.Name] = s
		f.learn(s)
		b.reserve(f, s)
	}
	for _, s := range pipeline.Order(steps) {
		b.step(f, s)
	}
}

// learn notes what step s binds.
func (f *frame) learn(s *pipeline.Step) {
	given := make(map[string]*pipeline.Binding, len(s.Inputs))
	for _, binding := range s.Inputs {
		given[binding.Name] = binding
	}
	f.given[s] = given
	for _, binding := range s.Outputs {
		if target, ok := parentOutput(binding.To.Value); ok {
			f.makers[target] = maker{s.Name, binding.Name}
		}
	}
}

func (b *builder) tooLarge(s *pipeline.Step) {
	if !b.full {
		b.errs.Errorf(s.NameRange, diag.CodeOutOfRange, "the pipeline has more than %d steps, those of pipelines within it counted", MaxNodes)
	}
	b.full = true
}

func (b *builder) reserve(f *frame, s *pipeline.Step) {
	path := s.Name
	if f.prefix != "" {
		path = f.prefix + "/" + s.Name
	}
	n := &Node{
		Index: len(b.plan.Nodes), Path: path, Parent: f.node, Type: string(s.Type),
		Source: s.NameRange.String(),
	}
	n.DisplayName = s.DisplayName.Value
	if c := s.Component; c != nil && !c.Inline {
		n.DisplayName = firstOf(n.DisplayName, c.DisplayName.Value)
		n.Component = c.Name.Value
		if c.Version.Value != "" {
			n.Component += ":" + c.Version.Value
		}
	}
	b.plan.Nodes = append(b.plan.Nodes, n)
	f.nodes[s.Name] = n
}

func (b *builder) step(f *frame, s *pipeline.Step) {
	n := f.nodes[s.Name]
	switch {
	case s.Component == nil && s.ComponentRef.Value != "":
		b.unknownComponent(s.ComponentRef, "jobs."+s.Name+".component")
		return
	case s.Component == nil:
		b.errs.Errorf(s.NameRange, diag.CodeMissingField, "job %q has nothing to run", s.Name).Path = "jobs." + s.Name
		return
	}
	n.Ignored = fieldNames(s.Component.Ignored, s.Ignored)
	b.inputs(f, n, s)
	b.outputs(f, n, s)
	if s.Type == pipeline.PipelineStep {
		b.group(f, n, s)
		return
	}
	b.action(f, n, s)
}

// fieldNames are the names of fields, each once.
func fieldNames(lists ...[]pipeline.Ignored) []string {
	var names []string
	for _, ig := range slices.Concat(lists...) {
		if !slices.Contains(names, ig.Field) {
			names = append(names, ig.Field)
		}
	}
	return names
}

// group plans the steps of a pipeline step.
func (b *builder) group(f *frame, n *Node, s *pipeline.Step) {
	n.Compute = compute(b.resolveText(f, s.Compute))
	inner := newFrame(n.Index, n.Path, firstOf(n.Compute, f.compute), s.Component.Outputs)
	for _, in := range n.Inputs {
		inner.inputs[in.Name] = in
	}
	for _, out := range n.Outputs {
		inner.spec[out.Name] = out
	}
	b.steps(inner, s.Component.Steps)
	for i := range n.Outputs {
		out := &n.Outputs[i]
		out.From = inner.madeBy(out.Name)
		out.Type = inner.spec[out.Name].Type
		// An outer output that says no type has the inner step's.
		if target, ok := parentOutput(out.Binding); ok {
			f.inherit(target, out.Type)
		}
	}
}

// madeBy is the action's output that is bound to an output of level f.
func (f *frame) madeBy(name string) *From {
	m, ok := f.makers[name]
	if !ok {
		return nil
	}
	return outputOf(f.nodes[m.step], m.output)
}

// outputOf is the action's output behind an output of node n.
func outputOf(n *Node, name string) *From {
	if n == nil {
		return nil
	}
	if n.IsAction() {
		return &From{n.Index, name}
	}
	for _, out := range n.Outputs {
		if out.Name == name {
			return out.From
		}
	}
	return nil
}

// parentOutput is x of ${{parent.outputs.x}}.
func parentOutput(s string) (string, bool) {
	parts, _ := expr.Parse(strings.TrimSpace(s))
	if len(parts) != 1 || parts[0].Ref == nil || len(parts[0].Ref.Path) < 3 {
		return "", false
	}
	p := parts[0].Ref.Path
	return strings.Join(p[2:], "."), p[0] == "parent" && p[1] == "outputs"
}

func (b *builder) action(f *frame, n *Node, s *pipeline.Step) {
	c := s.Component
	n.Command = c.Command.Value
	if c.Code != nil {
		n.Code = c.Code.Name
	}
	if c.CodeRef.Value != "" {
		b.errs.Errorf(c.CodeRef.Range, diag.CodeUnknownAsset, "code %s is not known on this machine", c.CodeRef.Value).Hint = "give a folder: code: ./src"
	}
	for _, l := range c.Includes {
		n.Includes = append(n.Includes, l.Name)
	}
	n.Environment = b.environment(firstEnv(s.Environment, c.Environment))
	n.EnvironmentVariables = b.variables(f, slices.Concat(c.EnvironmentVariables, s.EnvironmentVariables))
	n.Compute = firstOf(compute(b.resolveText(f, s.Compute)), f.compute)
	limits, res, dist := s.Limits, s.Resources, s.Distribution
	if limits == nil {
		limits = c.Limits
	}
	if res == nil {
		res = c.Resources
	}
	if dist == nil {
		dist = c.Distribution
	}
	b.bounds(f, n, limits, res, dist)
	n.Reusable = (c.Deterministic == nil || *c.Deterministic) && !b.plan.ForceRerun
}

func firstEnv(a, b *pipeline.Environment) *pipeline.Environment {
	if a != nil {
		return a
	}
	return b
}

func (b *builder) bounds(f *frame, n *Node, l *pipeline.Limits, r *pipeline.Resources, d *pipeline.Distribution) {
	if l != nil && l.Timeout.Value != "" {
		n.TimeoutSeconds = int64(b.whole(f, l.Timeout, "timeout"))
	}
	if r != nil && r.InstanceCount.Value != "" {
		n.InstanceCount = b.whole(f, r.InstanceCount, "instance_count")
	}
	if d != nil {
		n.Distribution = &Distribution{Type: strings.ToLower(d.Type.Value)}
		if d.ProcessCountPerInstance.Value != "" {
			n.Distribution.ProcessCountPerInstance = b.whole(f, d.ProcessCountPerInstance, "process_count_per_instance")
		}
	}
}

// whole is a number, once the references in it are resolved.
func (b *builder) whole(f *frame, t pipeline.Text, what string) int {
	v := b.resolveText(f, t)
	x, err := strconv.ParseFloat(v, 64)
	if err != nil || x != float64(int(x)) || x < 0 {
		b.errs.Errorf(t.Range, diag.CodeBadValue, "%s %q is not a whole number", what, v)
		return 0
	}
	return int(x)
}

// variables are those of a component and then of its step, which win.
func (b *builder) variables(f *frame, list []pipeline.EnvVar) []Variable {
	var out []Variable
	at := make(map[string]int, len(list))
	for _, v := range list {
		value := v.Value.Value
		if strings.Contains(value, "parent.") {
			value = b.resolveText(f, v.Value)
		}
		if i, ok := at[v.Name]; ok {
			out[i].Value = value
			continue
		}
		at[v.Name] = len(out)
		out = append(out, Variable{v.Name, value})
	}
	return out
}

func (b *builder) environment(e *pipeline.Environment) *EnvSpec {
	if e == nil {
		return nil
	}
	if _, ok := b.conda[e.Conda]; !ok {
		b.conda[e.Conda] = Conda(e.Conda)
	}
	s := &EnvSpec{
		Ref: e.Ref.Value, Name: e.Name.Value, Version: e.Version.Value, Image: e.Image.Value,
		Conda: b.conda[e.Conda], Dockerfile: e.Dockerfile.Value,
	}
	if e.CondaFile != nil {
		s.CondaFile = e.CondaFile.Name
	}
	if e.BuildPath != nil {
		s.Build = e.BuildPath.Name
	}
	return s
}

// command plans a standalone command job: one action that is the job itself.
func (b *builder) command(j *pipeline.CommandJob) {
	b.plan.Type = "command"
	f := newFrame(-1, "", "", nil)
	n := &Node{Parent: -1, Type: string(pipeline.CommandStep), DisplayName: j.DisplayName.Value, Source: j.Range.String()}
	b.plan.Nodes = []*Node{n}
	for _, want := range j.Step.Component.Inputs {
		in := absent(want)
		if want.Value != nil {
			in = given(want, want.Value)
		}
		if in = conform(in, want); in.HasValue() {
			n.Inputs = append(n.Inputs, in)
		} else if !want.Optional {
			b.missing(want, want.NameRange, "inputs."+want.Name)
		}
	}
	for _, out := range j.Step.Component.Outputs {
		n.Outputs = append(n.Outputs, rootOutput(out))
	}
	b.artifacts(f, n, j.Step)
	b.plan.Inputs, b.plan.Outputs = n.Inputs, n.Outputs
	n.Ignored = fieldNames(j.Step.Component.Ignored, j.Step.Ignored)
	b.action(f, n, j.Step)
	n.Reusable = false
}

// String is a plan in one line, for logs.
func (p *Plan) String() string {
	return fmt.Sprintf("%s with %d nodes", p.Type, len(p.Nodes))
}
