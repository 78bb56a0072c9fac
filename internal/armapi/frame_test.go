package armapi_test

import "testing"

func TestHarness(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.ask("GET", "jobs/nosuch", "")
}
