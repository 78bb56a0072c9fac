package local_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// layers is a pipeline of three layers of four steps. Each step needs two of
// the layer before, adds a line to a file outside, and makes an output; those
// of the middle layer make many small files, and one step of each layer is
// never answered from the cache.
func layers(counter string) map[string]string {
	files := map[string]string{}
	jobs, outputs := "", ""
	for i := range 12 {
		name := fmt.Sprintf("s%d", i)
		// set -e: a shell that cannot write to a full disk must not exit with 0.
		command := fmt.Sprintf("set -e; echo %s >> %s; sleep 0.0%d; echo %s > ${{outputs.o}}/f", name, counter, i%4, name)
		inputs, declared := "", ""
		if i/4 > 0 {
			command += "; cat ${{inputs.a}}/* ${{inputs.b}}/* >> ${{outputs.o}}/f"
			inputs = fmt.Sprintf(`, inputs: {a: "${{parent.jobs.s%d.outputs.o}}", b: "${{parent.jobs.s%d.outputs.o}}"}`, i-4, i/4*4-4+(i+1)%4)
			declared = ", inputs: {a: {type: uri_folder}, b: {type: uri_folder}}"
		}
		if i/4 == 1 {
			command += fmt.Sprintf("; n=0; while [ $n -lt 120 ]; do n=$((n+1)); echo %s $n > ${{outputs.o}}/g$n; done", name)
		}
		files[name+".yml"] = fmt.Sprintf("type: command\nname: %s\nversion: '1'\nis_deterministic: %t\ncommand: %q\nenvironment: {image: x}\noutputs: {o: {type: uri_folder}}\n%s\n",
			name, i%4 != 3, command, strings.TrimPrefix(declared, ", "))
		jobs += fmt.Sprintf("  %s: {type: command, component: ./%s.yml%s, outputs: {o: \"${{parent.outputs.o%d}}\"}}\n", name, name, inputs, i)
		outputs += fmt.Sprintf("  o%d: {type: uri_folder}\n", i)
	}
	files["pipeline.yml"] = "type: pipeline\noutputs:\n" + outputs + "jobs:\n" + jobs
	return files
}

// counts are the lines of the file that the steps add to.
func counts(t *testing.T, counter string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(counter)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, name := range strings.Fields(string(text)) {
		out[name]++
	}
	return out
}

// goneOn is a job that is killed and gone on with.
type goneOn struct {
	*project
	home, counter string
	// want are the outputs.
	want map[string]string
	// last is the attempt to go on with, done the executions of each step that
	// was on record as Completed when the attempt ended.
	last string
	done map[string]int
}

func newGoneOn(t *testing.T, home string) *goneOn {
	t.Helper()
	counter := filepath.Join(t.TempDir(), "counter")
	g := &goneOn{project: newProject(t, layers(counter)), counter: counter}
	res := g.run(t.Context())
	g.want = g.exported(res)
	if err := os.Remove(counter); err != nil {
		t.Fatal(err)
	}
	g.start(home)
	return g
}

// start begins anew, in another home.
func (g *goneOn) start(home string) {
	g.home, g.last, g.done = home, "", map[string]int{}
	_ = os.Remove(g.counter) // there is none before the first run
}

// exported are the files of a job's outputs by name, with an x in front of the
// text of those that can be executed.
func (p *project) exported(res local.Result) map[string]string {
	p.t.Helper()
	if res.Status != workspace.Completed {
		p.t.Fatalf("job %s is %s: %+v", res.Name, res.Status, res.Error)
	}
	dir := filepath.Join(p.t.TempDir(), "out")
	if err := p.l.Export(p.t.Context(), workspace.BuiltIn(), res.Outputs, dir); err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		if out[rel] = string(text); info.Mode()&0o111 != 0 {
			out[rel] = "x " + string(text)
		}
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return out
}

// attempt runs the job in a process of its own, which is killed after a while.
// It returns the job's name, if the process lived to say it.
func attempt(t *testing.T, dir, home, resumes string, after time.Duration) string {
	t.Helper()
	tag := fmt.Sprintf("LC_ISCHIA_TEST_TAG=%d.%d", os.Getpid(), rand.Int64())
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), runnerVar+"="+dir+"|"+home+"|"+resumes, tag)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	noneLeft(t, tag, 5*time.Second)
	first, _, _ := strings.Cut(out.String(), "\n")
	name, ok := strings.CutPrefix(first, "job ")
	if !ok && first != "" {
		t.Fatalf("the runner said %q", out.String())
	}
	return name
}

// note keeps what the ledger says is done after an attempt.
func (g *goneOn) note(name string) {
	g.t.Helper()
	if name != "" {
		g.last = name
	}
	if g.last == "" {
		return
	}
	ran := counts(g.t, g.counter)
	g.notAgain(ran)
	steps, err := g.l.Ledger().Steps(g.t.Context(), workspace.BuiltIn(), g.last)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, s := range steps {
		if s.Status == workspace.Completed && s.Type == "command" {
			g.done[s.Step] = ran[s.Step]
		}
	}
}

// notAgain: what was done has not run again.
func (g *goneOn) notAgain(ran map[string]int) {
	g.t.Helper()
	for step, n := range g.done {
		if ran[step] != n {
			g.t.Errorf("step %s was Completed after %d executions, now there are %d", step, n, ran[step])
		}
	}
}

// finish goes on with the job to its end, and looks at everything.
func (g *goneOn) finish() {
	g.t.Helper()
	req := g.request()
	if err := goOn(g.t.Context(), g.l, g.last, &req); err != nil {
		g.t.Fatal(err)
	}
	ran := map[string]bool{}
	req.Watch = func(e local.Event) {
		if e.Status == workspace.Completed && e.Step != "" && e.Reused == "" {
			ran[e.Step] = true
		}
		if e.Warning != "" {
			g.t.Errorf("warning: %s", e.Warning)
		}
	}
	res, err := g.l.Run(g.t.Context(), req)
	if err != nil {
		g.t.Fatal(err)
	}
	for step := range g.done {
		if ran[step] {
			g.t.Errorf("step %s was Completed, and is on record as executed again", step)
		}
	}
	g.notAgain(counts(g.t, g.counter))
	if diff := cmp.Diff(g.want, g.exported(res)); diff != "" {
		g.t.Errorf("outputs (-want +got):\n%s", diff)
	}
	g.sound()
}

// sound: nothing in the step cache is wrong.
func (p *project) sound() {
	p.t.Helper()
	folder, err := p.l.Cache()
	if err != nil {
		p.t.Fatal(err)
	}
	v, err := folder.Verify(p.t.Context(), false)
	if err != nil || len(v.Problems) > 0 {
		p.t.Errorf("verify: %+v, %v", v.Problems, err)
	}
}

// TestKilledRunIsGoneOnWith kills the runner at random moments, also while it
// goes on with an earlier attempt; in the end all is done, and once only.
func TestKilledRunIsGoneOnWith(t *testing.T) {
	t.Parallel()
	g := newGoneOn(t, "")
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for left := kills(t); left > 0; {
		g.start(filepath.Join(t.TempDir(), "home"))
		for range min(left, 1+r.IntN(3)) {
			left--
			name := attempt(t, g.dir, g.home, g.last, time.Duration(20+r.IntN(330))*time.Millisecond)
			g.openHome(g.home)
			g.note(name)
			g.l.Close()
		}
		g.openHome(g.home)
		g.finish()
		g.l.Close()
	}
}

// TestGoneOnWithMoreThanOnce: what the first attempt has completed counts for
// the third, though the second ended before it came to it; but not a step that
// the second was asked to do again.
func TestGoneOnWithMoreThanOnce(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{
		"a.yml": "type: command\nname: a\nversion: '1'\nis_deterministic: false\nenvironment: {image: x}\n" +
			"command: echo 'echo hi' > ${{outputs.o}} && chmod +x ${{outputs.o}} && test ! -e $STOP\noutputs: {o: {type: uri_file}}\n",
		"pipeline.yml": `
type: pipeline
outputs: {script: {type: uri_file}}
jobs:
  a: {type: command, component: ./a.yml, environment_variables: {STOP: STOPFILE}, outputs: {o: "${{parent.outputs.script}}"}}
  b: {command: "sh ${{inputs.x}} && test -e $STOP", environment: {image: x}, environment_variables: {STOP: STOPFILE}, inputs: {x: "${{parent.jobs.a.outputs.o}}"}}
`,
	})
	stop := filepath.Join(p.dir, "stop")
	text, err := os.ReadFile(filepath.Join(p.dir, "pipeline.yml"))
	if err != nil {
		t.Fatal(err)
	}
	p.write("pipeline.yml", strings.ReplaceAll(string(text), "STOPFILE", stop))
	first := p.run(t.Context())
	canceled, cancel := context.WithCancel(t.Context())
	req := p.request()
	req.Submitted = func(*workspace.Tree) { cancel() }
	if err := goOn(t.Context(), p.l, first.Name, &req); err != nil {
		t.Fatal(err)
	}
	second, err := p.l.Run(canceled, req)
	if err != nil || second.Status != workspace.Canceled {
		t.Fatalf("the second attempt is %s, %v", second.Status, err)
	}
	writeFile(t, stop, "") // from now on b succeeds and a fails
	again, err := p.l.Retry(t.Context(), workspace.BuiltIn(), second.Name, "a")
	if err != nil {
		t.Fatal(err)
	}
	again.Parallel, again.Environ = 2, os.Environ()
	third, err := p.l.Run(t.Context(), again)
	if err != nil || third.Status != workspace.Failed {
		t.Fatalf("the third attempt is %s, %v", third.Status, err)
	}
	if got, err := p.l.Finished(t.Context(), workspace.BuiltIn(), third.Name); err != nil || len(got) != 0 {
		t.Errorf("after a was to be done again and failed, got %v, %v", got, err)
	}
	req = p.request()
	if err := goOn(t.Context(), p.l, second.Name, &req); err != nil {
		t.Fatal(err)
	}
	fourth, err := p.l.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"script/script": "x echo hi\n"}
	if diff := cmp.Diff(want, p.exported(fourth)); diff != "" {
		t.Errorf("outputs (-want +got):\n%s", diff)
	}
}

// TestFullDiskIsGoneOnWith fills the disk at different points of a run, makes
// room, and goes on.
func TestFullDiskIsGoneOnWith(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	g := newGoneOn(t, "")
	for _, free := range []int64{200, 500, 800, 1300, 1900, 2300} {
		t.Run(fmt.Sprintf("%d KB", free), func(t *testing.T) {
			g.t = t
			home, ballast := filepath.Join(disk, "home"), filepath.Join(disk, "ballast")
			g.start(home)
			g.openHome(home)
			fill(t, disk, ballast, free<<10)
			g.note(g.untilFull())
			g.l.Close()
			if err := os.Remove(ballast); err != nil {
				t.Fatal(err)
			}
			if err := syscall.Mount("none", disk, "tmpfs", syscall.MS_REMOUNT, "size=12m"); err != nil {
				t.Fatal(err)
			}
			g.openHome(home)
			g.finish()
			g.l.Close()
			if err := os.RemoveAll(home); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// untilFull runs the job where there is little room: it fails and says why, or
// warns, or there was room enough.
func (g *goneOn) untilFull() string {
	g.t.Helper()
	req := g.request()
	name, completed := "", map[string]bool{}
	req.Submitted = func(tree *workspace.Tree) { name = tree.Root.Name }
	req.Watch = func(e local.Event) {
		if e.Warning != "" {
			g.t.Logf("warning: %s", e.Warning)
		}
		if e.Status == workspace.Completed && e.Step != "" {
			completed[e.Step] = true
		}
	}
	res, err := g.l.Run(g.t.Context(), req)
	switch {
	case err != nil && !strings.Contains(err.Error(), "full") && !strings.Contains(err.Error(), "no space"):
		g.t.Errorf("got %v, want that the disk is full", err)
	case err != nil:
		g.t.Logf("fault: %v", err)
	case res.Status != workspace.Completed && (res.Error == nil || res.FailedStep == nil):
		g.t.Errorf("the job is %s, and does not say why: %+v", res.Status, res)
	default:
		g.t.Logf("%s %+v; completed %v", res.Status, res.Error, len(completed))
	}
	return name
}

// fill leaves so many bytes of a file system free.
func fill(t *testing.T, dir, ballast string, free int64) {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		t.Fatal(err)
	}
	if size := int64(s.Bavail)*s.Bsize - free; size > 0 {
		if err := os.WriteFile(ballast, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
