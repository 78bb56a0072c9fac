package local

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// answers is a pinner whose answers are hard to write in JSON.
type answers struct {
	empty bool
	err   error
}

func (a answers) answer(text string) (string, error) {
	if a.empty {
		return "", nil
	}
	return text + " \"<é>\"\n\\u0000", a.err
}

func (a answers) Code(_ context.Context, code string, includes []string, command string) (string, error) {
	return a.answer("code " + code + strings.Join(includes, "+") + command)
}

func (a answers) Data(_ context.Context, name string) (string, error) {
	return a.answer("data " + name)
}

func (a answers) Conda(_ context.Context, name string) (string, error) {
	return a.answer("conda " + name)
}

func plansToPin() map[string]*plan.Plan {
	nul := "a\x00b"
	return map[string]*plan.Plan{
		"nothing": {Type: "pipeline"},
		"all": {
			Type: "pipeline", Inputs: []plan.Input{{Name: "a", Local: "home/a"}},
			Nodes: []*plan.Node{
				{Path: "x", Command: "run", Code: "home/src", Includes: []string{"home/lib"}, Inputs: []plan.Input{{Name: "a", Local: "home/a"}}},
				{Path: "y", Includes: []string{"home/lib"}, Environment: &plan.EnvSpec{CondaFile: "home/conda.yml", Build: "home/ctx"}},
				{Path: "z", Command: "other", Code: "home/src", Environment: &plan.EnvSpec{CondaFile: "home/conda.yml"}},
			},
		},
		"a NUL":         {Type: "pipeline", Inputs: []plan.Input{{Name: "a", Local: "home/a"}, {Name: "b", Value: &nul}}},
		"what marks it": {Type: "pipeline", Inputs: []plan.Input{{Name: `\u0000`, Local: "home/a"}}},
	}
}

// TestTemplate: a template that is filled is the text of the pinned plan.
func TestTemplate(t *testing.T) {
	t.Parallel()
	for name, p := range plansToPin() {
		text, holes, err := template(t.Context(), p)
		if strings.Contains(name, "NUL") || strings.Contains(name, "marks") {
			if !errors.Is(err, errMarked) {
				t.Errorf("%s: got %v, want that it cannot be marked", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got, err := fill(t.Context(), text, holes, answers{})
		if err != nil {
			t.Fatal(err)
		}
		pinned, err := plan.Pin(t.Context(), p, answers{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.MarshalIndent(pinned, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-plan +template):\n%s", name, diff)
		}
	}
}

// TestTemplateStaysEmpty: with a hole that is not filled there is no text.
func TestTemplateStaysEmpty(t *testing.T) {
	t.Parallel()
	text, holes, err := template(t.Context(), plansToPin()["all"])
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []answers{{empty: true}, {err: errors.New("broken")}} {
		if got, err := fill(t.Context(), text, holes, a); err == nil {
			t.Errorf("%v: got %s", a, got)
		}
	}
	if _, err := fill(t.Context(), text, holes[1:], answers{}); err == nil {
		t.Error("with a hole missing there is a text")
	}
}

// TestKnown: what the user has to mend keeps its name; a fault of the machine
// ends all.
func TestKnown(t *testing.T) {
	t.Parallel()
	mend := known{answers{err: &step.Error{Code: step.UserError, Err: errors.New("not there")}}}
	if _, err := mend.Data(t.Context(), "x"); !errors.Is(err, plan.ErrNotPinned) {
		t.Errorf("got %v, want that it is not known", err)
	}
	broken := known{answers{err: &step.Error{Code: step.SystemError, Err: errors.New("no room")}}}
	if _, err := broken.Conda(t.Context(), "x"); err == nil || errors.Is(err, plan.ErrNotPinned) {
		t.Errorf("got %v, want the fault", err)
	}
}

// TestOnlyContent: orders name nothing of this machine.
func TestOnlyContent(t *testing.T) {
	t.Parallel()
	d := blob.DigestBytes(nil)
	tree, file := blob.TreeContent(d).Name(), blob.Content{Digest: d, File: "a"}.Name()
	good := &plan.Plan{
		Inputs: []plan.Input{{Local: file}},
		Nodes:  []*plan.Node{{Code: tree, Inputs: []plan.Input{{Local: tree}}, Environment: &plan.EnvSpec{Build: tree}}},
	}
	got, err := plan.Pin(t.Context(), good, contentOnly{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(good, got); diff != "" {
		t.Errorf("it has changed:\n%s", diff)
	}
	for name, n := range map[string]*plan.Node{
		"code":     {Code: "etc/passwd"},
		"includes": {Code: tree, Includes: []string{tree}},
		"data":     {Inputs: []plan.Input{{Local: tree + "/x"}}},
		"conda":    {Environment: &plan.EnvSpec{CondaFile: file}},
		"build":    {Environment: &plan.EnvSpec{Build: "."}},
	} {
		if _, err := plan.Pin(t.Context(), &plan.Plan{Nodes: []*plan.Node{n}}, contentOnly{}); !errors.Is(err, workspace.ErrInvalid) {
			t.Errorf("%s: got %v, want that it is invalid", name, err)
		}
	}
}
