package diag_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/diag"
)

func span(line, column, endLine, endColumn int) diag.Range {
	return diag.Range{Pos: diag.Pos{File: "f", Line: line, Column: column}, EndLine: endLine, EndColumn: endColumn}
}

func TestApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, want string
		edits            []diag.Edit
	}{
		{"a word", "enviroment: x\n", "environment: x\n", []diag.Edit{{span(1, 1, 1, 11), "environment"}}},
		{"an insertion", "env: x\r\nb: é1\r\n", "env: azureml:x\r\nb: é2\r\n", []diag.Edit{{span(2, 5, 2, 6), "2"}, {span(1, 6, 1, 6), "azureml:"}}},
		{"after a byte order mark", "\uFEFFa: 1", "\uFEFFb: 1", []diag.Edit{{span(1, 1, 1, 2), "b"}}},
		{"at the end", "a", "ab", []diag.Edit{{span(1, 2, 1, 2), "b"}}},
		{"over lines", "a\nb\nc\n", "aXc\n", []diag.Edit{{span(1, 2, 3, 1), "X"}}},
		{"nowhere", "a\n", "a\n", []diag.Edit{{span(1, 9, 1, 10), "b"}, {span(9, 1, 9, 1), "b"}, {span(0, 0, 0, 0), "b"}}},
	} {
		if got := diag.Apply(c.text, c.edits); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

// TestFixesApart: of two fixes of the same place one is made.
func TestFixesApart(t *testing.T) {
	t.Parallel()
	var l diag.List
	l.Errorf(span(1, 1, 1, 3), "a", "first").Fix = diag.Replace(span(1, 1, 1, 3), "xx")
	l.Errorf(span(1, 2, 1, 4), "b", "second").Fix = diag.Replace(span(1, 2, 1, 4), "yy")
	l.Errorf(span(1, 5, 1, 6), "c", "third").Fix = diag.Replace(span(1, 5, 1, 6), "z")
	l.Errorf(span(1, 6, 1, 6), "d", "no fix")
	edits := l.MapFiles(strings.ToUpper).Fixes()
	if len(edits) != 1 || len(edits["F"]) != 2 {
		t.Fatalf("got %v", edits)
	}
	if got := diag.Apply("abcdefg", edits["F"]); got != "xxcdzfg" {
		t.Errorf("got %q", got)
	}
}

func FuzzApply(f *testing.F) {
	f.Add("a\r\nb\rc\n", 1, 1, 2, 1, "x")
	f.Fuzz(func(t *testing.T, text string, line, column, endLine, endColumn int, with string) {
		diag.Apply(text, []diag.Edit{{span(line, column, endLine, endColumn), with}})
	})
}
