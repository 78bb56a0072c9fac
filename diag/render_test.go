package diag_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/diag"
)

// golden compares got with a file of testdata, which UPDATE_GOLDEN=1 rewrites.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// at is a range on one line.
func at(file string, line, column, endColumn int) diag.Range {
	return diag.Range{Pos: diag.Pos{File: file, Line: line, Column: column}, EndLine: line, EndColumn: endColumn}
}

// files are the sources of the list below.
var files = map[string]string{
	"pipeline.yml": "type: pipeline\njobs:\n  prep:\n    type: comand\n  \ttab: \"日本\" # wide\n  prep: {}\n",
	"a b,c.yml":    "x: " + strings.Repeat("long ", 40) + "here: " + strings.Repeat("tail ", 40) + "\n\x1b[31mred\x1b[0m: \u202e1\r\nlast: 1",
}

// source reads them.
func source(file string) ([]byte, error) {
	if text, ok := files[file]; ok {
		return []byte(text), nil
	}
	return nil, errors.New("not there")
}

// sample has something of everything.
func sample() diag.List {
	var l diag.List
	d := l.Errorf(at("pipeline.yml", 4, 11, 17), "bad-value", "unknown step type %q", "comand")
	d.Hint, d.Path = diag.DidYouMean("comand", []string{"command", "sweep"}), "jobs.prep.type"
	d = l.Errorf(at("pipeline.yml", 6, 3, 7), diag.CodeYAMLDuplicateKey, "the key %q is given twice", "prep")
	d.Related = []diag.Related{{Range: at("pipeline.yml", 3, 3, 7), Message: "first given here"}}
	l.Warnf(at("pipeline.yml", 5, 9, 13), "missing-data", "wide: 100%% of <it>; see [here]: now")
	l.Warnf(at("a b,c.yml", 1, 204, 208), "bad-value", "far right")
	l.Errorf(at("a b,c.yml", 2, 1, 1), "bad-value", "line one\nline \x1b[31mtwo\r")
	l.Errorf(diag.Range{Pos: diag.Pos{File: "a b,c.yml", Line: 2, Column: 6}, EndLine: 3, EndColumn: 2}, "bad-value", "over two lines")
	l.Add(diag.Diagnostic{Range: diag.Range{Pos: diag.Pos{File: "gone.yml"}}, Severity: diag.Info, Code: "bad-value", Message: "no line known"})
	l.Add(diag.Diagnostic{Severity: diag.Error, Code: "bad-value", Message: "nowhere"})
	return l
}

// render is the list in a format.
func render(t *testing.T, f diag.Format, l diag.List, o diag.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := diag.Render(&b, f, l, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFormats(t *testing.T) {
	t.Parallel()
	for _, f := range diag.Formats() {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			o := diag.Options{Source: source, Files: []string{"fine.yml", "pipeline.yml"}, ToolVersion: "1.2.3"}
			golden(t, string(f)+".golden", render(t, f, sample(), o))
			golden(t, string(f)+"-empty.golden", render(t, f, nil, diag.Options{Files: []string{"fine.yml"}}))
		})
	}
}

func TestTextInColor(t *testing.T) {
	t.Parallel()
	golden(t, "text-color.golden", render(t, diag.Text, sample(), diag.Options{Source: source, Color: true}))
}

// TestNothingActsOnATerminal: user text may not carry escape sequences out.
func TestNothingActsOnATerminal(t *testing.T) {
	t.Parallel()
	for _, f := range diag.Formats() {
		out := render(t, f, sample(), diag.Options{Source: source})
		for _, r := range string(out) {
			if r < 0x20 && r != '\n' && (r != '\t' || f != diag.JUnit) || r == 0x202E {
				t.Errorf("%s lets %U through", f, r)
			}
		}
	}
}

func TestCommandsStayOnOneLine(t *testing.T) {
	t.Parallel()
	for f, prefix := range map[diag.Format]string{diag.GitHub: "::", diag.AzureDevOps: "##vso[task.logissue "} {
		var l diag.List
		l.Errorf(at("x\n::error::y.yml", 1, 1, 2), "bad-value", "a\n%s::error::b\r\n##vso[task.complete]", "::")
		out := strings.TrimSuffix(string(render(t, f, l, diag.Options{})), "\n")
		if strings.ContainsAny(out, "\r\n") || !strings.HasPrefix(out, prefix) {
			t.Errorf("%s: got %q", f, out)
		}
	}
}

func TestWellFormed(t *testing.T) {
	t.Parallel()
	for _, f := range []diag.Format{diag.JSON, diag.SARIF} {
		if out := render(t, f, sample(), diag.Options{}); !json.Valid(out) {
			t.Errorf("%s is not JSON: %s", f, out)
		}
	}
	var into struct{}
	if err := xml.Unmarshal(render(t, diag.JUnit, sample(), diag.Options{}), &into); err != nil {
		t.Errorf("junit: %v", err)
	}
}

func TestSARIFPlaces(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a b.yml": "a%20b.yml", "/x/y.yml": "file:///x/y.yml", `C:\x\y.yml`: "file:///C:/x/y.yml", "../up.yml": "../up.yml",
	} {
		var l diag.List
		l.Errorf(at(name, 1, 1, 1), "bad-value", "x")
		if out := render(t, diag.SARIF, l, diag.Options{}); !bytes.Contains(out, []byte(`"uri": "`+want+`"`)) {
			t.Errorf("%s: no URI %s in %s", name, want, out)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	t.Parallel()
	if err := diag.Render(&bytes.Buffer{}, "html", nil, diag.Options{}); err == nil || !strings.Contains(err.Error(), "junit") {
		t.Errorf("got %v, want an error that lists the formats", err)
	}
}

// broken is a writer that fails.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWriteErrors(t *testing.T) {
	t.Parallel()
	for _, f := range diag.Formats() {
		if err := diag.Render(broken{}, f, sample(), diag.Options{Source: source}); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
}
