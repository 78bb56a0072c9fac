package workspace_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/internal/workspace/workspacetest"
)

func TestCheckName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 255)
	for name, good := range map[string]bool{
		"a": true, "brave_sun_0123456789": true, "A.b-c_d": true, "0": true, "a..b": true, "con": true, long: true,
		"": false, ".": false, "..": false, "_a": false, "-a": false, "a/b": false, `a\b`: false, "a b": false,
		"a\n": false, "\na": false, "a\x00": false, "é": false, "a:b": false, "a%2f": false, long + "a": false,
	} {
		err := workspace.CheckName(name)
		if good != (err == nil) || (err != nil && !errors.Is(err, workspace.ErrInvalid)) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := workspace.CheckName(strings.Repeat("/", 1000)); len(err.Error()) > 300 {
		t.Errorf("a long bad name makes a long error: %v", err)
	}
}

func TestMadeUpNames(t *testing.T) {
	t.Parallel()
	form := regexp.MustCompile(`^[a-z]+_[a-z]+_[a-z0-9]{10}$`)
	h := newHouse(t)
	seen := map[string]bool{}
	for range 50 {
		name := h.submit("").Root.Name
		if !form.MatchString(name) || seen[name] || workspace.CheckName(name) != nil {
			t.Errorf("name %q", name)
		}
		seen[name] = true
	}
}

// TestMadeUpNameTaken draws the same name twice, then another.
func TestMadeUpNameTaken(t *testing.T) {
	t.Parallel()
	const draws = 12 // numbers a name takes
	drawn := 0
	w := workspace.New(workspace.Config{
		Store: workspacetest.NewMemory(),
		Rand: func(n int) int {
			drawn++
			if drawn <= 2*draws {
				return 0
			}
			return n - 1
		},
	})
	var claimed, undone []string
	submit := func() (*workspace.Tree, error) {
		return w.Submit(t.Context(), here(), workspace.Submission{
			Type: "pipeline",
			Claim: func(name string) (func(), error) {
				claimed = append(claimed, name)
				return func() { undone = append(undone, name) }, nil
			},
		})
	}
	first, err := submit()
	expect(t, err, nil)
	second, err := submit()
	expect(t, err, nil)
	if first.Root.Name == second.Root.Name || len(claimed) != 3 || len(undone) != 1 || undone[0] != first.Root.Name {
		t.Errorf("names %s and %s, claimed %v, undone %v", first.Root.Name, second.Root.Name, claimed, undone)
	}
	_, err = submit() // from here on the draws are all the same
	expect(t, err, workspace.ErrConflict)
}
