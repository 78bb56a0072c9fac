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
	b := &builder{plan: &Plan{DefaultDatastore: DefaultDatastore}}
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

type builder struct {
	plan *Plan
	errs diag.List
}

// frame is one level of nesting while it is planned: what ${{parent...}}
// means in its steps.
type frame struct {
	node    int // -1 for the root
	prefix  string
	inputs  map[string]Input
	outputs []*pipeline.Output
	steps   map[string]*pipeline.Step
	nodes   map[string]*Node
	compute string
	// spec is where the level's own outputs go.
	spec map[string]Output
	// artifacts are the steps whose artifacts output another one takes.
	artifacts map[string]bool
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
	pl.DefaultCompute = firstOf(p.Settings.DefaultCompute.Value, p.Compute.Value)
	outputs := p.Outputs
	if p.Component != nil {
		outputs = mergeOutputs(p.Component.Outputs, p.Outputs)
	}
	f := &frame{node: -1, inputs: b.rootInputs(p), outputs: outputs, compute: pl.DefaultCompute, spec: map[string]Output{}}
	for _, out := range outputs {
		f.spec[out.Name] = rootOutput(out)
	}
	b.steps(f, p.Steps)
	for _, out := range outputs {
		o := f.spec[out.Name]
		o.From = b.madeBy(f, out.Name)
		pl.Outputs = append(pl.Outputs, o)
	}
}

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
	out := slices.Clone(declared)
	for _, g := range given {
		i := slices.IndexFunc(out, func(o *pipeline.Output) bool { return o.Name == g.Name })
		if i < 0 {
			continue
		}
		merged := *g
		if merged.Type == "" {
			merged.Type = out[i].Type
		}
		out[i] = &merged
	}
	return out
}

// rootInputs are the values of a job's inputs, the component's defaults
// included.
func (b *builder) rootInputs(p *pipeline.Pipeline) map[string]Input {
	inputs := map[string]Input{}
	for _, in := range p.Inputs {
		v := Input{Name: in.Name, Type: string(in.Type), Mode: string(in.Mode)}
		if in.Value != nil {
			v = b.given(in.Name, in.Value, in)
		}
		inputs[in.Name] = v
		b.plan.Inputs = append(b.plan.Inputs, v)
	}
	if p.Component == nil {
		return inputs
	}
	for _, want := range p.Component.Inputs {
		got, ok := inputs[want.Name]
		if !ok || !got.HasValue() {
			got = absent(want)
			b.plan.Inputs = append(b.plan.Inputs, got)
		}
		inputs[want.Name] = conform(got, want)
	}
	return inputs
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
func (b *builder) given(name string, v *pipeline.Value, decl *pipeline.Input) Input {
	in := Input{Name: name}
	if decl != nil {
		in.Type, in.Mode = string(decl.Type), string(decl.Mode)
	}
	switch {
	case v.Literal != nil:
		text := v.Literal.Value
		if in.Type == "" {
			in.Type = string(v.Literal.Type)
		}
		in.Value = &text
	case v.Data != nil:
		in.Type = firstOf(string(v.Data.Type), in.Type)
		in.Mode = firstOf(string(v.Data.Mode), in.Mode)
		if v.Data.Local != nil {
			in.Local = v.Data.Local.Name
		} else {
			in.URI = v.Data.Path.Value
		}
	}
	return in
}

func rootOutput(out *pipeline.Output) Output {
	return Output{
		Name: out.Name, Type: firstOf(string(out.Type), string(pipeline.URIFolder)), Mode: string(out.Mode), URI: out.Path.Value,
		Owner: -1, OwnerName: out.Name, AssetName: out.AssetName.Value, AssetVersion: out.AssetVersion.Value,
	}
}

// steps plans the steps of one level, those that others need first being
// planned first, and then puts them in the order of the definition.
func (b *builder) steps(f *frame, steps []*pipeline.Step) {
	f.steps = make(map[string]*pipeline.Step, len(steps))
	f.nodes = make(map[string]*Node, len(steps))
	f.artifacts = artifactsUsed(steps)
	for _, s := range steps {
		f.steps[s.Name] = s
	}
	// Nodes are numbered in the order of the definition before any of them
	// is planned, so that a step may be bound to one that stands below it.
	for _, s := range steps {
		b.reserve(f, s)
	}
	for _, s := range topological(steps, f.steps) {
		b.step(f, s)
	}
}

// topological is steps with those that others need first.
func topological(steps []*pipeline.Step, byName map[string]*pipeline.Step) []*pipeline.Step {
	done := make(map[string]bool, len(steps))
	out := make([]*pipeline.Step, 0, len(steps))
	var visit func(s *pipeline.Step)
	visit = func(s *pipeline.Step) {
		if s == nil || done[s.Name] {
			return
		}
		done[s.Name] = true
		for _, n := range s.Needs() {
			visit(byName[n])
		}
		out = append(out, s)
	}
	for _, s := range steps {
		visit(s)
	}
	return out
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
	if s.Component == nil {
		d := b.errs.Errorf(s.ComponentRef.Range, diag.CodeUnknownAsset, "component %s is not known on this machine", s.ComponentRef.Value)
		d.Path = "jobs." + s.Name + ".component"
		d.Hint = "refer to its file: component: ./component.yml"
		return
	}
	b.inputs(f, n, s)
	b.outputs(f, n, s)
	if s.Type == pipeline.PipelineStep {
		b.group(f, n, s)
		return
	}
	b.action(f, n, s)
}

// group plans the steps of a pipeline step.
func (b *builder) group(f *frame, n *Node, s *pipeline.Step) {
	inner := &frame{
		node: n.Index, prefix: n.Path, inputs: map[string]Input{}, outputs: s.Component.Outputs,
		compute: firstOf(s.Compute.Value, f.compute), spec: map[string]Output{},
	}
	n.Compute = s.Compute.Value
	for _, in := range n.Inputs {
		inner.inputs[in.Name] = in
	}
	for _, out := range n.Outputs {
		inner.spec[out.Name] = out
	}
	b.steps(inner, s.Component.Steps)
	for i := range n.Outputs {
		n.Outputs[i].From = b.madeBy(inner, n.Outputs[i].Name)
	}
}

// madeBy is the action's output that is bound to an output of level f.
func (b *builder) madeBy(f *frame, name string) *From {
	for stepName, s := range f.steps {
		for _, binding := range s.Outputs {
			if target, ok := parentOutput(binding.To.Value); ok && target == name {
				return outputOf(f.nodes[stepName], binding.Name)
			}
		}
	}
	return nil
}

// outputOf is the action's output behind an output of node n.
func outputOf(n *Node, name string) *From {
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
	for _, ig := range slices.Concat(c.Ignored, s.Ignored) {
		if !slices.Contains(n.Ignored, ig.Field) {
			n.Ignored = append(n.Ignored, ig.Field)
		}
	}
	n.Environment = envSpec(firstEnv(s.Environment, c.Environment))
	n.EnvironmentVariables = variables(c.EnvironmentVariables, s.EnvironmentVariables)
	n.Compute = firstOf(s.Compute.Value, f.compute)
	n.Compute = b.resolveText(f, pipeline.Text{Value: n.Compute, Range: s.Compute.Range})
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

func variables(base, over []pipeline.EnvVar) []Variable {
	var out []Variable
	for _, v := range slices.Concat(base, over) {
		i := slices.IndexFunc(out, func(o Variable) bool { return o.Name == v.Name })
		if i >= 0 {
			out[i].Value = v.Value.Value
			continue
		}
		out = append(out, Variable{v.Name, v.Value.Value})
	}
	return out
}

func envSpec(e *pipeline.Environment) *EnvSpec {
	if e == nil {
		return nil
	}
	s := &EnvSpec{
		Ref: e.Ref.Value, Name: e.Name.Value, Version: e.Version.Value, Image: e.Image.Value,
		Conda: e.Conda, Dockerfile: e.Dockerfile.Value,
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
	f := &frame{node: -1, inputs: map[string]Input{}, spec: map[string]Output{}, steps: map[string]*pipeline.Step{}}
	n := &Node{Parent: -1, Type: string(pipeline.CommandStep), DisplayName: j.DisplayName.Value, Source: j.Range.String()}
	b.plan.Nodes = []*Node{n}
	for _, in := range j.Step.Component.Inputs {
		if in.Value != nil {
			n.Inputs = append(n.Inputs, conform(b.given(in.Name, in.Value, in), in))
		}
	}
	for _, out := range j.Step.Component.Outputs {
		n.Outputs = append(n.Outputs, rootOutput(out))
	}
	b.plan.Inputs, b.plan.Outputs = n.Inputs, n.Outputs
	b.action(f, n, j.Step)
	n.Reusable = false
}

// String is a plan in one line, for logs.
func (p *Plan) String() string {
	return fmt.Sprintf("%s with %d nodes", p.Type, len(p.Nodes))
}
