package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// outputCase is something that a step does to its output, or to the folders
// around it.
type outputCase struct {
	name, typ, command string
	// code is that of the step's error; empty when it completes.
	code string
	// message is part of the error's.
	message string
	// files are those of the output; nil when it was not made.
	files []string
}

// outputCases have a $OUTSIDE, which must live on unharmed.
func outputCases() []outputCase {
	const folder, file = "uri_folder", "uri_file"
	return []outputCase{
		{name: "a link to a file outside", typ: folder, command: "ln -s $OUTSIDE/precious $O/p", files: []string{"p"}},
		{name: "a link to a folder outside", typ: folder, command: "ln -s $OUTSIDE $O/p", files: []string{"p/outputs/precious", "p/precious"}},
		{name: "a link instead of the folder", typ: folder, command: "rmdir $O && ln -s $OUTSIDE $O", files: []string{"outputs/precious", "precious"}},
		{
			name: "a link instead of the folder above", typ: folder,
			command: `mkdir $OUTSIDE/o; mv $OUTSIDE/precious $OUTSIDE/o; cd ..; rm -r outputs; ln -s $OUTSIDE outputs`, files: []string{"precious"},
		},
		{name: "a link instead of a file", typ: file, command: "ln -s $OUTSIDE/precious $O", files: []string{"o"}},
		{
			name: "a link instead of a file's folder", typ: file,
			command: "cp $OUTSIDE/precious $OUTSIDE/o; D=$(dirname $O); rmdir $D; ln -s $OUTSIDE $D", files: []string{"o"},
		},
		{name: "a circle of links", typ: folder, command: "ln -s . $O/loop", code: "UserError", message: "circle"},
		{name: "a link to itself", typ: folder, command: "ln -s self $O/self", code: "UserError", message: "symbolic links"},
		{name: "a link to nowhere", typ: folder, command: "echo x > $O/f; ln -s nowhere $O/p", code: "UserError", message: "nothing is"},
		{name: "a link to nowhere instead of the folder", typ: folder, command: "rmdir $O; ln -s nowhere $O", code: "UserError", message: "no such file"},
		{name: "a link to nowhere instead of a file", typ: file, command: "ln -s nowhere $O", code: "UserError", message: "no such file"},
		{name: "a pipe", typ: folder, command: "mkfifo $O/p", code: "UserError", message: "named pipe"},
		{name: "a pipe instead of a file", typ: file, command: "mkfifo $O", code: "UserError", message: "named pipe"},
		{name: "no folder", typ: folder, command: "rmdir $O"},
		{name: "no file", typ: file, command: ":"},
		{name: "a file instead of a folder", typ: folder, command: "rmdir $O; echo x > $O", code: "UserError", message: "made a file of it"},
		{name: "a folder instead of a file", typ: file, command: "mkdir $O", code: "UserError", message: "made a folder of it"},
		{name: "too deep", typ: folder, command: `d=$(printf '%0200d' 0); cd $O; for i in $(seq 25); do mkdir $d; cd $d; done; echo x > f`, code: "UserError", message: "file name too long"},
		{
			name: "names", typ: folder,
			command: `for f in 'a b' $'new\nline' 'back\slash' ünï $'\xff' '%41' '-rf' '...'; do echo x > "$O/$f"; done`,
			files:   []string{"%41", "-rf", "...", "a b", `back\slash`, "new\nline", "ünï", "\xff"},
		},
		{name: "read-only folders", typ: folder, command: "mkdir $O/d; echo x > $O/d/f; chmod 0555 $O/d $O; chmod 0400 $O/d/f", files: []string{"d/f"}},
		{name: "the working folder removed", typ: folder, command: `echo x > $O/f; rm -r "$PWD"`, files: []string{"f"}},
		{name: "a link instead of the working folder", typ: folder, command: `echo x > $O/f; W=$PWD; cd /; rm -r "$W"; ln -s $OUTSIDE "$W"`, files: []string{"f"}},
		{name: "a link instead of outputs", typ: folder, command: "echo x > $O/f; rmdir outputs; ln -s $OUTSIDE outputs", files: []string{"f"}},
		{name: "a file instead of outputs", typ: folder, command: "echo x > $O/f; rmdir outputs; echo x > outputs", files: []string{"f"}},
	}
}

func TestOutputs(t *testing.T) {
	t.Parallel()
	for _, c := range outputCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			outside := t.TempDir()
			writeFile(t, filepath.Join(outside, "precious"), "keep me")
			writeFile(t, filepath.Join(outside, "outputs", "precious"), "keep me")
			p := newProject(t, map[string]string{"pipeline.yml": fmt.Sprintf(`
type: pipeline
jobs:
  s:
    command: |
      O='${{outputs.o}}'
      %s
    environment: {image: x}
    environment_variables: {OUTSIDE: %q}
    outputs: {o: {type: %s}}
`, c.command, outside, c.typ)})
			res := p.run(t.Context())
			p.checkOutput(res.Name, c)
			if found := grepFiles(t, outside, "keep me"); found < 2 {
				t.Errorf("%d of the 2 files outside are left", found)
			}
		})
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// grepFiles counts the files below dir that hold just this text.
func grepFiles(t *testing.T, dir, text string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if got, err := os.ReadFile(name); err == nil && string(got) == text {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// steps are the steps of a job, as they are on record.
func (p *project) steps(job string) map[string]*workspace.Job {
	p.t.Helper()
	list, err := p.l.Ledger().Steps(p.t.Context(), workspace.BuiltIn(), job)
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]*workspace.Job{}
	for _, s := range list {
		out[s.Step] = s
	}
	return out
}

// checkOutput compares the record of step s, and what it put on the datastore,
// with c.
func (p *project) checkOutput(job string, c outputCase) {
	p.t.Helper()
	s := p.steps(job)["s"]
	code, message := "", ""
	if s.Error != nil {
		code, message = s.Error.Code, s.Error.Message
	}
	if code != c.code || !strings.Contains(message, c.message) || (c.code == "") != (s.Status == workspace.Completed) {
		p.t.Errorf("the step is %s (%s: %.300s), want %q: %s", s.Status, code, message, c.code, c.message)
	}
	if dir, _ := p.l.JobDir(s.Name); c.code == "" && exists(filepath.Join(dir, "run")) {
		p.t.Error("run/ is left")
	}
	if c.code != "" {
		return
	}
	out := s.Spec.Outputs[0]
	if (out.Digest == "") != (c.files == nil) {
		p.t.Fatalf("the output's digest is %q", out.Digest)
	}
	files, err := p.l.Ledger().Files().List(p.t.Context(), workspace.BuiltIn(), "workspaceblobstore", "azureml/"+s.Name+"/o", 0)
	if err != nil {
		p.t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimPrefix(f.Path, "azureml/"+s.Name+"/o/"))
		p.verify(f.Digest)
	}
	slices.Sort(c.files)
	if slices.Sort(names); !slices.Equal(names, c.files) {
		p.t.Errorf("the datastore holds %q, want %q", names, c.files)
	}
}

func (p *project) verify(digest string) {
	p.t.Helper()
	blobs, err := p.l.Blobs()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := blobs.Verify(p.t.Context(), blob.Digest(digest)); err != nil {
		p.t.Error(err)
	}
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
