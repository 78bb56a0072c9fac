package pipelinesapi_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// What is not done here is refused with the operation's name, whether it is one
// of the table or not known at all: neither looks as if nothing were there.
func TestRefusedOperations(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	h.submitStep("run_1")
	table, err := os.ReadFile("refused.txt")
	if err != nil {
		t.Fatal(err)
	}
	asks := map[string]string{
		"GET /history/v1.0{}/runs/run_1/nothing":                      "GET /history/v1.0/",
		"GET /history/v1.0{}/experiments":                             "/experiments is not implemented",
		"GET /history/v1.0/private/subscriptions/a/runs":              "GET /history/v1.0/private/",
		"GET /data/v1.0{}/datacontainer/rows":                         "/datacontainer/rows is not implemented",
		"GET /modelregistry/v1.0{}/assets/x":                          "/assets/x is not implemented",
		"GET /mferp/managementfrontend{}/onlineEndpoints/x":           "/onlineEndpoints/x is not implemented",
		"POST /mferp/managementfrontend{}/onlineEndpoints/x/listKeys": "POST /mferp/managementfrontend/",
		"GET /pipelines/v1.0{}/PipelineDrafts":                        "/PipelineDrafts is not implemented",
	}
	lines := 0
	for line := range strings.Lines(string(table)) {
		f := strings.Fields(line)
		asks[f[0]+" "+regexp.MustCompile(`\{[a-zA-Z]+\}`).ReplaceAllString(f[1], "run_1")] = f[2] + " is not implemented"
		lines++
	}
	if lines < 20 {
		t.Fatalf("only %d operations are in the table", lines)
	}
	for ask, says := range asks {
		method, path, _ := strings.Cut(ask, " ")
		a := h.get(method, h.server.URL+strings.Replace(path, "{}", h.scope.ARMID(), 1), "")
		if a.status != 501 || a.header.Get("X-Ms-Error-Code") != "NotImplemented" || !strings.Contains(a.string("error.message"), says) {
			t.Errorf("%s: got %d %s, want 501 that says %q", ask, a.status, a.text, says)
		}
	}
}
