package environ_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
)

// project writes a module with one Go step and returns the code folder.
func project(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"go.mod":                     "module example.org/p\n\ngo 1.24\n",
		"steps/.amlignore":           "*.md\n",
		"steps/README.md":            "not needed",
		"steps/settings.json":        "{}",
		"steps/run.sh":               "echo hello",
		"steps/lib/lib.go":           "package lib\n\nimport _ \"embed\"\n\n//go:embed word.txt\nvar Word string\n",
		"steps/lib/word.txt":         "embedded",
		"steps/01_step/main.go":      "package main\n\nimport (\n\t\"os\"\n\n\t\"example.org/p/steps/lib\"\n)\n\nfunc main() { os.Stdout.WriteString(lib.Word) }\n",
		"steps/01_step/main_test.go": "package main\n",
		"steps/folder/data.txt":      "data",
	})
	return filepath.Join(dir, "steps")
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func store(t *testing.T) *blob.Store {
	t.Helper()
	s, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func options(t *testing.T) environ.Options {
	t.Helper()
	return environ.Options{Env: append(os.Environ(), "GOPROXY=off", "GOWORK=off"), Dir: filepath.Join(t.TempDir(), "go")}
}

func paths(tree blob.Tree) string {
	var all []string
	for _, e := range tree.Entries {
		all = append(all, e.Path)
	}
	return strings.Join(all, " ")
}

func TestGoStepTravelsAsBinary(t *testing.T) {
	t.Parallel()
	blobs, code := store(t), project(t)
	tree, digest, err := environ.NewCoder(blobs, options(t)).Code(t.Context(), code, "./01_step --x ${{inputs.x}}")
	if err != nil {
		t.Fatal(err)
	}
	program := "01_step"
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if got, want := paths(tree), ".amlignore "+program+" folder/data.txt lib/word.txt run.sh settings.json"; got != want {
		t.Errorf("tree %q, want %q", got, want)
	}
	if stored, err := blobs.GetTree(t.Context(), digest); err != nil || paths(stored) != paths(tree) {
		t.Errorf("stored %v, %v", stored, err)
	}
	dst := filepath.Join(t.TempDir(), "code")
	if err := blobs.MaterializeTree(t.Context(), tree, dst, blob.Mode{}); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(dst, program)).Output()
	if err != nil || string(out) != "embedded" {
		t.Errorf("the binary prints %q, %v", out, err)
	}
}

func TestDigestKnowsNeitherPlaceNorCommit(t *testing.T) {
	t.Parallel()
	blobs := store(t)
	var digests []blob.Digest
	for i := range 2 {
		code := project(t)
		root := filepath.Dir(code)
		for _, args := range [][]string{
			{"init", "-q"}, {"add", "."},
			{"-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", fmt.Sprint("commit ", i)},
		} {
			cmd := exec.Command("git", args...)
			cmd.Dir = root
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("git %v: %v\n%s", args, err, out)
			}
		}
		_, digest, err := environ.NewCoder(blobs, options(t)).Code(t.Context(), code, "./01_step")
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
	}
	if digests[0] != digests[1] {
		t.Errorf("two clones give %s and %s", digests[0], digests[1])
	}
}

func TestOtherCommandsTakeTheFolderAsItIs(t *testing.T) {
	t.Parallel()
	blobs, code := store(t), project(t)
	_, whole, err := blobs.Snapshot(t.Context(), code)
	if err != nil {
		t.Fatal(err)
	}
	coder := environ.NewCoder(blobs, options(t))
	for _, command := range []string{
		"", "python x.py", "sh ./01_step", "01_step", "./run.sh", "./folder", "./absent", "./lib", "../steps/01_step", ".",
		filepath.ToSlash(code) + "/01_step",
	} {
		_, digest, err := coder.Code(t.Context(), code, command)
		if err != nil || digest != whole {
			t.Errorf("%q: %s, %v; want the snapshot", command, digest, err)
		}
	}
	tree, _, err := coder.Code(t.Context(), filepath.Join(code, "run.sh"), "./run.sh")
	if err != nil || paths(tree) != "run.sh" {
		t.Errorf("a single file gives %q, %v", paths(tree), err)
	}
}

func TestBuildsForAnotherSystem(t *testing.T) {
	t.Parallel()
	for system, want := range map[string]string{"linux": "01_step", "windows": "01_step.exe"} {
		o := options(t)
		o.GOOS, o.GOARCH = system, "amd64"
		blobs := store(t)
		tree, _, err := environ.NewCoder(blobs, o).Code(t.Context(), project(t), "./01_step")
		if err != nil {
			t.Fatal(err)
		}
		e, ok := tree.Find(want)
		if !ok || !e.Executable {
			t.Fatalf("%s: %q", system, paths(tree))
		}
		f, err := blobs.Open(e.Digest)
		if err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 4)
		if _, err := f.Read(head); err != nil {
			t.Fatal(err)
		}
		f.Close()
		if isELF := bytes.Equal(head, []byte("\x7fELF")); isELF != (system == "linux") {
			t.Errorf("%s: begins with %q", system, head)
		}
	}
}

func TestBuildErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		files  map[string]string
		remove string
		env    []string
		want   string
	}{
		"compiler":  {files: map[string]string{"steps/01_step/main.go": "package main\n\nfunc main() { x }\n"}, want: "main.go:3:15: undefined: x"},
		"import":    {files: map[string]string{"steps/01_step/main.go": "package main\n\nimport _ \"example.org/q\"\n\nfunc main() {}\n"}, want: "main.go:3:8: no required module provides package example.org/q"},
		"no tool":   {env: []string{"PATH=" + t.TempDir()}, want: "step 01_step is a Go program and needs Go to be built: install it from https://go.dev/dl, or put a built binary at 01_step"},
		"no module": {remove: "go.mod", want: "run `go mod init NAME`"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, o := project(t), options(t)
			write(t, filepath.Dir(code), test.files)
			if test.remove != "" {
				if err := os.Remove(filepath.Join(filepath.Dir(code), test.remove)); err != nil {
					t.Fatal(err)
				}
			}
			o.Env = append(o.Env, test.env...)
			_, _, err := environ.NewCoder(store(t), o).Code(t.Context(), code, "./01_step")
			var fault *environ.BuildError
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want a BuildError with %q", err, test.want)
			}
			if strings.Contains(fault.Text, code+"/01_step") || fault.Program != "01_step" || fault.Dir != code {
				t.Errorf("program %q in %q:\n%s", fault.Program, fault.Dir, fault.Text)
			}
		})
	}
}

func TestAnErrorIsNotKept(t *testing.T) {
	t.Parallel()
	code := project(t)
	coder := environ.NewCoder(store(t), options(t))
	if _, _, err := coder.Code(t.Context(), filepath.Join(code, "later"), ""); err == nil {
		t.Error("a folder that is not there gives no error")
	}
	write(t, code, map[string]string{"later/a.txt": "a"})
	if _, _, err := coder.Code(t.Context(), filepath.Join(code, "later"), ""); err != nil {
		t.Error(err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := coder.Code(canceled, code, "./01_step"); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
	if _, _, err := coder.Code(t.Context(), code, "./01_step"); err != nil {
		t.Error(err)
	}
}

// spied puts a go command on the PATH that counts how often it builds.
func spied(t *testing.T, o *environ.Options) (builds func() int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs Unix: the spy is a shell script")
	}
	real, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	script := fmt.Sprintf("#!/bin/sh\necho \"$1\" >>'%s'\nexec '%s' \"$@\"\n", log, real)
	if err := os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	o.Env = append(o.Env, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	return func() int {
		text, _ := os.ReadFile(log)
		return strings.Count(string(text), "build\n")
	}
}

func TestManyStepsBuildOnce(t *testing.T) {
	t.Parallel()
	o := options(t)
	builds := spied(t, &o)
	code := project(t)
	coder := environ.NewCoder(store(t), o)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, _, err := coder.Code(t.Context(), code, "./01_step"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := builds(); n != 1 {
		t.Errorf("built %d times", n)
	}
}

func TestBuildsAgainOnlyWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	o := options(t)
	builds := spied(t, &o)
	blobs, code := store(t), project(t)
	digest := func() blob.Digest {
		_, d, err := environ.NewCoder(blobs, o).Code(t.Context(), code, "./01_step")
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before, want := digest(), 1
	for _, change := range []struct {
		name string
		file map[string]string
		// builds: the go command has to build; differs: into something else.
		builds, differs bool
	}{
		{"nothing", nil, false, false},
		{"a test", map[string]string{"steps/01_step/main_test.go": "package main // changed\n"}, false, false},
		{"what is not built", map[string]string{"steps/settings.json": `{"a":1}`}, false, true},
		{"what is embedded", map[string]string{"steps/lib/word.txt": "other"}, true, true},
		{"a package", map[string]string{"steps/lib/more.go": "package lib\n\nvar More int\n\nfunc F() { println(More) }\n"}, true, false},
		{"the module", map[string]string{"go.mod": "module example.org/p\n\ngo 1.25\n"}, true, false},
		{"nothing again", nil, false, false},
	} {
		write(t, filepath.Dir(code), change.file)
		if change.builds {
			want++
		}
		after := digest()
		if n := builds(); n != want {
			t.Errorf("%s changed: built %d times, want %d", change.name, n, want)
		}
		if differs := after != before; differs != change.differs && change.differs {
			t.Errorf("%s changed: the digest did not", change.name)
		}
		before, want = after, builds()
	}
	if err := blobs.Remove(binaryOf(t, blobs, before)); err != nil {
		t.Fatal(err)
	}
	if digest() != before || builds() != want+1 {
		t.Error("a binary that was collected is not built again")
	}
}

func binaryOf(t *testing.T, blobs *blob.Store, d blob.Digest) blob.Digest {
	t.Helper()
	tree, err := blobs.GetTree(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := tree.Find("01_step")
	return e.Digest
}

// An unchanged Go step costs two short questions to the go command.
func BenchmarkUnchanged(b *testing.B) {
	blobs, err := blob.Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	o := environ.Options{Env: os.Environ(), Dir: b.TempDir()}
	code := filepath.Join("..", "..", "starter", "go", "steps")
	for b.Loop() {
		if _, _, err := environ.NewCoder(blobs, o).Code(b.Context(), code, "./02_train_step"); err != nil {
			b.Fatal(err)
		}
	}
}
