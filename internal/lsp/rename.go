package lsp

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// use is one place that names a thing.
type use struct {
	start, end  int
	declaration bool
}

// named is the thing that is named at a place, with where its name stands
// there.
func (v *view) named(s *source, offset int) (thing, use, bool) {
	if b, ok := bindingAt(s.text, offset); ok {
		i := b.wordAt(offset)
		x, ok := meaning(s.root, placeAt(s.text, b.start).path, b, i)
		return x, use{start: b.words[i].start, end: b.words[i].end}, ok && x.name == b.words[i].text
	}
	at := placeAt(s.text, offset)
	if at.role == noPlace || at.role == valPlace || !at.colon {
		return thing{}, use{}, false
	}
	x, ok := thingAtKey(at.path, strings.Trim(s.text.s[at.start:at.end], `"'`))
	return x, use{start: at.start, end: at.end, declaration: true}, ok
}

// uses are all places of a definition that name a thing.
func (v *view) uses(s *source, x thing) []use {
	var out []use
	if p, ok := find(s.root, x.owner).Get(x.kind.section()).Pair(x.name); ok {
		start := s.text.at(p.KeyRange.Line, p.KeyRange.Column)
		end := s.text.at(p.KeyRange.EndLine, p.KeyRange.EndColumn)
		out = append(out, use{start: start, end: end, declaration: true})
	}
	for _, b := range bindings(s.text) {
		for i, w := range b.words {
			if w.text != x.name {
				continue
			}
			if y, ok := meaning(s.root, b.path, b, i); ok && y.same(x) {
				out = append(out, use{start: w.start, end: w.end})
			}
		}
	}
	return out
}

// references answers textDocument/references.
func (v *view) references(p referenceParams) ([]location, error) {
	s, offset, ok := v.definitionAt(p.placeParams)
	if !ok {
		return nil, nil
	}
	x, _, ok := v.named(s, offset)
	if !ok {
		return nil, nil
	}
	var out []location
	for _, u := range v.uses(s, x) {
		if !u.declaration || p.Context.IncludeDeclaration {
			out = append(out, location{URI: v.uri(s.file), Range: s.text.span(u.start, u.end, v.enc)})
		}
	}
	return out, nil
}

var errNothingNamed = errors.New("there is no name of a job, input or output here")

// renamable is the thing at a place, when all that names it is in this text.
func (v *view) renamable(p placeParams) (*source, thing, use, error) {
	s, offset, ok := v.definitionAt(p)
	if !ok {
		return nil, thing{}, use{}, errNothingNamed
	}
	x, at, ok := v.named(s, offset)
	if !ok || find(s.root, x.owner) == nil {
		return nil, thing{}, use{}, errNothingNamed
	}
	return s, x, at, v.mayRename(s, x)
}

// mayRename refuses what other files may name too.
func (v *view) mayRename(s *source, x thing) error {
	owner := find(s.root, x.owner)
	switch {
	case x.kind == aJob:
		return nil
	case strings.Contains(x.name, "."):
		return fmt.Errorf("%s %s belongs to a group: rename it by hand", x.kind, x.name)
	case len(x.owner) == 0 && isComponentFile(s.root):
		return fmt.Errorf("%s %s belongs to a component, which other files use: rename it by hand", x.kind, x.name)
	}
	for _, key := range componentKeys() {
		if owner.Get(key) != nil {
			return fmt.Errorf("%s %s belongs to the component of the job: rename it there", x.kind, x.name)
		}
	}
	return nil
}

func isComponentFile(root *yamlnode.Node) bool { return strings.HasSuffix(kindOf(root), "Component") }

// prepareRename answers textDocument/prepareRename.
func (v *view) prepareRename(p placeParams) (*prepareRenameResult, error) {
	s, x, at, err := v.renamable(p)
	if err != nil {
		return nil, err
	}
	return &prepareRenameResult{Range: s.text.span(at.start, at.end, v.enc), Placeholder: x.name}, nil
}

// rename answers textDocument/rename.
func (v *view) rename(p renameParams) (*workspaceEdit, error) {
	s, x, _, err := v.renamable(p.placeParams)
	if err != nil {
		return nil, err
	}
	if p.NewName == "" || strings.IndexFunc(p.NewName, notName) >= 0 || p.NewName[0] == '-' {
		return nil, fmt.Errorf("%q is no name: use letters, digits and underscores", p.NewName)
	}
	if _, taken := find(s.root, x.owner).Get(x.kind.section()).Pair(p.NewName); taken && p.NewName != x.name {
		return nil, fmt.Errorf("there is a %s %s already", x.kind, p.NewName)
	}
	edits := []textEdit{}
	for _, u := range v.uses(s, x) {
		edits = append(edits, textEdit{Range: s.text.span(u.start, u.end, v.enc), NewText: p.NewName})
	}
	return &workspaceEdit{Changes: map[string][]textEdit{v.uri(s.file): edits}}, nil
}
