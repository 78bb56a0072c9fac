package local_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// runReused runs the project and returns the steps that were reused.
func (p *project) runReused(o local.CacheOptions) (reused, ran []string) {
	p.t.Helper()
	req := p.request()
	req.Cache = o
	req.Watch = func(e local.Event) {
		switch {
		case e.Warning != "":
			p.t.Logf("warning: %s", e.Warning)
		case e.Step == "" || e.Status != workspace.Completed:
		case e.Reused != "":
			reused = append(reused, e.Step)
		default:
			ran = append(ran, e.Step)
		}
	}
	res, err := p.l.Run(p.t.Context(), req)
	if err != nil {
		p.t.Fatal(err)
	}
	if res.Status != workspace.Completed {
		p.t.Fatalf("status %s: %+v", res.Status, res.Error)
	}
	slices.Sort(reused)
	slices.Sort(ran)
	return reused, ran
}

func (p *project) want(what string, o local.CacheOptions, reused, ran string) {
	p.t.Helper()
	gotReused, gotRan := p.runReused(o)
	if strings.Join(gotReused, " ") != reused || strings.Join(gotRan, " ") != ran {
		p.t.Errorf("%s: reused %q, ran %q; want %q and %q", what, gotReused, gotRan, reused, ran)
	}
}

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, filepath.FromSlash(name)), []byte(text), 0o755); err != nil {
		p.t.Fatal(err)
	}
}

func reuseProject(t *testing.T) *project {
	t.Helper()
	return newProject(t, map[string]string{
		"pipeline.yml": twoSteps, "data/a.txt": "penguins\n", "src/hello.txt": "from the code\n",
	})
}

func TestReuse(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	var none local.CacheOptions
	p.want("first", none, "", "prep train")
	p.want("again", none, "prep train", "")
	now := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(p.dir, "src", "hello.txt"), now, now); err != nil {
		t.Fatal(err)
	}
	p.want("touched", none, "prep train", "")
	p.write("src/hello.txt", "another text\n")
	// Early cut-off: prep's output is the same, so train is answered.
	p.want("code of prep changed", none, "train", "prep")
	p.write("data/a.txt", "pinguins\n")
	p.want("data changed", none, "", "prep train")
	p.write("data/a.txt", "penguins\n")
	p.want("data changed back", none, "prep train", "")
	p.want("forced", local.CacheOptions{Force: true}, "", "prep train")
}

// TestSameSizeSameTime: an edit that keeps size and mtime is noticed.
func TestSameSizeSameTime(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	file := filepath.Join(p.dir, "data", "a.txt")
	ago := time.Now().Add(-time.Hour)
	if err := os.Chtimes(file, ago, ago); err != nil {
		t.Fatal(err)
	}
	p.want("first", local.CacheOptions{}, "", "prep train")
	p.write("data/a.txt", "PENGUINS\n")
	if err := os.Chtimes(file, ago, ago); err != nil {
		t.Fatal(err)
	}
	p.want("same size, same time", local.CacheOptions{}, "", "prep train")
}

// TestTamperedBlob: what a step made earlier and somebody edited is no answer.
func TestTamperedBlob(t *testing.T) {
	t.Parallel()
	p := reuseProject(t)
	p.want("first", local.CacheOptions{}, "", "prep train")
	err := filepath.WalkDir(filepath.Join(p.l.Dir(), "blobs", "sha256"), func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if err == nil && string(text) == "PENGUINS\n" {
			if err = os.Chmod(name, 0o644); err == nil {
				err = os.WriteFile(name, []byte("pEnGuInS\n"), 0o644)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p.want("tampered", local.CacheOptions{}, "prep", "train")
	p.want("mended", local.CacheOptions{}, "prep train", "")
}

// TestSharedCache: another home, another checkout, one cache folder.
func TestSharedCache(t *testing.T) {
	t.Parallel()
	shared := local.CacheOptions{Dir: filepath.Join(t.TempDir(), "shared")}
	reuseProject(t).want("first machine", shared, "", "prep train")
	second := reuseProject(t)
	second.want("second machine", shared, "prep train", "")
	out := filepath.Join(t.TempDir(), "out")
	req := second.request()
	req.Cache = local.CacheOptions{Dir: shared.Dir, ReadOnly: true}
	res, err := second.l.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.l.Export(t.Context(), workspace.BuiltIn(), res.Outputs, out); err != nil {
		t.Fatal(err)
	}
	if text, _ := os.ReadFile(filepath.Join(out, "report", "m.txt")); string(text) != "PENGUINS\n" {
		t.Errorf("exported %q", text)
	}
	third := reuseProject(t)
	third.write("data/a.txt", "new\n")
	ro := local.CacheOptions{Dir: shared.Dir, ReadOnly: true}
	third.want("read-only, new data", ro, "", "prep train")
	third.want("read-only, again", ro, "", "prep train")
}

// TestExecutableInput: a step sees whether a file that it is given may be run.
func TestExecutableInput(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": `
type: pipeline
jobs:
  s:
    command: test -x ${{inputs.f}} && echo yes || echo no
    environment: {image: x}
    inputs: {f: {type: uri_file, path: ./f.sh}}
`, "f.sh": "true\n"})
	mode := func(m os.FileMode) {
		t.Helper()
		if err := os.Chmod(filepath.Join(p.dir, "f.sh"), m); err != nil {
			t.Fatal(err)
		}
	}
	mode(0o644)
	p.want("first", local.CacheOptions{}, "", "s")
	mode(0o755)
	p.want("executable", local.CacheOptions{}, "", "s")
	mode(0o644)
	p.want("as before", local.CacheOptions{}, "s", "")
}
