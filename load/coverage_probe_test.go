//go:build !race

package load_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// spot is a place in definitions of a kind at which a mapping stands.
type spot struct {
	*prober
	kind   string
	object *schema.Object
	// where says which place it is; within puts a mapping there.
	where  string
	within func(mapping string) string
	bases  []fieldsOf
}

// What bounds the work: the places at which each object of a kind is looked at,
// and those of which it is looked at what is in it.
const (
	maxSpots   = 8
	maxEntered = 1
)

// spotsOf are the places of all objects of a kind, by object, the nearest first;
// and the objects that can be put nowhere, with the reason. Objects that are
// known are not looked for.
func (p *prober) spotsOf(t *testing.T, k *schema.Kind, known func(object string) bool) ([][]spot, map[string]string) {
	t.Helper()
	queue := []spot{{kind: k.Name, prober: p, object: k.Body, where: "the whole", within: func(m string) string { return m }, bases: basesOf(k.Body)}}
	at, missed := map[string]int{}, map[string]string{}
	var groups [][]spot
	enough := func(object string) bool {
		i, found := at[object]
		return known(object) || found && len(groups[i]) == maxSpots
	}
	for ; len(queue) > 0; queue = queue[1:] {
		s := queue[0]
		i, known := at[s.object.Name]
		if !known {
			i, at[s.object.Name] = len(groups), len(groups)
			groups = append(groups, nil)
		}
		if len(groups[i]) == maxSpots {
			continue
		}
		if hollow(s.object) {
			continue
		}
		if got := s.probe(s.within(s.bases[0].text())); got.faulty {
			t.Errorf("%s: the smallest %s (%s) has faults: %s\n%s", k.Name, s.object.Name, s.where, got.notes, s.within(s.bases[0].text()))
			continue
		}
		groups[i] = append(groups[i], s)
		if len(groups[i]) <= maxEntered {
			queue = append(queue, s.below(enough, missed)...)
		}
	}
	return slices.DeleteFunc(groups, func(g []spot) bool { return len(g) == 0 }), missed
}

// below are the places within a mapping. Those at which nothing right can stand
// are missed, with the reason.
func (s spot) below(enough func(object string) bool, missed map[string]string) []spot {
	var out []spot
	for i := range s.object.Fields {
		f := &s.object.Fields[i]
		if f.ReadOnly || f.Preview != "" {
			continue
		}
		for _, n := range nested(&f.Shape) {
			if hollow(n.object) || enough(n.object.Name) {
				continue
			}
			found := s.enter(f, n)
			if len(found) == 0 && missed[n.object.Name] == "" {
				text := s.within(s.bases[0].with(f.Name, n.within(n.bases[0].text())).text())
				missed[n.object.Name] = text + "\n" + s.probe(text).notes
			}
			out = append(out, found...)
		}
	}
	return out
}

// enter are the places of n, which stands in f: one for each mapping that n can
// begin with, in each mapping that s can begin with.
func (s spot) enter(f *schema.Field, n spot) []spot {
	var out []spot
	for i, base := range n.bases {
		for v := range s.fitting(f, n.within(base.text())) {
			inner := n
			inner.kind, inner.prober, inner.where = s.kind, s.prober, s.where+" > "+f.Name
			inner.within = func(m string) string { return s.within(v.with(f.Name, n.within(m)).text()) }
			inner.bases = append([]fieldsOf{base}, slices.Delete(slices.Clone(n.bases), i, i+1)...)
			if out = append(out, inner); len(out) == maxSpots {
				return out
			}
		}
	}
	return out
}

// hollow: an object of which no field is described.
func hollow(o *schema.Object) bool {
	return len(o.Fields) == 0
}

// nested are the objects in a shape.
func nested(s *schema.Shape) []spot {
	var out []spot
	wrapped := func(of *schema.Shape, before, after string) {
		for _, n := range nested(of) {
			inner := n.within
			n.within = func(m string) string { return before + inner(m) + after }
			out = append(out, n)
		}
	}
	switch s.Form {
	case schema.List:
		wrapped(s.Of, "[", "]")
	case schema.Map:
		wrapped(s.Of, "{"+beside(s.Of)+"x: ", "}")
	case schema.Mapping:
		out = append(out, placed(objectOf(s.Object)))
	case schema.Choice:
		out = append(out, cases(s.Union)...)
	}
	for i := range s.Allow {
		out = append(out, nested(&s.Allow[i])...)
	}
	return out
}

// beside is what stands before an element of a mapping: before a job, a job that
// it can refer to.
func beside(of *schema.Shape) string {
	if of.Form == schema.Choice && of.Union.Noun == "a type of job" {
		return otherJob + ", "
	}
	return ""
}

func placed(o *schema.Object) spot {
	return spot{object: o, within: func(m string) string { return m }, bases: basesOf(o)}
}

// cases are the alternatives of a union, each object once.
func cases(u *schema.Union) []spot {
	var out []spot
	seen := map[string]bool{}
	for i := range u.Cases {
		c := &u.Cases[i]
		var found []spot
		switch {
		case c.Preview != "" || c.Quiet || c.Union == nil && seen[c.Object.Name]:
			continue
		case c.Union != nil:
			found = cases(c.Union)
		default:
			seen[c.Object.Name] = true
			found = []spot{placed(objectOf(c.Object))}
		}
		for _, s := range found {
			for j, b := range s.bases {
				if u.By != "" && b.get(u.By) == "" {
					s.bases = slices.Clone(s.bases)
					s.bases[j] = b.with(u.By, c.Value)
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// variant is a mapping in which f can have that value: the smallest, or the
// smallest without what excludes f, or with what it requires.
func (s spot) variant(f *schema.Field, value string) (fieldsOf, bool) {
	for _, v := range s.variants(f) {
		if !s.probe(s.within(v.with(f.Name, value).text())).faulty {
			return v, true
		}
	}
	return nil, false
}

// fitting are the mappings in which f can have that value: of those to begin
// with all, and of others one.
func (s spot) fitting(f *schema.Field, value string) iter.Seq[fieldsOf] {
	return func(yield func(fieldsOf) bool) {
		some := false
		for _, v := range s.bases {
			if s.probe(s.within(v.with(f.Name, value).text())).faulty {
				continue
			}
			if some = true; !yield(v) {
				return
			}
		}
		if v, ok := s.variant(f, value); ok && !some {
			yield(v)
		}
	}
}

func (s spot) variants(f *schema.Field) []fieldsOf {
	out := slices.Clone(s.bases)
	for _, base := range s.bases {
		for i := range s.object.Rules {
			r := &s.object.Rules[i]
			if !slices.Contains(r.Fields, f.Name) && r.Key != f.Name {
				continue
			}
			out = append(out, base.without(r.Fields...), base.with(f.Name, "", partners(s.object, r, f)...))
		}
		for _, e := range base {
			out = append(out, base.without(e.name))
		}
	}
	return out
}

// partners are the other fields of a rule.
func partners(o *schema.Object, r *schema.Rule, f *schema.Field) []entry {
	var out []entry
	for _, name := range r.Fields {
		if other := fieldNamed(o, name); other != nil && name != f.Name {
			out = append(out, entry{name, samples(o, other)[0]})
		}
	}
	return out
}

// state is what f does in the mapping: the strongest of what its values do.
// partly: some of its values are ignored all the same.
func (s spot) state(f *schema.Field) (best string, partly bool) {
	best = stateRefused
	for _, value := range samples(s.object, f) {
		state := s.effect(f, value)
		partly = partly || state == stateIgnored
		if stronger(state, best) {
			best = state
		}
	}
	if best == stateAccepted && s.minds(f) {
		return stateChecked, partly
	}
	return best, partly
}

// effect is the strongest of what that value of f does in the mappings.
func (s spot) effect(f *schema.Field, value string) string {
	best := stateRefused
	runs := s.probe(s.within(s.bases[0].text())).plan != ""
	for v := range s.fitting(f, value) {
		if state := s.difference(f, v, value); stronger(state, best) {
			best = state
		}
		if !runs {
			break // nothing can be stronger
		}
	}
	return best
}

// difference is what a value of f changes in a mapping. Where nothing is right
// without f, it is compared with what is usual.
func (s spot) difference(f *schema.Field, v fieldsOf, value string) string {
	with, without := s.probe(s.within(v.with(f.Name, value).text())), s.probe(s.within(v.text()))
	needed := without.faulty && with.plan != ""
	if without.faulty {
		without = s.probe(s.within(s.bases[0].text()))
	}
	switch {
	case with.notes != without.notes:
		return stateIgnored
	case with.plan != without.plan:
		return stateRuns
	case with.whole != without.whole:
		return stateIgnored
	case needed && s.bases[0].get(f.Name) == "":
		return stateRuns
	}
	return stateAccepted
}

// why says, of a field that is refused, what the faults are.
func (s spot) why(f *schema.Field, state string) string {
	if state != stateRefused {
		return ""
	}
	var out []string
	for _, v := range s.variants(f) {
		if notes := s.probe(s.within(v.with(f.Name, samples(s.object, f)[0]).text())).notes; !slices.Contains(out, notes) {
			out = append(out, notes)
		}
	}
	return ":\n" + strings.Join(out, "\n")
}

// minds: a wrong value of f is a fault.
func (s spot) minds(f *schema.Field) bool {
	v, _ := s.variant(f, samples(s.object, f)[0])
	return slices.ContainsFunc(wrong(), func(value string) bool {
		return s.probe(s.within(v.with(f.Name, value).text())).faulty
	})
}

// outcome is what becomes of a definition.
type outcome struct {
	faulty bool
	// plan is empty when nothing can run; notes are the parity file's, or the
	// faults.
	plan, notes string
	// whole holds what is named in the parity file as a whole, whatever is in it.
	whole string
}

// prober remembers what became of definitions.
type prober struct{ known map[string]outcome }

// probe is what becomes of a definition of the spot's kind.
func (s spot) probe(text string) outcome { return s.prober.probe(s.kind, text) }

func (p *prober) probe(kind, text string) outcome {
	got, ok := p.known[kind+text]
	if !ok {
		got = probe(kind, text)
		p.known[kind+text] = got
	}
	return got
}

// probe reads, checks and plans a definition of that kind; a component that can
// run, as a job of a pipeline.
func probe(kind, text string) outcome {
	text = "{$schema: https://azuremlschemas.azureedge.net/latest/" + kind + ".schema.json, " + strings.TrimPrefix(text, "{")
	fsys := knownFiles()
	fsys["def.yml"] = &fstest.MapFile{Data: []byte(text)}
	def, errs := load.Check(fsys, "def.yml", load.Options{Kind: kind})
	if c, ok := def.(*pipeline.Component); ok && !errs.HasErrors() && (kind == "commandComponent" || kind == "pipelineComponent") {
		fsys["use.yml"] = &fstest.MapFile{Data: []byte("{type: pipeline, jobs: {a: " + useOf(c) + "}}")}
		def, errs = load.Check(fsys, "use.yml", load.Options{})
	}
	if def == nil || errs.HasErrors() {
		return outcome{faulty: true, notes: strings.Join(messages(errs), "\n")}
	}
	job, ok := def.(pipeline.Job)
	if !ok {
		return outcome{}
	}
	pl, more := plan.Build(job)
	if slices.ContainsFunc(more, func(d diag.Diagnostic) bool { return d.Code == diag.CodeUnsupportedKind }) {
		return outcome{}
	}
	if more.HasErrors() {
		return outcome{faulty: true, notes: strings.Join(messages(more), "\n")}
	}
	return outcomeOf(job, pl)
}

// useOf is a job that runs the component in def.yml, and gives it the data that it
// requires.
func useOf(c *pipeline.Component) string {
	var given []string
	for _, in := range c.Inputs {
		if in.Type != "" && !in.Type.IsLiteral() && !in.Optional {
			given = append(given, fmt.Sprintf("%q: {type: %s, path: azureml:d:1}", in.Name, in.Type))
		}
	}
	return fmt.Sprintf("{type: %s, component: ./def.yml, inputs: {%s}}", c.Type, strings.Join(given, ", "))
}

func messages(errs diag.List) []string {
	var out []string
	for _, d := range errs.Sorted() {
		if d.Severity == diag.Error {
			out = append(out, fmt.Sprintf("%s: %s: %s", d.Path, d.Code, d.Message))
		}
	}
	return out
}

func outcomeOf(job pipeline.Job, pl *plan.Plan) outcome {
	notes := plan.Parity(pl)
	texts := make([]string, 0, len(notes))
	for _, n := range notes {
		if n.Feature != "environment" {
			texts = append(texts, n.Path)
		}
	}
	var whole []any
	for _, n := range pl.Nodes {
		whole = append(whole, n.Environment, n.Distribution)
		n.Environment, n.Distribution = nil, nil
		for i := range n.Outputs {
			n.Outputs[i].AssetName, n.Outputs[i].AssetVersion = "", ""
		}
	}
	for i := range pl.Outputs {
		pl.Outputs[i].AssetName, pl.Outputs[i].AssetVersion = "", ""
	}
	pl.Settings = nil // recorded, whatever they are
	head := *job.Head()
	head.Range, head.Schema, head.Extra = diag.Range{}, "", ""
	for _, t := range []*pipeline.Text{&head.Name, &head.DisplayName, &head.Description, &head.Experiment} {
		t.Range = diag.Range{}
	}
	return outcome{plan: jsonOf(pl) + jsonOf(head), whole: jsonOf(whole), notes: strings.Join(texts, "\n")}
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
