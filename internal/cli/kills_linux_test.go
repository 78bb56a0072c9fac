package cli_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The steps of the job that is killed: layers of steps, each of which reads two
// of the layer before.
const (
	killLayers, killWidth = 3, 3
	// The most that is waited for what has to happen before a kill.
	killPatience = 10 * time.Second
)

// killProject writes the job that is killed. Each step adds its name to $COUNT
// when it begins, and to $COUNT.made when all that is left is to store what it
// has made: a file of some size, and many small ones. Some steps are never
// answered from the cache.
func killProject(t *testing.T, dir string, size, small int) {
	t.Helper()
	jobs, outputs := "", ""
	for i := range killLayers * killWidth {
		name := fmt.Sprintf("s%d", i)
		inputs, declared, read := "", "", "echo start"
		if layer := i / killWidth; layer > 0 {
			a, b := (layer-1)*killWidth+i%killWidth, (layer-1)*killWidth+(i+1)%killWidth
			read = "cat ${{inputs.a}}/* ${{inputs.b}}/* | cksum"
			declared = "inputs: {a: {type: uri_folder}, b: {type: uri_folder}}\n"
			inputs = fmt.Sprintf(`, inputs: {a: "${{parent.jobs.s%d.outputs.o}}", b: "${{parent.jobs.s%d.outputs.o}}"}`, a, b)
		}
		command := fmt.Sprintf("set -e; echo %[1]s >> $COUNT; %[2]s > ${{outputs.o}}/read; sleep 0.0%[3]d; "+
			"(echo %[1]s; head -c %[4]d /dev/zero) > ${{outputs.o}}/big; "+
			"n=0; while [ $n -lt %[5]d ]; do n=$((n+1)); echo %[1]s $n > ${{outputs.o}}/f$n; done; echo %[1]s >> $COUNT.made",
			name, read, i%4, size, small)
		writeText(t, filepath.Join(dir, name+".yml"), fmt.Sprintf(
			"type: command\nname: %s\nversion: '1'\nis_deterministic: %t\ncommand: %q\nenvironment: {image: x}\noutputs: {o: {type: uri_folder}}\n%s",
			name, i%4 != 3, command, declared))
		bound := ""
		if i/killWidth == killLayers-1 {
			bound = fmt.Sprintf(`, outputs: {o: "${{parent.outputs.%s}}"}`, name)
			outputs += fmt.Sprintf("  %s: {type: uri_folder}\n", name)
		}
		jobs += fmt.Sprintf("  %s: {type: command, component: ./%s.yml%s%s}\n", name, name, inputs, bound)
	}
	writeText(t, filepath.Join(dir, "pipeline.yml"), "type: pipeline\noutputs:\n"+outputs+"jobs:\n"+jobs)
}

// killed is one job that is killed and gone on with, in a home of its own.
type killed struct {
	*commands
	r *rand.Rand
	// folder holds the home and all else, shared is the cache folder if it is
	// not the home's own.
	folder, shared string
	attempts       int
	// last is the attempt to go on with, done the executions of each step that
	// is on record as Completed.
	last string
	done map[string]int
	// collects: what the cache holds may go at any time.
	collects bool
	seen     *killTally
}

// killTally counts what the kills hit: an attempt that was not on record yet,
// one with steps of which the result was being stored or recorded, that only
// ran, or neither; and a collection that had begun to remove.
type killTally struct {
	jobs, moments, unrecorded, storing, running, between, removing int
}

func newKilled(t *testing.T, r *rand.Rand, project string, seen *killTally) *killed {
	t.Helper()
	k := &killed{commands: newCommands(t), r: r, done: map[string]int{}, seen: seen}
	k.folder, k.dir = k.dir, project
	if r.IntN(2) == 0 {
		k.shared = filepath.Join(k.folder, "shared")
	}
	seen.jobs++
	return k
}

func (k *killed) count() string { return filepath.Join(k.folder, "count") }

// start begins a command whose processes all have a tag in their environment.
func (k *killed) start(args ...string) *killable {
	k.t.Helper()
	cmd := exec.Command("ischia", args...)
	tag := fmt.Sprintf("LC_ISCHIA_TAG=%d.%d", os.Getpid(), rand.Int64())
	// The race detector would keep each process for a second.
	cmd.Env = append(os.Environ(), "ISCHIA_HOME="+k.home, "COUNT="+k.count(), "GORACE=atexit_sleep_ms=0", tag)
	p := &killable{Cmd: cmd, tag: tag, ended: make(chan struct{})}
	cmd.Dir, cmd.Stdout, cmd.Stderr = k.dir, &p.out, &p.errs
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	go func() {
		defer close(p.ended)
		p.err = cmd.Wait()
	}()
	return p
}

// killable is a command under way.
type killable struct {
	*exec.Cmd
	tag       string
	out, errs bytes.Buffer // once it has ended
	ended     chan struct{}
	err       error // once it has ended
}

func (p *killable) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill kills the command, and reports whether that is what ended it. No process
// of it is left.
func (p *killable) kill(t *testing.T) bool {
	t.Helper()
	_ = p.Process.Kill()
	<-p.ended
	var exit *exec.ExitError
	cut := errors.As(p.err, &exit) && !exit.Exited()
	for deadline := time.Now().Add(killPatience); ; time.Sleep(5 * time.Millisecond) {
		left := p.left()
		if left == "" {
			return cut
		}
		if time.Now().After(deadline) {
			t.Fatalf("these live on: %s", left)
		}
	}
}

// left are the processes of the command.
func (p *killable) left() string {
	found := ""
	all, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, name := range all {
		if text, err := os.ReadFile(name); err == nil && bytes.Contains(text, []byte(p.tag)) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
			found += strconv.Quote(string(line)) + " "
		}
	}
	return found
}

// attempt starts the job, or goes on with it.
func (k *killed) attempt() (name string, p *killable) {
	k.t.Helper()
	k.attempts++
	name = fmt.Sprintf("attempt-%d", k.attempts)
	args := []string{"run", "pipeline.yml", "-j", "2", "--pass-env", "COUNT", "--name", name, "--format", "json"}
	if k.shared != "" {
		args = append(args, "--cache-dir", k.shared)
	}
	if k.last != "" {
		args = append(args, "--resume", k.last)
	}
	return name, k.start(append(args, "--output-dir", k.out(name))...)
}

func (k *killed) out(name string) string { return filepath.Join(k.folder, "out-"+name) }

// lines counts each line of a file; there may be none.
func lines(t *testing.T, file string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	out := map[string]int{}
	for _, line := range strings.Fields(string(text)) {
		out[line]++
	}
	return out
}

// look compares what is on record after an attempt with what it has said and
// with what was on record before, and sees that what is stored is whole. It
// returns the statuses of the steps; none when the attempt is not on record.
func (k *killed) look(name string, p *killable) map[string]string {
	k.t.Helper()
	ran := lines(k.t, k.count())
	for step, n := range k.done {
		if ran[step] != n {
			k.t.Errorf("%s: step %s was Completed after %d executions, now there are %d", name, step, n, ran[step])
		}
	}
	statuses := k.statuses(name)
	if statuses != nil {
		k.last = name
	}
	for step := range k.announced(p) {
		if got := statuses[step]; got != "Completed" {
			k.t.Errorf("%s: step %s was announced as Completed, and is %q", name, step, got)
		}
	}
	for step, status := range statuses {
		switch status {
		case "Completed":
			k.done[step] = ran[step]
		case "Failed", "Canceled", "NotStarted":
		default:
			k.t.Errorf("%s: step %s is %s, though nobody runs it", name, step, status)
		}
	}
	k.sound()
	return statuses
}

// statuses are those of the steps of an attempt; nil when it is not on record.
func (k *killed) statuses(name string) map[string]string {
	k.t.Helper()
	show, text := k.command("job", "show", name, "-o", "json")
	var errs bytes.Buffer // which says that the attempt was lost
	show.Stderr, show.Env = &errs, append(show.Env, "GORACE=atexit_sleep_ms=0")
	err := show.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 {
		return nil
	}
	if err != nil {
		k.t.Fatalf("job show %s: %v\n%s", name, err, &errs)
	}
	var job struct {
		Jobs map[string]struct{ Status string }
	}
	if err := json.Unmarshal(text.Bytes(), &job); err != nil {
		k.t.Fatalf("job show %s: %v\n%s", name, err, text)
	}
	out := map[string]string{}
	for step, j := range job.Jobs {
		out[step] = j.Status
	}
	return out
}

// announced are the steps that an attempt has said are Completed.
func (k *killed) announced(p *killable) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(p.out.String()) {
		var e struct{ Step, Status string }
		if json.Unmarshal([]byte(line), &e) == nil && e.Step != "" && e.Status == "Completed" {
			out[e.Step] = true
		}
	}
	return out
}

// sound: nothing is wrong with what is stored.
func (k *killed) sound() {
	k.t.Helper()
	verify := func(flags ...string) {
		k.t.Helper()
		cmd, out := k.command(append([]string{"cache", "verify"}, flags...)...)
		cmd.Env = append(cmd.Env, "GORACE=atexit_sleep_ms=0")
		if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "nothing is wrong") {
			k.t.Errorf("cache verify %v: %v\n%s", flags, err, out)
		}
	}
	verify()
	if k.shared != "" && exists(filepath.Join(k.shared, "blobs", "tmp")) && exists(filepath.Join(k.shared, "steps-1")) {
		verify("--cache-dir", k.shared)
	}
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// finish goes on with the job to its end: it completes, and makes what it makes
// where nobody is killed.
func (k *killed) finish(want map[string]string) {
	k.t.Helper()
	name, p := k.attempt()
	<-p.ended
	k.completed(name, p, want)
}

// completed: an attempt ended well. want is nil when there is nothing to compare
// with.
func (k *killed) completed(name string, p *killable, want map[string]string) {
	k.t.Helper()
	if p.err != nil {
		k.t.Fatalf("%s: %v\n%s%s", name, p.err, &p.out, &p.errs)
	}
	k.look(name, p)
	if strings.Contains(p.out.String(), "WARNING") && !k.collects {
		k.t.Errorf("%s:\n%s", name, &p.out)
	}
	if diff := cmp.Diff(want, k.made(name)); diff != "" && want != nil {
		k.t.Errorf("%s: outputs (-want +got):\n%s", name, diff)
	}
}

// made are the files of an attempt's outputs: their text, and their size.
func (k *killed) made(name string) map[string]string {
	k.t.Helper()
	out := map[string]string{}
	dir := k.out(name)
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		out[rel] = strings.TrimRight(string(text), "\x00") + " " + strconv.Itoa(len(text))
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return out
}

// killMoments is how many moments of each kind are tried: few in the quick
// tests, as many as ISCHIA_KILLS says in CI.
func killMoments(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("ISCHIA_KILLS")); err == nil {
		return n
	}
	if testing.Short() {
		return 1
	}
	return 3
}

// whileRunning kills an attempt at any moment, and reports whether it had ended
// by then.
func (k *killed) whileRunning(whole time.Duration, want map[string]string) bool {
	name, p := k.attempt()
	made := lines(k.t, k.count()+".made")
	k.pause(whole)
	return k.cut(name, p, made, want)
}

// whileStoring kills an attempt a short time after one of its steps has begun
// to store what it has made.
func (k *killed) whileStoring(_ time.Duration, want map[string]string) bool {
	made := lines(k.t, k.count()+".made")
	few := total(made) + 1 + k.r.IntN(max(1, killLayers*killWidth-total(made)))
	name, p := k.attempt()
	until := time.Now().Add(killPatience)
	for !p.over() && total(lines(k.t, k.count()+".made")) < few && time.Now().Before(until) {
		time.Sleep(time.Millisecond)
	}
	k.pause(30 * time.Millisecond)
	return k.cut(name, p, made, want)
}

func total(counts map[string]int) int {
	n := 0
	for _, c := range counts {
		n += c
	}
	return n
}

// cut kills an attempt, and looks at what is left. made are the steps that were
// to be stored before it.
func (k *killed) cut(name string, p *killable, made map[string]int, want map[string]string) (ended bool) {
	k.t.Helper()
	if !p.kill(k.t) {
		k.completed(name, p, want)
		return true
	}
	statuses := k.look(name, p)
	k.seen.moments++
	now, storing, running := lines(k.t, k.count()+".made"), 0, 0
	for step, status := range statuses {
		switch {
		case status == "Completed":
		case now[step] > made[step]:
			storing++
		case status == "Failed":
			running++
		}
	}
	switch {
	case statuses == nil:
		k.seen.unrecorded++
	case storing > 0:
		k.seen.storing++
	case running > 0:
		k.seen.running++
	default:
		k.seen.between++
	}
	return false
}

// whileCollecting collects while the job runs, and kills the collection, the
// attempt, or both.
func (k *killed) whileCollecting(whole time.Duration, want map[string]string) bool {
	k.collects = true
	entries, flags := k.litter()
	before, made := count(entries), lines(k.t, k.count()+".made")
	var gc *killable
	collect := func() { gc = k.start(append([]string{"cache", "gc", "--max-size", "0"}, flags...)...) }
	// A home's collection is refused while a job runs, and a job waits for it.
	first := k.shared == "" && k.r.IntN(5) > 0
	if first {
		collect()
		k.pause(20 * time.Millisecond)
	}
	name, p := k.attempt()
	if !first {
		k.pause(whole)
		collect()
	}
	if k.r.IntN(4) > 0 { // once in four times the moment is any
		for !gc.over() && count(entries) >= before {
			time.Sleep(time.Millisecond)
		}
	}
	k.pause(15 * time.Millisecond)
	cut := k.r.IntN(2) == 0 && gc.kill(k.t)
	if cut {
		k.seen.moments++
		if count(entries) < before {
			k.seen.removing++
		}
		k.pause(whole) // the job goes on without the collection
	}
	moments, late := k.seen.moments, gc.over() && !cut
	ended := k.cut(name, p, made, want)
	if late {
		k.seen.moments = moments // there was nothing to disturb
	}
	if !gc.over() {
		<-gc.ended // it goes on without the job
		k.sound()
	}
	var exit *exec.ExitError
	if errors.As(gc.err, &exit) && exit.Exited() && !strings.Contains(gc.errs.String(), "try again when") {
		k.t.Errorf("gc: %v\n%s", gc.err, &gc.errs)
	}
	return ended
}

// pause waits for some time up to atMost.
func (k *killed) pause(atMost time.Duration) { time.Sleep(time.Duration(k.r.Int64N(int64(atMost)))) }

// litter gives a collection something to remove, and lets all that is there
// look as if nobody had used it for days. It returns the folder of entries, and
// the flags that name it.
func (k *killed) litter() (entries string, flags []string) {
	k.t.Helper()
	blobs, steps := filepath.Join(k.home, "blobs"), filepath.Join(k.home, "cache", "steps")
	if k.shared != "" {
		blobs, steps, flags = filepath.Join(k.shared, "blobs"), k.shared, []string{"--cache-dir", k.shared}
	} else {
		k.must("job", "list")
	}
	fill(k.t, blobs, steps, k.attempts)
	k.unused(blobs)
	return filepath.Join(steps, "steps-1"), flags
}

// TestKilledAtAnyMoment kills the program at random moments of running steps,
// of storing what they have made, and of collecting while a job runs. After
// each, what is on record is the truth, what is stored is whole, and the next
// command goes on: no step that is on record as Completed runs again.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	for i, kind := range []struct {
		name        string
		size, small int
		kill        func(k *killed, whole time.Duration, want map[string]string) (ended bool)
	}{
		{"running", 100_000, 10, (*killed).whileRunning},
		{"storing", 5_000_000, 100, (*killed).whileStoring},
		{"collecting", 500_000, 30, (*killed).whileCollecting},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			project, seen := t.TempDir(), &killTally{}
			killProject(t, project, kind.size, kind.small)
			k, begun := newKilled(t, r, project, seen), time.Now()
			k.finish(nil)
			whole, want := time.Since(begun), k.made(k.last)
			for moments := killMoments(t); seen.moments < moments && !t.Failed(); {
				k := newKilled(t, r, project, seen)
				ended := false
				for range 1 + r.IntN(5) {
					if ended = kind.kill(k, whole, want); ended || seen.moments >= moments {
						break
					}
				}
				if !ended {
					k.finish(want)
				}
				_ = os.RemoveAll(k.folder) // many homes, and large ones
			}
			t.Logf("a run takes %v; %+v", whole, *seen)
		})
	}
}
