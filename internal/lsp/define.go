package lsp

import (
	"path"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// definition answers textDocument/definition.
func (v *view) definition(p placeParams) ([]location, error) {
	s, offset, ok := v.definitionAt(p)
	if !ok {
		return nil, nil
	}
	if b, ok := bindingAt(s.text, offset); ok {
		at := placeAt(s.text, b.start)
		i := b.wordAt(offset)
		if i < 2 {
			i = len(b.words) - 1
		}
		if x, ok := meaning(s.root, at.path, b, i); ok {
			return v.declaration(s, x, true), nil
		}
		return nil, nil
	}
	at := placeAt(s.text, offset)
	switch at.role {
	case noPlace:
		return nil, nil
	case valPlace:
		return v.defineValue(s, at, offset), nil
	}
	if x, ok := thingAtKey(at.path, s.text.s[at.start:at.end]); ok {
		return v.declaration(s, x, false), nil
	}
	return nil, nil
}

// declaration is where a name is declared. Of a job's input or output there
// may be two places: own says that the one in the job will do; without it,
// only the component's will.
func (v *view) declaration(s *source, x thing, own bool) []location {
	owner := find(s.root, x.owner)
	if owner == nil {
		return nil
	}
	if x.kind == aJob {
		if p, ok := owner.Get("jobs").Pair(x.name); ok {
			return []location{v.locate(s, p.KeyRange)}
		}
		return nil
	}
	of := section(x.kind.section())
	if own {
		if p := portNamed(s.ports(owner, of), x.name); p != nil {
			return []location{v.locate(s, p.at)}
		}
	}
	if c, n := v.component(s, owner); c != nil {
		if p := portNamed(c.ports(n, of), x.name); p != nil {
			return []location{v.locate(c, p.at)}
		}
	}
	return nil
}

func (v *view) locate(s *source, r diag.Range) location {
	return location{URI: v.uri(s.file), Range: s.text.diagSpan(r, v.enc)}
}

// defineValue finds the file that a value names, or a word of a command.
func (v *view) defineValue(s *source, at place, offset int) []location {
	n := find(s.root, at.path)
	key := ""
	if len(at.path) > 0 {
		key = at.path[len(at.path)-1]
	}
	if key == "command" {
		return v.script(s, at.path, wordAround(s.text, offset))
	}
	if n == nil || n.Kind != yamlnode.Scalar || !pipeline.IsLocal(n.Text) || strings.ContainsAny(n.Text, "\n") {
		return nil
	}
	if key == "code" {
		return v.codeFile(s, at.path[:len(at.path)-1], n.Text)
	}
	return v.existing(s.fileNamed(n.Text))
}

// existing is the beginning of a file that is there. An editor cannot show a
// folder.
func (v *view) existing(f fileAt) []location {
	if info, err := v.fs(f).Stat(f.name); err != nil || info.IsDir() {
		return nil
	}
	return []location{{URI: v.uri(f)}}
}

// wordAround is the word of a command that an offset lies in.
func wordAround(t *text, offset int) string {
	line := t.line(t.lineOf(offset))
	at := offset - t.starts[t.lineOf(offset)]
	stop := func(r rune) bool { return strings.ContainsRune(" \t\"'=;|&<>(),", r) }
	start := strings.LastIndexFunc(line[:at], stop) + 1
	end := strings.IndexFunc(line[at:], stop)
	if end < 0 {
		return line[start:]
	}
	return line[start : at+end]
}

// script is the file of the code folder that a word of a command names.
func (v *view) script(s *source, command []string, word string) []location {
	code := textOf(find(s.root, command[:len(command)-1]), "code")
	if word == "" || code == "" || !pipeline.IsLocal(code) || path.IsAbs(word) {
		return nil
	}
	folder := s.fileNamed(code)
	return v.existing(folder.beside(path.Join(folder.name, word)))
}

// codeFile is what the code folder of a job is opened for: the script that the
// command starts.
func (v *view) codeFile(s *source, owner []string, code string) []location {
	if direct := v.existing(s.fileNamed(code)); direct != nil {
		return direct
	}
	command := append(slices.Clone(owner), "command")
	for _, word := range strings.Fields(textOf(s.root, command...)) {
		if found := v.script(s, command, word); found != nil {
			return found
		}
	}
	return nil
}
