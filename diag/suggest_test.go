package diag_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/diag"
)

func TestSuggest(t *testing.T) {
	t.Parallel()
	known := []string{"command", "compute", "component", "environment", "inputs", "outputs", "type", "settings", "x"}
	for word, want := range map[string]string{
		"comand": "command", "commnad": "command", "input": "inputs", "Inputs": "inputs", "enviroment": "environment",
		"tpye": "type", "setings": "settings", "banana": "", "": "", "y": "", "typ": "type", "compnent": "component",
		strings.Repeat("a", 10000): "",
	} {
		if got := diag.Suggest(word, known); got != want {
			t.Errorf("Suggest(%.20q): got %q, want %q", word, got, want)
		}
	}
	// What is left of a name of several words is near it, and no slip.
	limits := []string{"max_total_trials", "max_iteration_count", "timeout"}
	for word, want := range map[string]string{"max_trials": "max_total_trials", "max_iterations": "max_iteration_count", "max_x": ""} {
		if got := diag.Suggest(word, limits); got != want {
			t.Errorf("Suggest(%q): got %q, want %q", word, got, want)
		}
		if got := diag.Slip(word, limits); got != "" {
			t.Errorf("Slip(%q): got %q", word, got)
		}
	}
	if got := diag.Slip("comand", known); got != "command" {
		t.Errorf("Slip: got %q", got)
	}
	if got := diag.DidYouMean("comand", known); got != `did you mean "command"?` {
		t.Errorf("got %s", got)
	}
	if got := diag.DidYouMean("banana", known); got != "" {
		t.Errorf("got %s", got)
	}
}
