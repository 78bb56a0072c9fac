package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// fullCache is a project whose steps are remembered in a folder on a small disk
// of its own; the home lies elsewhere.
type fullCache struct {
	*commands
	disk, cache, count string
}

func newFullCache(t *testing.T) *fullCache {
	t.Helper()
	c := newCommands(t)
	f := &fullCache{commands: c, disk: filepath.Join(c.dir, "disk"), count: filepath.Join(c.dir, "count")}
	f.cache = filepath.Join(f.disk, "cache")
	if err := os.Mkdir(f.disk, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", f.disk, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("a small file system cannot be mounted here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(f.disk, syscall.MNT_DETACH) })
	writeText(t, filepath.Join(c.dir, "pipeline.yml"), `
type: pipeline
outputs: {all: {type: uri_folder}}
jobs:
  small:
    command: echo small >> $COUNT; echo hello > ${{outputs.o}}/x
    environment: {image: x}
    outputs: {o: {type: uri_folder}}
  big:
    command: echo big >> $COUNT; (cat ${{inputs.i}}/x; head -c 700000 /dev/zero) > ${{outputs.o}}/y
    environment: {image: x}
    inputs: {i: "${{parent.jobs.small.outputs.o}}"}
    outputs: {o: "${{parent.outputs.all}}"}
`)
	return f
}

// run runs the job, which completes, and returns what it writes to standard
// error and the steps that ran.
func (f *fullCache) run(name string, flags ...string) (stderr, ran string) {
	f.t.Helper()
	_ = os.Remove(f.count) // there may be none
	args := []string{"run", "pipeline.yml", "--pass-env", "COUNT", "--cache-dir", f.cache, "--name", name, "--output-dir", name}
	cmd := exec.CommandContext(f.t.Context(), "ischia", append(args, flags...)...)
	cmd.Dir, cmd.Env = f.dir, append(os.Environ(), "ISCHIA_HOME="+f.home, "COUNT="+f.count)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		f.t.Fatalf("run: %v\n%s%s", err, &out, &errs)
	}
	if info, err := os.Stat(filepath.Join(f.dir, name, "all", "y")); err != nil || info.Size() != 700_006 {
		f.t.Errorf("the output is %v, %v", info, err)
	}
	text, _ := os.ReadFile(f.count) // none when nothing ran
	return errs.String(), strings.Join(strings.Fields(string(text)), " ")
}

// warned: there is a warning for each of these steps, and for no other, with the
// folder and the reason.
func (f *fullCache) warned(stderr string, steps ...string) {
	f.t.Helper()
	for _, step := range []string{"small", "big"} {
		found := ""
		for line := range strings.Lines(stderr) {
			if strings.Contains(line, "WARNING: STEP CACHE: what "+step+" made is not remembered: ") {
				found = line
			}
		}
		switch {
		case !slices.Contains(steps, step) && found != "":
			f.t.Errorf("step %s: got %q, want no warning", step, found)
		case slices.Contains(steps, step) && (!strings.Contains(found, f.cache) || !strings.Contains(found, "no space left on device")):
			f.t.Errorf("step %s: got %q, want a warning with the folder and the reason in\n%s", step, found, stderr)
		}
	}
}

// sound: nothing is wrong in the home, nor in the cache folder.
func (f *fullCache) sound() {
	f.t.Helper()
	for _, flags := range [][]string{nil, {"--cache-dir", f.cache}} {
		if out := f.must(append([]string{"cache", "verify"}, flags...)...); !strings.Contains(out, "nothing is wrong") {
			f.t.Error(out)
		}
	}
}

// fill leaves so many bytes of the disk free.
func (f *fullCache) fill(free int64) {
	f.t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(f.disk, &s); err != nil {
		f.t.Fatal(err)
	}
	size := int64(s.Bavail)*s.Bsize - free
	if err := os.WriteFile(f.ballast(), make([]byte, max(0, size)), 0o600); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fullCache) ballast() string { return filepath.Join(f.disk, "ballast") }

// TestFullCacheDisk: where the cache folder has no room, a job completes, and
// what could not be remembered is said aloud and missed the next time. With
// room again it is remembered.
func TestFullCacheDisk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		free   int64
		missed []string
	}{
		{0, []string{"small", "big"}},
		{4 << 10, []string{"small", "big"}}, // the first blob has room
		{200 << 10, []string{"big"}},        // half of a blob has
		{1 << 20, nil},
	} {
		t.Run(fmt.Sprintf("%d KB", tt.free>>10), func(t *testing.T) {
			t.Parallel()
			f := newFullCache(t)
			f.fill(tt.free)
			want := strings.Join(tt.missed, " ")
			stderr, ran := f.run("first")
			if ran != "small big" {
				t.Errorf("%q ran", ran)
			}
			f.warned(stderr, tt.missed...)
			f.sound()
			// The next one misses what is not there, and warns again; also
			// where the events go to standard output.
			stderr, ran = f.run("second", "--format", "json")
			if ran != want {
				t.Errorf("the second time %q ran, want %q", ran, want)
			}
			f.warned(stderr, tt.missed...)
			f.sound()
			if err := os.Remove(f.ballast()); err != nil {
				t.Fatal(err)
			}
			stderr, ran = f.run("third")
			if ran != want {
				t.Errorf("with room %q ran, want %q", ran, want)
			}
			f.warned(stderr)
			if _, ran = f.run("fourth"); ran != "" {
				t.Errorf("once remembered %q ran", ran)
			}
			f.sound()
		})
	}
}
