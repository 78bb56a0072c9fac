package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
)

// commands runs the program as processes of its own, in one home.
type commands struct {
	t    *testing.T
	dir  string
	home string
}

func newCommands(t *testing.T) *commands {
	t.Helper()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("expected: there is no sh on this machine")
	}
	dir := t.TempDir()
	return &commands{t, dir, filepath.Join(dir, "home")}
}

func (c *commands) command(args ...string) (*exec.Cmd, *bytes.Buffer) {
	cmd := exec.CommandContext(c.t.Context(), "ischia", args...)
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), "ISCHIA_HOME="+c.home)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	return cmd, &out
}

func (c *commands) must(args ...string) string {
	c.t.Helper()
	cmd, out := c.command(args...)
	if err := cmd.Run(); err != nil {
		c.t.Fatalf("ischia %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out.String()
}

// unused makes all blobs look as if nobody used them for two days: then only
// locks and references keep them.
func (c *commands) unused(blobs string) {
	ago := time.Now().Add(-48 * time.Hour)
	_ = filepath.WalkDir(filepath.Join(blobs, "sha256"), func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			_ = os.Chtimes(name, ago, ago) // it may be gone by now
		}
		return nil
	})
}

// TestRunsAndCollectionsAtOnce: processes run, reuse and collect in one home,
// and no blob is young enough to be spared. Each run completes, and in the end
// all that is on record is there.
func TestRunsAndCollectionsAtOnce(t *testing.T) {
	t.Parallel()
	c := newCommands(t)
	writeText(t, filepath.Join(c.dir, "pipeline.yml"), `
type: pipeline
inputs: {seed: "0"}
jobs:
  one:
    command: echo ${{inputs.seed}} > ${{outputs.o}}/x
    environment: {image: x}
    inputs: {seed: "${{parent.inputs.seed}}"}
    outputs: {o: {type: uri_folder}}
  two:
    command: test -s ${{inputs.i}}/x && sleep 0.05 && cat ${{inputs.i}}/x > ${{outputs.o}}/y
    environment: {image: x}
    inputs: {i: "${{parent.jobs.one.outputs.o}}"}
    outputs: {o: {type: uri_folder}}
`)
	var done atomic.Bool
	var wg, collector sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for n := range 8 {
				args := []string{"run", "pipeline.yml", "--input", fmt.Sprintf("seed=%d", n%3)}
				if n%4 == 3 {
					args = append(args, "--force")
				}
				cmd, out := c.command(args...)
				if err := cmd.Run(); err != nil {
					t.Errorf("run: %v\n%s", err, out)
				}
				time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
			}
		})
	}
	collected, refused := 0, 0
	collector.Go(func() {
		for !done.Load() {
			c.unused(filepath.Join(c.home, "blobs"))
			cmd, out := c.command("cache", "gc", "--max-size", "0")
			switch err := cmd.Run(); {
			case err == nil:
				collected++
			case strings.Contains(out.String(), "try again when"):
				refused++
			default:
				t.Errorf("gc: %v\n%s", err, out)
			}
		}
	})
	wg.Wait()
	done.Store(true)
	collector.Wait()
	t.Logf("%d collections, %d refused", collected, refused)
	c.unused(filepath.Join(c.home, "blobs"))
	c.must("cache", "gc", "--max-size", "0")
	if out := c.must("cache", "verify"); !strings.Contains(out, "nothing is wrong") {
		t.Error(out)
	}
}

// TestKilledCollection kills collections at random moments. What is left is
// always whole.
func TestKilledCollection(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		t.Run(fmt.Sprintf("shared %v", shared), func(t *testing.T) {
			t.Parallel()
			c := newCommands(t)
			blobs, entries, flags := filepath.Join(c.home, "blobs"), filepath.Join(c.home, "cache", "steps"), []string{}
			if shared {
				dir := filepath.Join(c.dir, "shared")
				blobs, entries, flags = filepath.Join(dir, "blobs"), dir, []string{"--cache-dir", dir}
			} else {
				c.must("job", "list")
			}
			killed, cut, rounds := 0, 0, 20
			if testing.Short() {
				rounds = 4
			}
			for n := range rounds {
				fill(t, blobs, entries, n)
				before := count(filepath.Join(blobs, "sha256"))
				c.unused(blobs)
				args := append([]string{"cache", "gc", "--max-size", "0"}, flags...)
				begun := func() bool { return true }
				if n%4 > 0 { // once in four times the moment is any
					all := count(filepath.Join(entries, "steps-1"))
					begun = func() bool { return count(filepath.Join(entries, "steps-1")) < all }
				}
				if c.kill(begun, time.Duration(rand.IntN(40))*time.Millisecond, args...) {
					killed++
					if left := count(filepath.Join(blobs, "sha256")); 0 < left && left < before {
						cut++
					}
				}
				out := c.must(append([]string{"cache", "verify"}, flags...)...)
				if !strings.Contains(out, "nothing is wrong") {
					t.Fatalf("after kill %d:\n%s", n, out)
				}
			}
			t.Logf("%d of %d were killed in time, %d while they removed blobs", killed, rounds, cut)
			c.unused(blobs)
			c.must(append([]string{"cache", "gc", "--max-size", "0"}, flags...)...)
			if out := c.must(append([]string{"cache", "size", "-o", "tsv"}, flags...)...); strings.Trim(out, "0\t\n") != "" {
				t.Errorf("something is left after all: %q", out)
			}
		})
	}
}

// count is how many files there are below a folder.
func count(dir string) int {
	n := 0
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// kill kills a command some time after it has begun, and reports whether it was
// still running.
func (c *commands) kill(begun func() bool, after time.Duration, args ...string) bool {
	c.t.Helper()
	cmd, out := c.command(args...)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !begun() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(after)
	_ = cmd.Process.Kill()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.Exited() && runtime.GOOS != "windows") {
		c.t.Fatalf("%v\n%s", err, out)
	}
	return err != nil
}

// fill adds entries whose folders share files with their neighbours, and blobs
// that nobody refers to.
func fill(t *testing.T, blobs, entries string, round int) {
	t.Helper()
	store, err := blob.Open(blobs)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := cache.Open(entries, false)
	if err != nil {
		t.Fatal(err)
	}
	file := func(n int) blob.Entry {
		text := fmt.Sprintf("%d of %d", n, round)
		d, err := store.PutBytes(t.Context(), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return blob.Entry{Path: fmt.Sprintf("f%04d", n), Digest: d, Size: int64(len(text))}
	}
	for n := range 30 {
		tree := blob.Tree{Entries: []blob.Entry{file(n), file(n + 1), file(n + 1000)}}
		root, err := store.PutBytes(t.Context(), tree.Encode())
		if err != nil {
			t.Fatal(err)
		}
		file(n + 5000)
		var d cache.Description
		d.Add("command", fmt.Sprintf("%d of %d", n, round))
		err = steps.Put(cache.Entry{Key: d.Key(), Description: d.Text(), Job: "j", Outputs: []cache.Output{
			{Name: "o", Type: "uri_folder", Digest: string(root), Folder: true},
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
