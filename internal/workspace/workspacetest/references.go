package workspacetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// references: every blob that a job of any scope refers to is told, and nothing
// else.
func references(t *testing.T, s workspace.Store) {
	jobs := run("a", at(0), "x", "y", "z")
	jobs[1].Spec = workspace.Spec{
		Command: `echo "digest":"d9"`, Code: "c1", Environment: "e",
		Inputs:  []workspace.Port{{Name: "i", Digest: "d1", URI: "u"}, {Name: "text", Value: ptr("d2")}},
		Outputs: []workspace.Port{{Name: "o", Type: "uri_file", Digest: "d3"}, {Name: "none", Type: "uri_file"}},
	}
	jobs[2].Spec = workspace.Spec{Command: `echo "digest": "code"`}
	create(t, s, jobs)
	other := run("b", at(1))
	other[0].Scope.Workspace = "other"
	other[0].Spec.Outputs = []workspace.Port{{Name: "o", Digest: "d4"}}
	create(t, s, other)
	var got []string
	note := func(j *workspace.Job) error {
		line := []string{j.Scope.Workspace, j.Name, j.Root, j.Step, j.Spec.Code}
		for _, p := range slices.Concat(j.Spec.Inputs, j.Spec.Outputs) {
			if p.Digest != "" {
				line = append(line, p.Name+":"+p.Type+":"+p.Digest)
			}
		}
		if j.Spec.Code != "" || len(line) > 5 {
			got = append(got, strings.Join(line, " "))
		}
		return nil
	}
	must(t, s.References(t.Context(), note))
	slices.Sort(got)
	same(t, "references", got, []string{"local a.x a x c1 i::d1 o:uri_file:d3", "other b b   o::d4"})
	enough := errors.New("enough")
	expect(t, s.References(t.Context(), func(*workspace.Job) error { return enough }), enough)
}
