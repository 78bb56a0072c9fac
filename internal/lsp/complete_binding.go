package lsp

import (
	"fmt"
	"slices"
	"strings"
)

// inBinding offers the next word of a ${{ }}.
func (c *completer) inBinding(b binding) {
	at := b.wordAt(c.offset)
	before := b.texts(at)
	for _, o := range c.scope() {
		if len(o.words) <= at || !slices.Equal(o.words[:at], before) {
			continue
		}
		c.offerWord(b, o, at)
	}
}

// option is one thing that a binding at a place may name.
type option struct {
	words  []string
	detail string
	doc    string
	kind   completionKind
	// fits: its type is the one that is wanted.
	fits bool
}

// offerWord offers the word of an option that comes next, and closes the
// binding when it is the last.
func (c *completer) offerWord(b binding, o option, at int) {
	w := word{start: c.offset, end: c.offset}
	if at < len(b.words) {
		w = b.words[at]
	}
	name := o.words[at]
	item := completionItem{Label: name, Kind: kindModule, SortText: fmt.Sprintf("%d%04d", 2-btoi(o.fits), len(c.items))}
	text := name
	if at == len(o.words)-1 {
		item.Kind, item.Detail, item.Documentation = o.kind, o.detail, c.doc(o.doc)
		if !b.closed {
			text += "}}"
		}
	}
	c.addOver(item, text, w.start, w.end)
}

// scope is everything that a binding at the place may name.
func (c *completer) scope() []option {
	var out []option
	job, parent, inJob := jobAt(c.place.path)
	within := ""
	if len(c.place.path) > len(job) {
		within = c.place.path[len(job)]
	}
	if inJob && within != "command" && within != "component" && within != "trial" {
		out = append(out, c.parentScope(job, parent, within)...)
	}
	switch within {
	case string(inputs), string(outputs), "jobs", "compute", "settings", "":
	default:
		out = append(out, c.ownScope()...)
	}
	if !inJob && within == string(outputs) {
		for _, macro := range []string{"name", "output_name", "default_datastore"} {
			out = append(out, option{words: []string{macro}, kind: kindVariable})
		}
	}
	return out
}

// parentScope is what the pipeline has for a job: its inputs, the outputs of
// other jobs and, for the job's outputs, its own.
func (c *completer) parentScope(job, parent []string, within string) []option {
	pipeline := find(c.source.root, parent)
	want := c.wanted(job)
	var out []option
	if within == string(outputs) {
		for _, p := range c.source.ports(pipeline, outputs) {
			out = append(out, p.option(want, "parent", "outputs", p.name))
		}
		return out
	}
	for _, p := range c.source.ports(pipeline, inputs) {
		out = append(out, p.option(want, "parent", "inputs", p.name))
	}
	jobs := pipeline.Get("jobs")
	if jobs == nil {
		return out
	}
	for _, j := range jobs.Pairs {
		if j.Key == job[len(job)-1] {
			continue
		}
		// A job whose outputs are not known can be named all the same.
		if c.far(j.Key) {
			out = append(out, option{words: []string{"parent", "jobs", j.Key, "outputs"}, kind: kindModule})
			continue
		}
		for _, p := range c.portsOf(c.source, j.Value, outputs) {
			out = append(out, p.option(want, "parent", "jobs", j.Key, "outputs", p.name))
		}
	}
	return out
}

// far: the outputs of a job are not asked for, because the binding names
// another, or none yet. Reading the component of every job would take long.
func (c *completer) far(job string) bool {
	b, ok := bindingAt(c.source.text, c.offset)
	if !ok {
		return false
	}
	at := b.wordAt(c.offset)
	return at <= 3 || b.words[2].text != job
}

// ownScope is what a command may name: the inputs and outputs of its job or
// component, and the search space of a sweep.
func (c *completer) ownScope() []option {
	owner := find(c.source.root, ownerAt(c.source.root, c.place.path))
	var out []option
	for _, of := range []section{inputs, outputs} {
		for _, p := range c.portsOf(c.source, owner, of) {
			out = append(out, p.option("", string(of), p.name))
		}
	}
	job, _, _ := jobAt(c.place.path)
	if space := find(c.source.root, job).Get("search_space"); space != nil {
		for _, p := range space.Pairs {
			out = append(out, option{words: []string{"search_space", p.Key}, kind: kindVariable})
		}
	}
	return out
}

// option is an input or output as something that a binding may name.
func (p port) option(want string, words ...string) option {
	return option{
		words: words, detail: p.summary(), doc: p.doc, kind: kindVariable,
		fits: want != "" && p.typ == want,
	}
}

// wanted is the type of the input or output at the place.
func (c *completer) wanted(job []string) string {
	if len(c.place.path) < len(job)+2 {
		return ""
	}
	of, name := section(c.place.path[len(job)]), c.place.path[len(job)+1]
	if of != inputs && of != outputs {
		return ""
	}
	if p := portNamed(c.portsOf(c.source, find(c.source.root, job), of), name); p != nil {
		return p.typ
	}
	return ""
}

// maxWhole bounds the whole bindings that are offered where none was begun:
// each costs a look at a job's component.
const maxWhole = 100

// bindingValues offers whole bindings for an input or output of a job.
func (c *completer) bindingValues() {
	job, parent, ok := jobAt(c.place.path)
	if !ok || len(c.place.path) != len(job)+2 {
		return
	}
	of := section(c.place.path[len(job)])
	if of != inputs && of != outputs {
		return
	}
	jobs := find(c.source.root, parent).Get("jobs")
	if of == inputs && jobs != nil && len(jobs.Pairs) > maxWhole {
		return
	}
	for _, o := range c.parentScope(job, parent, string(of)) {
		text := "${{" + strings.Join(o.words, ".") + "}}"
		item := completionItem{Label: text, Kind: o.kind, Detail: o.detail, Documentation: c.doc(o.doc)}
		item.SortText = fmt.Sprintf("%d%04d", 2-btoi(o.fits), len(c.items))
		if c.place.flow && !c.place.quoted {
			text = `"` + text + `"`
		}
		c.add(item, text)
	}
}
