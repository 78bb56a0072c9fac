package driver_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/pipeline"
)

const canary = "hunter2-canary"

// folder writes files into a folder of the test's own.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// define is a pipeline of one step.
func define(context.Context, driver.Env) (*pipeline.Pipeline, error) {
	p := pipeline.New("hello")
	who := p.Input("who", "world")
	p.Input("ratio", 0.5)
	p.Step("greet", pipeline.Command(pipeline.CommandSpec{
		Name: "greet", Command: "echo ${{inputs.who}}", Environment: pipeline.Image("ubuntu", ""), Code: "src",
		Inputs: []*pipeline.Input{pipeline.In("who", pipeline.String)},
	})).With("who", who)
	return p, nil
}

// result is what a driver did.
type result struct {
	status    int
	out, errs string
}

func run(t *testing.T, p driver.Program, args ...string) result {
	t.Helper()
	if p.Home == "" {
		p.Home = t.TempDir()
	}
	var out, errs bytes.Buffer
	status := driver.Run(t.Context(), args, driver.Streams{Out: &out, Err: &errs}, p)
	return result{status, out.String(), errs.String()}
}

func TestWrongFlagsExitWithTwoBeforeAnything(t *testing.T) {
	t.Parallel()
	program := driver.Program{
		Pipeline: func(context.Context, driver.Env) (*pipeline.Pipeline, error) {
			t.Error("the pipeline was defined")
			return nil, nil
		},
		Local: func(context.Context, driver.Env) error { t.Error("the logic was run"); return nil },
		Dir:   folder(t, map[string]string{"default_ischia_config.json": "not read"}),
	}
	for args, want := range map[string]string{
		"":                              "--workspace_name and --env are required",
		"--env e":                       "--workspace_name is required",
		"--workspace_name w":            "--env is required",
		"--workspace_nam w":             "unknown flag --workspace_nam; did you mean --workspace_name?",
		"W --locaton x":                 "unknown flag --locaton; did you mean --location?",
		"W --subscription-i x":          "did you mean --subscription_id?",
		"W --client_id x":               "did you mean --auth.client_id?",
		"W --wholly-else x":             "unknown flag --wholly-else; --help lists all",
		"W --action submit":             `"submit" is not an action; `,
		"W --action=validat":            `"validat" is not an action; did you mean "validate"?`,
		"W --location":                  "flag needs an argument",
		"W --parameter who":             "write NAME=VALUE",
		"W extra":                       `unexpected argument "extra"`,
		"--local extra":                 `unexpected argument "extra"`,
		"--workspace_name ../x --env e": "a name has letters, digits",
		"--workspace_name w --env a/b":  "a name has letters, digits",
		"W --resource_group a/b":        "--resource_group: a resource group has",
		"W --auth.env_secret_name " + canary + "~": "--auth.env_secret_name: this is not the name of an environment variable",
	} {
		args = strings.Replace(args, "W", "--workspace_name w --env e", 1)
		got := run(t, program, strings.Fields(args)...)
		if got.status != 2 || got.out != "" || !strings.Contains(got.errs, want) || strings.Count(got.errs, "\n") != 1 {
			t.Errorf("%s: got %+v, want %q", args, got, want)
		}
		if strings.Contains(got.errs, canary) {
			t.Errorf("%s: a value is repeated: %s", args, got.errs)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	got := run(t, driver.Program{Pipeline: define, Command: "ischia driver -f p.yml"}, "--help")
	for _, want := range []string{
		"--local", "--workspace_name NAME", "--env NAME", "--publish_datastore_path DIR", "--use_workspace_name_for_rg", "do NOT",
		"--location string", "--auth.client_id string", "--parameter NAME=VALUE", `(default "validate")`,
		"ischia driver -f p.yml --workspace_name my-workspace --env my-devbox --action validate",
		"--action submit-experiment", "--action publish-pipeline",
	} {
		if got.status != 0 || !strings.Contains(got.out, want) {
			t.Errorf("status %d, help lacks %q:\n%s", got.status, want, got.out)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"src/a.txt": "a"})
	home := t.TempDir()
	for _, made := range []string{"created", "found"} {
		got := run(t, driver.Program{Pipeline: define, Dir: dir, Home: home}, "--workspace-name", "w", "--env", "e")
		if got.status != 0 || got.out != "the pipeline is valid\n" {
			t.Errorf("got %+v", got)
		}
		for _, want := range []string{made + " the workspace w in the resource group w", made + " the compute DS3-v2-cluster"} {
			if !strings.Contains(got.errs, want) {
				t.Errorf("output lacks %q:\n%s", want, got.errs)
			}
		}
	}
}

// What is not valid is neither submitted nor published.
func TestOtherActionsCheckFirst(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"submit-experiment", "publish-pipeline"} {
		got := run(t, driver.Program{Pipeline: define, Dir: t.TempDir()}, "--workspace_name", "w", "--env", "e", "--action", action)
		if got.status != 1 || got.out != "" || !strings.Contains(got.errs, "src") {
			t.Errorf("%s: got %+v", action, got)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"src/a.txt": "a"})
	configured := folder(t, map[string]string{"default_ischia_config.json": `{"subscription_id": "sub"}`})
	for _, test := range []struct {
		dir, target string
		status      int
		want        string
	}{
		{dir, "", 0, "created the workspace"},
		{dir, "embedded", 0, "created the workspace"},
		{configured, "embedded", 1, "created the workspace"},
		{dir, "azure", 2, "which subscription?"},
		{dir, "cloud", 2, "neither embedded nor azure nor an address"},
		{dir, "https://example.com", 4, "ISCHIA_TOKEN"},
	} {
		args := []string{"--workspace_name", "w", "--env", "e"}
		if test.target != "" {
			args = append(args, "--target", test.target)
		}
		got := run(t, driver.Program{Pipeline: define, Dir: test.dir}, args...)
		if got.status != test.status || !strings.Contains(got.errs, test.want) {
			t.Errorf("%q: got %+v, want %d, %q", test.target, got, test.status, test.want)
		}
	}
}

// Who is not signed in, and cannot be asked, is told in one line.
func TestNoSignIn(t *testing.T) {
	t.Parallel()
	program := driver.Program{
		Pipeline: define, Home: t.TempDir(),
		Dir: folder(t, map[string]string{"default_ischia_config.json": `{"subscription_id": "sub", "tenant_id": "t", "auth": {"client_id": "c", "env_secret_name": "NOT_SET"}}`}),
	}
	getenv := func(name string) string { return map[string]string{"CI": "true"}[name] }
	var out, errs bytes.Buffer
	status := driver.RunIn(t.Context(), []string{"--workspace_name", "w", "--env", "e"}, driver.Streams{Out: &out, Err: &errs}, program, getenv, nobody{})
	if status != 4 || out.Len() > 0 || strings.Count(errs.String(), "\n") != 1 || !strings.Contains(errs.String(), "NOT_SET") {
		t.Errorf("status %d, %s%s", status, &out, &errs)
	}
}

// nobody answers.
type nobody struct{}

func (nobody) Do(r *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "dial", Err: errors.New("nobody is at " + r.URL.Host)}
}

// A dry run prints requests and nothing else, the same each time but for what is
// made up, and leaves nothing behind.
func TestDryRun(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"src/a.txt": "a", "default_ischia_config.json": `{"subscription_id": "sub", "location": "westeurope"}`})
	program := driver.Program{Pipeline: define, Dir: dir, Home: filepath.Join(t.TempDir(), "home")}
	for action, want := range map[string][]string{
		"validate": {
			"HEAD https://management.azure.com/subscriptions/sub/resourcegroups/w?", "PUT https://management.azure.com/subscriptions/sub/resourcegroups/w/providers/Microsoft.Resources/deployments/",
			`"name": "stw`, "/computes/DS3-v2-cluster?",
		},
		"submit-experiment": {".blob.core.windows.net/upload-", "sig=***", " (1 bytes)", "/jobs/", "api-version=2024-01-01-preview"},
		"publish-pipeline":  {"/batchEndpoints/w-e?", "/deployments/p-", "w-e.csv (40 bytes)"},
	} {
		got := run(t, program, "--workspace_name", "w", "--env", "e", "--action", action, "--publish_datastore_path", "markers", "--dry-run")
		if got.status != 0 || strings.Count(got.errs, "\n") != 1 || !strings.Contains(got.errs, "nothing is sent") {
			t.Errorf("%s: status %d, %s", action, got.status, got.errs)
		}
		for _, part := range want {
			if !strings.Contains(got.out, part) {
				t.Errorf("%s: no %s in\n%s", action, part, got.out)
			}
		}
	}
	got := run(t, program, "--workspace_name", "w", "--env", "e", "--action", "submit-experiment", "--dry-run", "--format", "json")
	for line := range strings.Lines(got.out) {
		var v struct{ Method, URL string }
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.Method == "" || !strings.HasPrefix(v.URL, "https://") {
			t.Errorf("%v: %s", err, line)
		}
	}
	if _, err := os.Stat(program.Home); err == nil {
		t.Error("a home was made")
	}
}

// A driver's own values are for submissions, and the command line's win.
func TestSubmissionParameters(t *testing.T) {
	t.Parallel()
	var p *pipeline.Pipeline
	program := driver.Program{
		Dir:        t.TempDir(), // without the code it is not submitted
		Parameters: func(driver.Env) map[string]string { return map[string]string{"who": "submission", "ratio": "0.9"} },
		Pipeline: func(ctx context.Context, env driver.Env) (_ *pipeline.Pipeline, err error) {
			p, err = define(ctx, env)
			return p, err
		},
	}
	for action, want := range map[string][2]string{
		"validate": {"world", "0.6"}, "submit-experiment": {"submission", "0.6"}, "publish-pipeline": {"world", "0.6"},
	} {
		run(t, program, "--workspace_name", "w", "--env", "e", "--action", action, "--parameter", "ratio=0.6")
		if got := [2]string{p.Inputs[0].Value.Literal.Value, p.Inputs[1].Value.Literal.Value}; got != want {
			t.Errorf("%s: %v, want %v", action, got, want)
		}
	}
}

// A fault of a pipeline written in Go is shown at its line of Go.
func TestFaultAtTheLineOfGo(t *testing.T) {
	t.Parallel()
	program := driver.Program{Dir: folder(t, map[string]string{"src/a.txt": "a"})}
	program.Pipeline = func(ctx context.Context, env driver.Env) (*pipeline.Pipeline, error) {
		p, _ := define(ctx, env)
		p.Steps[0].With("whom", "x") // the line at fault
		return p, nil
	}
	got := run(t, program, "--workspace_name", "w", "--env", "e")
	for _, want := range []string{"driver_test.go:", `p.Steps[0].With("whom", "x") // the line at fault`, `did you mean "who"?`} {
		if got.status != 1 || !strings.Contains(got.errs, want) {
			t.Errorf("status %d, output lacks %q:\n%s", got.status, want, got.errs)
		}
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	const text = `{"subscription_id": "sub", "location": "", "auth": {"client_id": "c", "env_secret_name": "V"}}`
	for name, test := range map[string]struct {
		args []string
		want driver.Config
	}{
		"file": {nil, driver.Config{SubscriptionID: "sub", ResourceGroup: "w", Auth: driver.Auth{ClientID: "c", EnvSecretName: "V"}}},
		"overrides": {
			[]string{"--location", "westeurope", "--auth.client-id", "d", "--subscription_id", "", "--resource-group=g"},
			driver.Config{ResourceGroup: "g", Location: "westeurope", Auth: driver.Auth{ClientID: "d", EnvSecretName: "V"}},
		},
		"own group": {[]string{"--use_workspace_name_for_rg"}, driver.Config{SubscriptionID: "sub", Auth: driver.Auth{ClientID: "c", EnvSecretName: "V"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var env driver.Env
			program := driver.Program{Dir: folder(t, map[string]string{"default_ischia_config.json": text, "src/a.txt": "a"})}
			program.Pipeline = func(ctx context.Context, e driver.Env) (*pipeline.Pipeline, error) {
				env = e
				return define(ctx, e)
			}
			got := run(t, program, append(test.args, "--workspace_name", "w", "--env", "dev", "--target", "embedded")...)
			if got.status != 0 || env.Config != test.want || env.ExperimentName() != "w-dev" || env.Action != driver.Validate {
				t.Errorf("got %+v, %+v", got, env)
			}
		})
	}
}

func TestFaultyConfiguration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"{\n  \"auth\": {\"client_secret\": \"" + canary + "\"}\n}": "default_ischia_config.json:2:12: error",
		`{"locaton": "` + canary + `"}`:                             `did you mean "location"?`,
		`{"auth": {"client_id": "c"}}`:                              "not where its secret lies",
	} {
		program := driver.Program{Pipeline: define, Dir: folder(t, map[string]string{"default_ischia_config.json": text, "src/a.txt": "a"})}
		got := run(t, program, "--workspace_name", "w", "--env", "e")
		if got.status != 1 || got.out != "" || !strings.Contains(got.errs, want) || strings.Contains(got.errs, canary) {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
}

func TestParameters(t *testing.T) {
	t.Parallel()
	program := driver.Program{Dir: folder(t, map[string]string{"src/a.txt": "a"})}
	var p *pipeline.Pipeline
	program.Pipeline = func(ctx context.Context, env driver.Env) (_ *pipeline.Pipeline, err error) {
		p, err = define(ctx, env)
		return p, err
	}
	base := []string{"--workspace_name", "w", "--env", "e", "--parameter"}
	got := run(t, program, append(base, "who=a=b", "--parameter", "ratio=0.70")...)
	if got.status != 0 || p.Inputs[0].Value.Literal.Value != "a=b" || p.Inputs[1].Value.Literal.Value != "0.7" {
		t.Errorf("got %+v", got)
	}
	for parameter, want := range map[string]string{
		"whom=x":     `did you mean "who"?`,
		"ratio=half": `"half" is no number`,
	} {
		if got := run(t, program, append(base, parameter)...); got.status != 2 || !strings.Contains(got.errs, want) {
			t.Errorf("%s: got %+v, want %q", parameter, got, want)
		}
	}
}

const greetYAML = `type: pipeline
inputs:
  data: {type: uri_folder, path: ./absent}
jobs:
  greet:
    type: command
    component: ./greet.yml
    inputs: {data: "${{parent.inputs.data}}"}
`

const componentYAML = `type: command
name: greet
inputs: {data: {type: uri_folder}}
command: ls ${{inputs.data}}
environment: {image: ubuntu}
`

func TestFromFile(t *testing.T) {
	t.Parallel()
	fine := folder(t, map[string]string{"p.yml": greetYAML, "greet.yml": componentYAML})
	faulty := folder(t, map[string]string{"p.yml": strings.Replace(greetYAML, "inputs.data", "inputs.dat", 1) + "    complete: x\n", "greet.yml": componentYAML + "descripton: x\n"})
	for _, test := range []struct {
		dir, action string
		status      int
		want        []string
	}{
		{fine, "validate", 0, []string{"p.yml:3:", "warning", "absent"}},
		{fine, "submit-experiment", 1, []string{"p.yml:3:", "error", "absent"}},
		{faulty, "validate", 1, []string{"greet.yml:6:1: error", "p.yml:8:", `did you mean "data"?`}},
		{t.TempDir(), "validate", 1, []string{"p.yml"}},
	} {
		got := run(t, driver.Program{Pipeline: driver.FromFile("p.yml"), Dir: test.dir}, "--workspace_name", "w", "--env", "e", "--action", test.action)
		for _, want := range test.want {
			if got.status != test.status || !strings.Contains(got.errs, want) {
				t.Errorf("%s: status %d, output lacks %q:\n%s", test.action, got.status, want, got.errs)
			}
		}
	}
}

func TestComponentFromYAML(t *testing.T) {
	t.Parallel()
	for text, status := range map[string]int{componentYAML: 0, "type: command\n": 1} {
		program := driver.Program{Dir: folder(t, map[string]string{"steps/greet.yml": text})}
		program.Pipeline = func(_ context.Context, env driver.Env) (*pipeline.Pipeline, error) {
			greet, err := env.Component("steps/greet.yml")
			if err != nil {
				return nil, err
			}
			p := pipeline.New("hello")
			p.Step("greet", greet).With("data", p.Input("data", pipeline.Folder("azureml://datastores/d/paths/x")))
			return p, nil
		}
		got := run(t, program, "--workspace_name", "w", "--env", "e")
		if got.status != status || status != 0 && !strings.Contains(got.errs, "greet.yml:1:1: error") {
			t.Errorf("got %+v", got)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	broken := errors.New("the moon is full")
	for name, program := range map[string]driver.Program{
		"define": {Pipeline: func(context.Context, driver.Env) (*pipeline.Pipeline, error) { return nil, broken }},
		"none":   {Pipeline: func(context.Context, driver.Env) (*pipeline.Pipeline, error) { return nil, nil }},
	} {
		got := run(t, program, "--workspace_name", "w", "--env", "e")
		if got.status != 1 || !strings.Contains(got.errs, "\nERROR: define the pipeline: the ") {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got := run(t, driver.Program{Local: func(context.Context, driver.Env) error { return broken }}, "--local"); got.status != 1 || got.errs != "ERROR: the moon is full\n" {
		t.Errorf("local: got %+v", got)
	}
	if got := run(t, driver.Program{Pipeline: define}, "--local"); got.status != 2 {
		t.Errorf("no local: got %+v", got)
	}
	if got := run(t, driver.Program{}, "--workspace_name", "w", "--env", "e"); got.status != 2 {
		t.Errorf("no pipeline: got %+v", got)
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	program := driver.Program{Local: func(ctx context.Context, env driver.Env) error {
		fmt.Fprintln(env.Out, "begun")
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}}
	var out, errs bytes.Buffer
	status := driver.Run(ctx, []string{"--local"}, driver.Streams{Out: &out, Err: &errs}, program)
	if status != 130 || out.String() != "begun\n" || errs.String() != "interrupted\n" {
		t.Errorf("status %d, %q, %q", status, out.String(), errs.String())
	}
}
