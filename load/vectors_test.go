package load_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// What a vector expects stands in these sections; all others are its files.
const (
	wantDiagnostics = "want/diagnostics"
	wantPlan        = "want/plan.json"
)

// vector is one archive of testdata/vectors. Above its files stands what it
// shows, and lines "set: PATH=VALUE" and "input: NAME=VALUE".
type vector struct {
	archive *txtar.Archive
	files   fstest.MapFS
	options load.Options
}

func readVector(t *testing.T, name string) vector {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	v := vector{archive: archive, files: fstest.MapFS{}}
	for _, f := range archive.Files {
		if !strings.HasPrefix(f.Name, "want/") {
			v.files[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	for line := range strings.Lines(string(archive.Comment)) {
		if item, ok := strings.CutPrefix(line, "set: "); ok {
			v.options.Set = append(v.options.Set, strings.TrimSuffix(item, "\n"))
		}
		if item, ok := strings.CutPrefix(line, "input: "); ok {
			v.options.Inputs = append(v.options.Inputs, strings.TrimSuffix(item, "\n"))
		}
	}
	return v
}

// run reads, checks and plans pipeline.yml of the vector.
func (v vector) run(t *testing.T) (diag.List, string) {
	t.Helper()
	def, errs := load.Check(v.files, "pipeline.yml", v.options)
	job, ok := def.(pipeline.Job)
	if !ok || errs.HasErrors() {
		return errs.Sorted(), ""
	}
	p, planned := plan.Build(job)
	errs = append(errs, planned...)
	if p == nil {
		return errs.Sorted(), ""
	}
	return errs.Sorted(), planJSON(t, p)
}

func planJSON(t *testing.T, p *plan.Plan) string {
	t.Helper()
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// show writes diagnostics one below the other, with all that they say.
func show(errs diag.List) string {
	var b strings.Builder
	for _, d := range errs {
		fmt.Fprintf(&b, "%s-%d:%d: %s[%s]: %s\n", d.Pos, d.EndLine, d.EndColumn, d.Severity, d.Code, d.Message)
		if d.Path != "" {
			fmt.Fprintf(&b, "    at %s\n", d.Path)
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "    hint: %s\n", d.Hint)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, "    %s: %s\n", r.Pos, r.Message)
		}
	}
	return b.String()
}

// TestVectors holds what is read against the expectations in the archives.
func TestVectors(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../testdata/vectors/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no vectors: %v", err)
	}
	seen := map[diag.Code]bool{}
	for _, name := range names {
		errs := checkVector(t, name)
		for _, d := range errs {
			seen[d.Code] = true
		}
	}
	for _, code := range diag.Codes() {
		if !seen[code] && !strings.HasPrefix(string(code), "yaml-") && definitionCode(code) {
			t.Errorf("no vector shows %s", code)
		}
	}
}

// definitionCode: a code of what is read here, rather than of a later check.
func definitionCode(code diag.Code) bool {
	return !strings.HasPrefix(string(code), "config-")
}

func checkVector(t *testing.T, name string) diag.List {
	t.Helper()
	v := readVector(t, name)
	errs, planned := v.run(t)
	got := map[string]string{wantDiagnostics: show(errs), wantPlan: planned}
	if golden.Updating() {
		v.update(t, name, got)
		return errs
	}
	want := map[string]string{}
	for _, f := range v.archive.Files {
		want[f.Name] = string(f.Data)
	}
	for section, text := range got {
		if text != want[section] {
			t.Errorf("%s: %s differs (UPDATE_GOLDEN=1 rewrites it):\n%s", filepath.Base(name), section,
				diff.Diff("want", []byte(want[section]), "got", []byte(text)))
		}
	}
	return errs
}

// update rewrites the expectations of a vector.
func (v vector) update(t *testing.T, name string, got map[string]string) {
	t.Helper()
	var files []txtar.File
	for _, f := range v.archive.Files {
		if !strings.HasPrefix(f.Name, "want/") {
			files = append(files, f)
		}
	}
	for _, section := range []string{wantDiagnostics, wantPlan} {
		if got[section] != "" {
			files = append(files, txtar.File{Name: section, Data: []byte(got[section])})
		}
	}
	v.archive.Files = files
	if err := os.WriteFile(name, txtar.Format(v.archive), 0o666); err != nil {
		t.Fatal(err)
	}
}
