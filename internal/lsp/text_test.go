package lsp_test

import (
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/ischia-ml/ischia/internal/lsp"
)

func TestEdit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text, enc  string
		a, b, c, d int
		insert     string
		want       string
	}{
		{"abc\ndef", "utf-16", 0, 1, 0, 2, "X", "aXc\ndef"},
		{"abc\ndef", "utf-16", 0, 1, 1, 1, "", "aef"},
		{"abc\r\ndef\r\n", "utf-16", 1, 0, 1, 3, "x", "abc\r\nx\r\n"},
		{"abc\rdef", "utf-16", 1, 0, 1, 0, "x", "abc\rxdef"},
		{"abc", "utf-16", 0, 99, 0, 99, "d", "abcd"},
		{"abc\n", "utf-16", 0, 99, 0, 99, "d", "abcd\n"},
		{"abc", "utf-16", 9, 0, 9, 9, "d", "abcd"},
		{"abc", "utf-16", 0, 2, 0, 1, "x", "axc"},
		{"a𝛼b", "utf-16", 0, 3, 0, 4, "", "a𝛼"},
		{"a𝛼b", "utf-8", 0, 5, 0, 6, "", "a𝛼"},
		{"a𝛼b", "utf-32", 0, 2, 0, 3, "", "a𝛼"},
		{"a𝛼b", "utf-16", 0, 2, 0, 2, "x", "ax𝛼b"}, // within a character: before it
		{"\uFEFFab", "utf-16", 0, 1, 0, 2, "", "\uFEFFb"},
	} {
		if got := lsp.Edit(tt.text, tt.enc, tt.a, tt.b, tt.c, tt.d, tt.insert); got != tt.want {
			t.Errorf("%q %s [%d:%d-%d:%d]: got %q, want %q", tt.text, tt.enc, tt.a, tt.b, tt.c, tt.d, got, tt.want)
		}
	}
}

// slowEdit is the edit of a UTF-16 client, done the long way round: line by
// line and unit by unit.
func slowEdit(s string, a, b, c, d int, insert string) string {
	find := func(line, char int) int {
		at := 0
		for range max(line, 0) {
			i := strings.IndexAny(s[at:], "\r\n")
			if i < 0 {
				return len(s)
			}
			at += i + 1
			if s[at-1] == '\r' && at < len(s) && s[at] == '\n' {
				at++
			}
		}
		if line < 0 {
			return 0
		}
		for char > 0 && at < len(s) && s[at] != '\r' && s[at] != '\n' {
			r, n := utf8.DecodeRuneInString(s[at:])
			if char -= max(1, utf16.RuneLen(r)); char < 0 {
				break
			}
			at += n
		}
		return at
	}
	from, to := find(a, b), find(c, d)
	if from > to {
		from, to = to, from
	}
	return s[:from] + insert + s[to:]
}

func FuzzEdit(f *testing.F) {
	f.Add("abc\ndef", 0, 1, 1, 2, "x")
	f.Add("a𝛼b\r\né\r", 0, 2, 2, 0, "\n")
	f.Fuzz(func(t *testing.T, s string, a, b, c, d int, insert string) {
		if !utf8.ValidString(s) || !utf8.ValidString(insert) || a > 1000 || c > 1000 {
			t.Skip("a text of JSON is UTF-8")
		}
		if got, want := lsp.Edit(s, "utf-16", a, b, c, d, insert), slowEdit(s, a, b, c, d, insert); got != want {
			t.Errorf("%q [%d:%d-%d:%d] %q: got %q, want %q", s, a, b, c, d, insert, got, want)
		}
		for _, enc := range []string{"utf-8", "utf-16", "utf-32"} {
			for i := range s {
				if i > 0 && s[i-1] == '\r' && s[i] == '\n' {
					continue // between the two of a line break
				}
				if got := lsp.RoundTrip(s, enc, i); got != i {
					t.Errorf("%q %s: offset %d became %d", s, enc, i, got)
				}
			}
		}
	})
}

func TestPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, path, prefix string }{
		{"‸", "", ""},
		{"ty‸", "", "ty"},
		{"type: ‸", "type", ""},
		{"type:‸", "type", ""},
		{"type: pipe‸line", "type", "pipe"},
		{"jobs:\n  ‸", "jobs", ""},
		{"jobs:\n‸", "", ""},
		{"jobs:\n  a:\n    type: x\n    ‸", "jobs a", ""},
		{"jobs:\n  a:\n    type: x\n  ‸", "jobs", ""},
		{"jobs:\n  a:\n    type: x\n    in‸\n  b:\n", "jobs a", "in"},
		{"jobs:\n  a:\n    ty‸pe: x\n", "jobs a", "ty"},
		{"jobs:\n  a:\n\n    # x\n    inputs:\n      d: ./‸", "jobs a inputs d", "./"},
		{"a:\n- b: 1\n  c: ‸", "a [0] c", ""},
		{"a:\n- b: 1\n- ‸", "a [1]", ""},
		{"a:\n  - b: 1\n  - c‸", "a [1]", "c"},
		{"a:\n  - - x\n    - y‸", "a [0] [1]", "y"},
		{"a:\n  - x\nb‸", "", "b"},
		{"a: |\n  text\n  more ‸\nb: 1", "a", "more "},
		{"a: |\n  text\n\nb: ‸", "b", ""},
		{"a:\n  b: >-\n    x: y\n    z‸", "a b", "z"},
		{"- |\n  x\n- ‸", "[1]", ""},
		{"a: {b: 1, c‸", "a", "c"},
		{"a: {b: 1, c: ‸}", "a c", ""},
		{"a: {b: [1, {c: d‸", "a b [1] c", "d"},
		{"a: {b: 1,\n    c: ‸\n}", "a c", ""},
		{"a: {b: 1\nc: ‸", "c", ""},
		{"a: [x, ‸]", "a [1]", ""},
		{"a: \"x ‸", "a", "x "},
		{"a: {b: \"${{x}} ‸", "a b", "${{x}} "},
		{"'a b': ‸", "a b", ""},
		{"\"a\": {\"b\": ‸", "a b", ""},
		{"a: &x {b: ‸", "a b", ""},
		{"\uFEFFa:\n  b: ‸", "a b", ""},
		{"a:\r\n  b: ‸\r\n", "a b", ""},
		{"---\na:\n  ‸", "a", ""},
		{"a: x # ‸", "", ""},
		{"a: http://x‸", "a", "http://x"},
		{"<<: ‸", "<<", ""},
		{"- {a: ‸", "[0] a", ""},
		{"- 'x‸", "[0]", "x"},
	} {
		before, after, _ := strings.Cut(tt.text, "‸")
		path, start, end, prefix := lsp.Place(before+after, len(before))
		if got := strings.Join(path, " "); got != tt.path || prefix != tt.prefix {
			t.Errorf("%q: got %q and %q, want %q and %q", tt.text, got, prefix, tt.path, tt.prefix)
		}
		if start > len(before) || end < len(before) {
			t.Errorf("%q: the cursor at %d is not within %d-%d", tt.text, len(before), start, end)
		}
	}
}

func TestOutline(t *testing.T) {
	t.Parallel()
	got := lsp.Outline(`$schema: x # why
type: pipeline
half
inputs:
  a: {type: integer, default: 3}
  b: "x y"
  c: {open
  d:
    path: ./x
list:
- name: 1
  more: [a, "b"]
- two
jobs:
  one:
    command: |
      a: b
      c: d
    component: ./x.yml
`)
	want := map[string]any{
		"$schema": "x", "type": "pipeline",
		"inputs": map[string]any{
			"a": map[string]any{"type": "integer", "default": "3"}, "b": "x y", "c": nil, "d": map[string]any{"path": "./x"},
		},
		"list": []any{map[string]any{"name": "1", "more": []any{"a", "b"}}, "two"},
		"jobs": map[string]any{"one": map[string]any{"command": "|", "component": "./x.yml"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outline (-want +got):\n%s", diff)
	}
}

func FuzzPlace(f *testing.F) {
	f.Add(pipelineYAML, 300)
	f.Add("a: {b: [1, {c: d", 14)
	f.Add("a:\n- - |\n  x\n - 'y", 12)
	f.Fuzz(func(t *testing.T, s string, offset int) {
		offset = min(max(offset, 0), len(s))
		for offset > 0 && offset < len(s) && !utf8.RuneStart(s[offset]) {
			offset--
		}
		if offset > 0 && offset < len(s) && s[offset-1:offset+1] == "\r\n" {
			offset-- // no cursor stands within the end of a line
		}
		_, start, end, prefix := lsp.Place(s, offset)
		if start < 0 || start > offset || end < offset || end > len(s) {
			t.Errorf("%q at %d: the cursor is not within %d-%d", s, offset, start, end)
		} else if s[start:offset] != prefix {
			t.Errorf("%q at %d: got prefix %q, want %q", s, offset, prefix, s[start:offset])
		}
		lsp.Outline(s)
	})
}

func TestURI(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("there an absolute path has a drive")
	}
	for _, tt := range []struct {
		in, want string
		ok       bool
	}{
		{"file:///home/a%20b/p.yml", "file:///home/a%20b/p.yml", true},
		{"file:///home/x/../p.yml", "file:///home/p.yml", true},
		{"file:///home/%C3%A9%25.yml", "file:///home/%C3%A9%25.yml", true},
		{"untitled:Untitled-1", "", false},
		{"http://x/y", "", false},
		{"file:", "", false},
		{"%zz", "", false},
	} {
		if got, ok := lsp.URI(tt.in); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %q, %t; want %q, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}

// Texts that nobody wrote cost little, and end no session.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		strings.Repeat("- ", 30_000), strings.Repeat("{", 30_000), "a: " + strings.Repeat("[{a: ", 15_000),
		strings.Repeat("a:\n ", 15_000), strings.Repeat("\"", 29_999), strings.Repeat("${{", 15_000),
		strings.Repeat("a: |\n", 15_000), strings.Repeat("a: {\n", 15_000), "x: &a [*a]\n", strings.Repeat("\r", 30_000),
	} {
		for _, head := range []string{"", "type: pipeline\njobs:\n  a: {type: command}\nx:\n"} {
			c := start(t, nil)
			c.initialize(nil)
			c.open("p.yml", head+text)
			lines := strings.Count(head+text, "\n")
			for _, at := range []pos{{lines, 0}, {lines, 30_000}} {
				c.mustCall("textDocument/completion", c.at("p.yml", at), nil)
				c.mustCall("textDocument/hover", c.at("p.yml", at), nil)
				c.mustCall("textDocument/references", c.at("p.yml", at), nil)
			}
			c.mustCall("textDocument/documentSymbol", object{"textDocument": object{"uri": c.uri("p.yml")}}, nil)
			c.finish()
		}
	}
}
