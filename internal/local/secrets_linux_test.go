package local_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// TestSecretsAreNowhere runs steps that say a secret in every way, and looks
// for it in every file of the home.
func TestSecretsAreNowhere(t *testing.T) {
	t.Parallel()
	const secret = "hunter2-squirrel"
	p := newProject(t, map[string]string{"pipeline.yml": fmt.Sprintf(`
type: pipeline
display_name: with %[1]s
description: of %[1]s
tags: {t: "%[1]s"}
inputs: {key: "%[1]s"}
jobs:
  says:
    command: printf hunter2-; sleep 0.05; printf 'squirrel\n'; echo $TOKEN; [ "${{inputs.key}}" = "$TOKEN" ]
    environment: {image: x}
    environment_variables: {OTHER: "%[1]s"}
    inputs: {key: "${{parent.inputs.key}}"}
  fails:
    command: cat ${{inputs.f}}
    environment: {image: x}
    inputs: {f: {type: uri_file, path: "azureml://datastores/workspaceblobstore/paths/%[1]s"}}
settings: {continue_on_step_failure: true}
`, secret)})
	req := p.request()
	req.Environ = append(os.Environ(), "TOKEN="+secret)
	req.Pass, req.Secrets = []string{"TOKEN"}, []string{secret}
	req.Watch = func(e local.Event) {
		if strings.Contains(e.Error, secret) {
			t.Errorf("an event tells it: %s", e.Error)
		}
	}
	res, err := p.l.Run(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	steps := p.steps(res.Name)
	if steps["says"].Status != workspace.Completed || steps["fails"].Status != workspace.Failed {
		t.Errorf("says is %s: %v; fails is %s", steps["says"].Status, steps["says"].Error, steps["fails"].Status)
	}
	if got := p.log(res.Name, "says"); got != "***\n***\n" {
		t.Errorf("the log is %q", got)
	}
	if err := p.l.Close(); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(p.l.Dir(), func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s holds it", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
