package plan_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/plan"
)

func TestRender(t *testing.T) {
	t.Parallel()
	inputs := map[string]string{"a": "1", "empty": "", "grp.x": "in a group", "odd": "${{inputs.a}} $[[x]] $HOME"}
	outputs := map[string]string{"o": "/out"}
	for _, tt := range []struct{ command, want, fault string }{
		{"run ${{inputs.a}} > ${{ outputs.o }}/x", "run 1 > /out/x", ""},
		{"run $[[--a ${{inputs.a}}]] end", "run --a 1 end", ""},
		{"run $[[--b ${{inputs.b}}]] end", "run  end", ""},
		{"run $[[--a ${{inputs.a}} --b ${{inputs.b}}]]", "run ", ""},
		{"run $[[always]] '${{inputs.empty}}'", "run always ''", ""},
		{"run ${{inputs.grp.x}}", "run in a group", ""},
		{"run ${{inputs.odd}}", "run ${{inputs.a}} $[[x]] $HOME", ""},
		{"run ${{inputs.b}}", "", "${{inputs.b}} has no value"},
		{"run ${{parent.inputs.a}}", "", "has no value"},
		{"run ${{inputs.a", "", "never closed"},
		{"if [[ -f x ]]; then echo ${HOME} $((1+1)); fi", "if [[ -f x ]]; then echo ${HOME} $((1+1)); fi", ""},
	} {
		got, err := plan.Render(tt.command, inputs, outputs)
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("Render(%q): error %v, want %q", tt.command, err, tt.fault)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("Render(%q) = %q, %v; want %q", tt.command, got, err, tt.want)
		}
	}
}

// FuzzRender: what is put in is never read again as an expression, and a
// command without expressions stays as it is.
func FuzzRender(f *testing.F) {
	for _, s := range []string{"", "run ${{inputs.a}}", "$[[ ${{inputs.b}} ]]", "${{inputs.a", "$[[", "${{a${{inputs.a}}}}"} {
		f.Add(s, "value ${{inputs.a}}")
	}
	f.Fuzz(func(t *testing.T, command, value string) {
		got, err := plan.Render(command, map[string]string{"a": value}, map[string]string{"o": value})
		if err == nil && !strings.Contains(command, "$") && got != command {
			t.Errorf("Render(%q) = %q", command, got)
		}
		around, err2 := plan.Render(command+"${{inputs.a}}", map[string]string{"a": value}, map[string]string{"o": value})
		if err == nil && err2 == nil && around != got+value {
			t.Errorf("Render(%q) = %q, want %q", command+"${{inputs.a}}", around, got+value)
		}
	})
}
