package diag_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/diag"
)

func TestCodesAreDescribed(t *testing.T) {
	t.Parallel()
	seen := map[diag.Code]bool{}
	for _, c := range diag.Codes() {
		title, help := diag.Describe(c)
		if title == "" || help == "" || strings.HasSuffix(title, ".") {
			t.Errorf("%s: title %q, help %q", c, title, help)
		}
		if seen[c] {
			t.Errorf("%s is described twice", c)
		}
		seen[c] = true
	}
	if title, help := diag.Describe("some-new-code"); title != "Some new code" || help != "" {
		t.Errorf("got %q and %q for a code that is not described", title, help)
	}
}
