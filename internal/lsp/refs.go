package lsp

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// binding is a ${{ }} of a text, perhaps not closed yet.
type binding struct {
	// start and end delimit all of it; end is where the line ends when it is
	// not closed.
	start, end int
	closed     bool
	words      []word
	path       []string
}

// word is one of those between the dots.
type word struct {
	text       string
	start, end int
}

// bindingAt is the binding that an offset lies in.
func bindingAt(t *text, offset int) (binding, bool) {
	line := t.lineOf(offset)
	start := t.starts[line]
	cur := offset - start
	for _, b := range bindingsIn(t.line(line)) {
		if b.start < cur && (cur < b.end || cur == b.end && !b.closed) {
			b.shift(start)
			return b, true
		}
	}
	return binding{}, false
}

func (b *binding) shift(by int) {
	b.start, b.end = b.start+by, b.end+by
	for i := range b.words {
		b.words[i].start += by
		b.words[i].end += by
	}
}

// bindingEnd is where the ${{ that s begins with is closed, behind the braces,
// or -1. It is looked for nearby: a long line with many costs their sum.
func bindingEnd(s string) int {
	const longest = 1_000
	if i := strings.Index(s[:min(len(s), longest)], "}}"); i >= 0 {
		return i + 2
	}
	return -1
}

// bindingsIn are those of a line.
func bindingsIn(line string) []binding {
	var out []binding
	for from := 0; ; {
		i := strings.Index(line[from:], "${{")
		if i < 0 {
			return out
		}
		b := binding{start: from + i}
		inner := line[b.start+3:]
		next := strings.Index(inner, "${{")
		end := strings.Index(inner[:max(next, 0)], "}}")
		if next < 0 {
			end = strings.Index(inner, "}}")
		}
		switch {
		case end >= 0:
			b.closed, b.end, inner = true, b.start+3+end+2, inner[:end]
		case next >= 0:
			b.end, inner = b.start+3+next, inner[:next]
		default:
			b.end = len(line)
		}
		b.words = wordsIn(inner, b.start+3)
		out = append(out, b)
		from = b.end
	}
}

// wordsIn splits at dots; there is always at least one word.
func wordsIn(inner string, at int) []word {
	var out []word
	for _, part := range strings.Split(inner, ".") {
		trimmed := strings.TrimSpace(part)
		lead := len(part) - len(strings.TrimLeft(part, " \t"))
		if trimmed == "" {
			lead = len(part)
		}
		if i := strings.IndexFunc(trimmed, notName); i >= 0 {
			trimmed = trimmed[:i]
		}
		out = append(out, word{text: trimmed, start: at + lead, end: at + lead + len(trimmed)})
		at += len(part) + 1
	}
	return out
}

func notName(r rune) bool {
	return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r < 0x80
}

// texts are the words up to, and not including, n.
func (b binding) texts(n int) []string {
	var out []string
	for _, w := range b.words[:n] {
		out = append(out, w.text)
	}
	return out
}

// wordAt is the position of the word that an offset lies in.
func (b binding) wordAt(offset int) int {
	for i, w := range b.words {
		if offset <= w.end {
			return i
		}
	}
	return len(b.words) - 1
}

// thing is what a name in a definition stands for.
type thing struct {
	kind thingKind
	// owner is the path of the mapping that it belongs to: a pipeline for a
	// job; whoever has the input or output.
	owner []string
	name  string
}

type thingKind string

const (
	aJob    thingKind = "job"
	anInput thingKind = "input"
	aOutput thingKind = "output"
)

// section is where things of that kind stand below their owner.
func (k thingKind) section() string { return string(k) + "s" }

func (x thing) same(y thing) bool {
	return x.kind == y.kind && x.name == y.name && slices.Equal(x.owner, y.owner)
}

// meaning is what the word of a binding at a place stands for. ok is false for
// words that are no names.
func meaning(root *yamlnode.Node, place []string, b binding, word int) (thing, bool) {
	w := b.texts(len(b.words))
	_, parent, inJob := jobAt(place)
	switch {
	case word < 1:
		return thing{}, false
	case w[0] == "inputs" || w[0] == "outputs":
		return thing{kindOfSection(w[0]), ownerAt(root, place), memberName(w[1:], word-1)}, true
	case w[0] != "parent" || !inJob || word < 2:
		return thing{}, false
	case w[1] == "inputs" || w[1] == "outputs":
		return thing{kindOfSection(w[1]), parent, memberName(w[2:], word-2)}, true
	case w[1] == "jobs" && word == 2:
		return thing{aJob, parent, w[2]}, true
	case w[1] == "jobs" && word >= 4 && (w[3] == "outputs" || w[3] == "inputs"):
		owner := append(slices.Clone(parent), "jobs", w[2])
		return thing{kindOfSection(w[3]), owner, memberName(w[4:], word-4)}, true
	}
	return thing{}, false
}

// memberName is the whole dotted name of an input in a group.
func memberName(words []string, at int) string {
	return strings.Join(words[:max(at+1, len(words))], ".")
}

func kindOfSection(s string) thingKind { return thingKind(strings.TrimSuffix(s, "s")) }

// thingAtKey is what a key that is being declared names.
func thingAtKey(place []string, key string) (thing, bool) {
	if len(place) == 0 {
		return thing{}, false
	}
	owner, last := place[:len(place)-1], place[len(place)-1]
	job, _, _ := jobAt(owner)
	switch {
	case last == "jobs" && len(owner)%2 == 0 && len(owner) == len(job):
		return thing{aJob, owner, key}, true
	case (last == "inputs" || last == "outputs") && (len(owner) == len(job) || len(owner) == len(job)+1 && slices.Contains(componentKeys(), owner[len(job)])):
		return thing{kindOfSection(last), owner, key}, true
	}
	return thing{}, false
}

// bindings are all of a text, each with its place.
func bindings(t *text) []binding {
	var out []binding
	var s scanner
	for i := range t.starts {
		line := t.line(i)
		s.line(t.clean(i))
		if !strings.Contains(line, "${{") {
			continue
		}
		for _, b := range bindingsIn(line) {
			b.shift(t.starts[i])
			b.path = s.path()
			out = append(out, b)
		}
	}
	return out
}
