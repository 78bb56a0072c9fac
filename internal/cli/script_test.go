package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"go/build"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/cli"
	"github.com/ischia-ml/ischia/internal/executor/process"
	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/output"
	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is the program, too: as its own guardian, and as the
// command of the scripts.
func TestMain(m *testing.M) {
	if process.GuardianMain() {
		return
	}
	testscript.Main(m, map[string]func(){
		"ischia": func() { os.Exit(cli.Main()) },
	})
}

// TestScripts runs testdata/script, which specifies every command. Besides the
// commands of package testscript there are:
//
//	exits STATUS PROGRAM ARG  run a program that ends with this exit status
//	events FILE STATUS        the file holds events, a line each, the last one the end with this status
//	json FILE QUERY WANT      what a JMESPath query finds in a file, as JSON on one line
//	seed                      fill the home with the jobs of seed_test.go
//	await FILE TEXT           wait until TEXT is in FILE
//	entra [open]              a cloud to sign in to, see signin_test.go
//	awaitjob QUERY WANT       wait until `ischia job list -o tsv --query QUERY` prints WANT
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		Setup:               setUp,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       golden.Updating(),
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": jsonCommand, "seed": seedCommand, "await": awaitCommand, "awaitjob": awaitJobCommand,
			"exits": exitsCommand, "events": eventsCommand, "entra": entraCommand,
		},
	})
}

// setUp gives each script a home of its own. Go's caches are shared, or each
// script would compile the standard library.
func setUp(env *testscript.Env) error {
	home := filepath.Join(env.WorkDir, ".home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	env.Setenv("HOME", home)
	env.Setenv("USERPROFILE", home)
	env.Setenv("ISCHIA_HOME", filepath.Join(home, ".ischia"))
	env.Setenv("GOPATH", build.Default.GOPATH)
	cache := os.Getenv("GOCACHE")
	if dir, err := os.UserCacheDir(); cache == "" && err == nil {
		cache = filepath.Join(dir, "go-build")
	}
	env.Setenv("GOCACHE", cache)
	for _, name := range []string{"GOMODCACHE", "GOFLAGS", "GOPROXY", "GOTOOLCHAIN"} {
		if value, ok := os.LookupEnv(name); ok {
			env.Setenv(name, value)
		}
	}
	return nil
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func jsonCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: json FILE QUERY WANT")
	}
	var out bytes.Buffer
	err := output.Print(&out, rawJSON(ts.ReadFile(args[0])), output.Options{Query: args[1]}, "")
	ts.Check(err)
	got := "null" // which prints as nothing
	if out.Len() > 0 {
		var line bytes.Buffer
		ts.Check(json.Compact(&line, out.Bytes()))
		got = line.String()
	}
	if got != args[2] {
		ts.Fatalf("%s in %s: got %s, want %s", args[1], args[0], got, args[2])
	}
}

// patience is how long a script waits for what has to happen.
const patience = 20 * time.Second

// until calls done until it is true.
func until(ts *testscript.TestScript, what string, done func() bool) {
	for deadline := time.Now().Add(patience); !done(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			ts.Fatalf("waited %s in vain for %s", patience, what)
		}
	}
}

func awaitCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE TEXT")
	}
	until(ts, args[1], func() bool {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		return err == nil && strings.Contains(string(text), args[1])
	})
}

func awaitJobCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: awaitjob QUERY WANT")
	}
	var out bytes.Buffer
	environ := []string{"ISCHIA_HOME=" + ts.Getenv("ISCHIA_HOME")}
	until(ts, args[1], func() bool {
		out.Reset()
		s := cli.Streams{Out: &out, Err: &bytes.Buffer{}}
		status := cli.Run(context.Background(), []string{"job", "list", "-o", "tsv", "--query", args[0]}, s, environ)
		return status == 0 && strings.TrimSpace(out.String()) == args[1]
	})
}
