package plan_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/plan"
)

// namer pins by the names themselves.
type namer struct {
	// deny are names of which nothing is known.
	deny string
	err  error
}

func (n namer) answer(text string) (string, error) {
	if n.deny != "" && strings.Contains(text, n.deny) {
		return "", plan.ErrNotPinned
	}
	return text, n.err
}

func (n namer) Code(_ context.Context, code string, includes []string, command string) (string, error) {
	return n.answer("code " + strings.Join(append([]string{code}, includes...), "+") + " for " + command)
}

func (n namer) Data(_ context.Context, name string) (string, error) { return n.answer("data " + name) }

func (n namer) Conda(_ context.Context, name string) (string, error) {
	return n.answer("conda " + name)
}

func somePlan() *plan.Plan {
	inputs := []plan.Input{{Name: "a", Local: "home/a"}, {Name: "b", URI: "azureml:b@latest"}}
	return &plan.Plan{
		Type: "pipeline", Inputs: inputs,
		Nodes: []*plan.Node{
			{Path: "group", Type: "pipeline", Inputs: inputs},
			{
				Index: 1, Path: "group/x", Type: "command", Command: "run", Code: "home/src", Includes: []string{"home/lib"},
				Inputs: inputs, Environment: &plan.EnvSpec{Ref: "azureml:e@latest", CondaFile: "home/conda.yml", Build: "home/ctx"},
			},
			{Index: 2, Path: "y", Type: "command", Includes: []string{"home/lib"}, Environment: &plan.EnvSpec{Conda: "a: 1\n"}},
			{Index: 3, Path: "z", Type: "command", Command: "ls"},
		},
	}
}

func textOf(t *testing.T, p *plan.Plan) string {
	t.Helper()
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPin(t *testing.T) {
	t.Parallel()
	p := somePlan()
	got, err := plan.Pin(t.Context(), p, namer{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(somePlan(), p); diff != "" {
		t.Errorf("the plan itself has changed (-was +is):\n%s", diff)
	}
	want := somePlan()
	for _, list := range [][]plan.Input{want.Inputs, want.Nodes[0].Inputs, want.Nodes[1].Inputs} {
		list[0].Local = "data home/a"
	}
	x, y := want.Nodes[1], want.Nodes[2]
	x.Code, x.Includes = "code home/src+home/lib for run", nil
	x.Environment.Conda, x.Environment.CondaFile, x.Environment.Build = "conda home/conda.yml", "", "data home/ctx"
	y.Code, y.Includes = "code +home/lib for ", nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pinned (-want +got):\n%s", diff)
	}
}

// TestPinPartly: what is not known keeps its name, all of it.
func TestPinPartly(t *testing.T) {
	t.Parallel()
	got, err := plan.Pin(t.Context(), somePlan(), namer{deny: "home"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(textOf(t, somePlan()), textOf(t, got)); diff != "" {
		t.Errorf("nothing was known, and this has changed:\n%s", diff)
	}
	broken := errors.New("broken")
	if _, err := plan.Pin(t.Context(), somePlan(), namer{err: broken}); !errors.Is(err, broken) {
		t.Errorf("got %v, want what the pinner says", err)
	}
}

// register knows the same version of everything, and some contents.
type register struct {
	version  string
	contents map[string]string
	err      error
	asked    map[string]int
}

func (r register) Version(_ context.Context, kind plan.AssetKind, name, label string) (string, error) {
	r.asked[string(kind)+" "+name+" "+label]++
	return r.version, r.err
}

func (r register) Content(_ context.Context, _ plan.AssetKind, uri string) (string, error) {
	r.asked[uri]++
	return r.contents[uri], nil
}

func TestResolve(t *testing.T) {
	t.Parallel()
	p := somePlan()
	r := register{version: "7", asked: map[string]int{}}
	got, err := plan.Resolve(t.Context(), p, r)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int{"data b latest": 1, "environments e latest": 1, "azureml:b:7": 1}, r.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(somePlan(), p); diff != "" {
		t.Errorf("the plan itself has changed (-was +is):\n%s", diff)
	}
	want := strings.NewReplacer("azureml:b@latest", "azureml:b:7", "azureml:e@latest", "azureml:e:7").Replace(textOf(t, p))
	if diff := cmp.Diff(want, textOf(t, got)); diff != "" {
		t.Errorf("with versions (-want +got):\n%s", diff)
	}
	r.contents = map[string]string{"azureml:b:7": "content of b"}
	if got, err = plan.Resolve(t.Context(), p, r); err != nil {
		t.Fatal(err)
	}
	in := got.Nodes[1].Inputs[1]
	if diff := cmp.Diff(plan.Input{Name: "b", Local: "content of b", Source: "azureml:b:7"}, in); diff != "" {
		t.Errorf("data whose content is known (-want +got):\n%s", diff)
	}
}

func TestResolveNothing(t *testing.T) {
	t.Parallel()
	p, asked := somePlan(), map[string]int{}
	if same, err := plan.Resolve(t.Context(), p, register{asked: asked}); err != nil || same != p {
		t.Errorf("with nothing known it is another plan, %v", err)
	}
	broken := errors.New("broken")
	if _, err := plan.Resolve(t.Context(), p, register{asked: asked, err: broken}); !errors.Is(err, broken) {
		t.Errorf("got %v, want what the look-up says", err)
	}
}

func TestConda(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, a, b string }{
		{"comments", "# c\nname: x\ndependencies: [python=3.10, {pip: [a]}]\n", "name: x\ndependencies:\n  - python=3.10\n  - pip:\n      - a\n"},
		{"quotes", "name: 'x'\n", "name: x\n"},
	} {
		a, b := plan.Conda(tt.a), plan.Conda(tt.b)
		if a != b {
			t.Errorf("%s: %q and %q", tt.name, a, b)
		}
		if again := plan.Conda(a); again != a {
			t.Errorf("%s: written again it is %q, not %q", tt.name, again, a)
		}
	}
	if got := plan.Conda("a: [\n"); got != "a: [\n" {
		t.Errorf("what is no YAML became %q", got)
	}
	if got := plan.Conda(""); got != "" {
		t.Errorf("nothing became %q", got)
	}
}
