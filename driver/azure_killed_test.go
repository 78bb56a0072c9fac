package driver_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/internal/local"
)

// processVariable makes TestDriverProcess a driver, and says which.
const processVariable = "ISCHIA_TEST_DRIVER"

// process is a driver in a process of its own.
type process struct {
	Address, Name, Dir, Home string
	Certificate              []byte
	Args                     []string
}

// TestDriverProcess is the process that the tests below kill, when it is one.
func TestDriverProcess(t *testing.T) {
	text := os.Getenv(processVariable)
	if text == "" {
		return
	}
	var p process
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatal(err)
	}
	if p.Address == "" {
		os.Exit(driver.Run(context.Background(), p.Args, driver.Streams{Out: os.Stdout, Err: os.Stderr}, driver.Program{Pipeline: define, Home: p.Home, Dir: p.Dir}))
	}
	certificate, err := x509.ParseCertificate(p.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	program := driver.Program{Pipeline: driver.FromFile("pipeline.yml"), Home: p.Home, Dir: p.Dir}
	getenv := func(name string) string { return map[string]string{"THE_SECRET": canary, "CI": "true"}[name] }
	os.Exit(driver.RunTrying(context.Background(), p.Args, driver.Streams{Out: os.Stdout, Err: os.Stderr}, program, getenv,
		named{skyClient(p.Address, certificate), p.Name}, patient()))
}

// command is the driver as a process.
func (y *try) command() (*exec.Cmd, error) {
	text, err := json.Marshal(process{
		Address: y.server.Listener.Addr().String(), Certificate: y.server.Certificate().Raw, Name: y.name,
		Dir: y.program.Dir, Home: y.program.Home, Args: append([]string{"--workspace_name", "w", "--env", "e"}, y.args...),
	})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDriverProcess$")
	cmd.Env = append(os.Environ(), processVariable+"="+string(text))
	return cmd, nil
}

// killings is how many are killed in each way: few in the quick tests, as many
// as ISCHIA_KILLS says in CI.
func killings(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("ISCHIA_KILLS")); err == nil {
		return n
	}
	if testing.Short() {
		return 2
	}
	return 4
}

// The driver is killed at one of its requests, before that is read or after it
// was done, or at any moment; the same command completes, and nothing is there
// twice.
func TestAzureKilled(t *testing.T) {
	t.Parallel()
	s := newSkyThat(t, local.DispatchOptions{Parallel: 1, MaxJobs: 1})
	for _, verb := range []string{"submit", "publish"} {
		y, calm := s.try(t, verb, argsOf(verb)...), &spell{}
		if got := y.run(t.Context(), calm, patient()); got.status != 0 {
			t.Fatalf("%+v", got)
		}
		many := killings(t)
		for i := range many {
			// The last request is the one that matters most.
			asked := calm.asked[len(calm.asked)-1-i*len(calm.asked)/many]
			for _, wrong := range []mishap{killFirst, killLast} {
				y := s.try(t, fmt.Sprintf("%s-%d-%.5s", verb, i, strings.ReplaceAll(string(wrong), ", ", "")), argsOf(verb)...)
				y.killAt(t, asked, wrong)
			}
			y := s.try(t, fmt.Sprintf("%s-%d-any", verb, i), argsOf(verb)...)
			y.killAfter(t, time.Duration(rand.IntN(1200))*time.Millisecond)
		}
	}
}

// A driver that serves the workspace itself takes its run along when it is
// killed; the same command runs it, to its end.
func TestEmbeddedKilled(t *testing.T) {
	t.Parallel()
	for range killings(t) {
		after := 100*time.Millisecond + time.Duration(rand.IntN(1200))*time.Millisecond
		p := process{Dir: folder(t, map[string]string{"src/a.txt": "a"}), Home: t.TempDir(), Args: []string{"--workspace_name", "w", "--env", "e", "--action", "submit-experiment"}}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestDriverProcess$")
		cmd.Env = append(os.Environ(), processVariable+"="+string(text))
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		got := run(t, driver.Program{Pipeline: define, Home: p.Home, Dir: p.Dir}, p.Args...)
		if got.status != 0 || !strings.Contains(got.out, "completed successfully") {
			t.Errorf("killed after %s:\n%s\n%+v", after, &errs, got)
		}
		if left, err := os.ReadDir(filepath.Join(p.Home, "submissions")); err == nil && len(left) > 0 {
			t.Errorf("killed after %s: the journal still has %v", after, left)
		}
	}
}

func (y *try) killAt(t *testing.T, asked string, wrong mishap) {
	t.Helper()
	cmd, err := y.command()
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	y.spells.Store(y.name, &spell{
		wrong: func(what string, nth int) mishap {
			if fmt.Sprintf("%s #%d", what, nth) == asked {
				return wrong
			}
			return ""
		},
		at: func() {
			<-started
			_ = cmd.Process.Kill()
		},
	})
	y.killed(t, cmd, started, asked+", "+string(wrong))
}

func (y *try) killAfter(t *testing.T, after time.Duration) {
	t.Helper()
	cmd, err := y.command()
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan struct{})
	timer := time.AfterFunc(after, func() {
		<-started
		_ = cmd.Process.Kill()
	})
	defer timer.Stop()
	y.spells.Store(y.name, &spell{})
	y.killed(t, cmd, started, "killed after "+after.String())
}

// killed starts a driver that will be killed, and then the same again.
func (y *try) killed(t *testing.T, cmd *exec.Cmd, started chan struct{}, how string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	close(started)
	ended := cmd.Wait()
	if cmd.ProcessState.Exited() && !cmd.ProcessState.Success() {
		t.Errorf("%s: %v\n%s%s", how, ended, &out, &errs)
	}
	again := y.run(t.Context(), &spell{}, patient())
	if again.status != 0 {
		t.Fatalf("%s: %+v", how, again)
	}
	jobs := 1
	if name, told := told(errs.String()); told && !strings.Contains(again.errs, name) {
		jobs = 2 // the user knew the first one, and asked for another
	}
	if err := y.once(t.Context(), jobs, again); err != nil {
		t.Errorf("%s: %v\nfirst %s%s\nthen %+v", how, err, &out, &errs, again)
	}
	if left, err := os.ReadDir(filepath.Join(y.program.Home, "submissions")); err == nil && len(left) > 0 {
		t.Errorf("%s: the journal still has %v", how, left)
	}
}

// told is the name of the job that a driver has told.
func told(text string) (string, bool) {
	_, rest, ok := strings.Cut(text, "submitted the job ")
	name, _, whole := strings.Cut(rest, " ")
	return name, ok && whole
}
