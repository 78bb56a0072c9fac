package armapi_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/armapi"
)

// TestBadNamesEverywhere puts what is no name in the place of each parameter of
// each operation. None gets further than the table.
func TestBadNamesEverywhere(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	params := regexp.MustCompile(`\{\w+\}`)
	bad := []string{"..", "%2e%2e", "a%2Fb", "a%5Cb", "a%00", "%20", "-a", "a:b", "%C3%A4", strings.Repeat("a", 10<<10)}
	for _, op := range armapi.Operations() {
		for _, at := range params.FindAllStringIndex(op.Path, -1) {
			for _, value := range bad {
				path := params.ReplaceAllString(op.Path[:at[0]], "x") + value + params.ReplaceAllString(op.Path[at[1]:], "x")
				if a := h.direct(op.Method, path, ""); a.status != http.StatusBadRequest {
					t.Errorf("%s %.200s: got %d: %.200s", op.Method, path, a.status, a.text)
				}
			}
		}
	}
}

// TestHostileBodies sends what no client would to each operation that is
// answered. None is the server's fault, and all are answered in ARM's shape.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	params := regexp.MustCompile(`\{\w+\}`)
	own := strings.NewReplacer(
		"{subscriptionId}", h.scope.Subscription, "{resourceGroupName}", h.scope.ResourceGroup, "{workspaceName}", h.scope.Workspace,
	)
	bodies := []string{
		``, `{`, `null`, `[]`, `"x"`, `{}`, `{"properties":null}`, `{"properties":[]}`, `{"properties":{}}`, `{"properties":"x"}`,
		`{"properties":{"properties":[],"jobType":7,"computeType":"AmlCompute","datastoreType":"AzureBlob"}}`,
		`{"properties":{"jobType":"Pipeline","jobs":[]}}`, `{"properties":{"jobType":"Command"}}`, `{"properties":{"componentSpec":7}}`,
		`{"properties":` + strings.Repeat(`{"properties":`, 200) + `{}` + strings.Repeat(`}`, 201),
		`{"location":{},"tags":[],"identity":7}`,
	}
	for _, op := range armapi.Operations() {
		if !op.Implemented() {
			continue
		}
		path := params.ReplaceAllString(own.Replace(op.Path), "x")
		for _, body := range bodies {
			a := h.direct(op.Method, path, body)
			if a.status >= http.StatusInternalServerError && a.status != http.StatusNotImplemented {
				t.Errorf("%s with %.80s: got %d: %s", op.Name, body, a.status, a.text)
			}
			if a.status >= http.StatusBadRequest && a.header.Get("X-Ms-Error-Code") == "" {
				t.Errorf("%s with %.80s: got %d without a code: %s", op.Name, body, a.status, a.text)
			}
		}
	}
}

// direct asks the handler without a network in between.
func (h *harness) direct(method, path, body string) answer {
	h.t.Helper()
	r := httptest.NewRequestWithContext(h.t.Context(), method, path, strings.NewReader(body))
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// A body whose values are many is refused before they are made nodes of: 30 MB
// of them would take gigabytes. Texts may be as long as the body.
func TestBodiesOfManyValues(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	path := h.scope.ARMID() + "/jobs/many?api-version=2024-04-01"
	for body, want := range map[string]int{
		`{"properties":{"jobType":"Pipeline","x":[` + strings.Repeat("1,", 2<<20) + `1]}}`:         http.StatusRequestEntityTooLarge,
		`{"properties":{"jobType":"Pipeline","x":[` + strings.Repeat("{},", 1<<20) + `1]}}`:        http.StatusRequestEntityTooLarge,
		`{"properties":{"jobType":"Pipeline","x":"` + strings.Repeat(`,[{\",\\,`, 1<<20) + `"}}`:   http.StatusBadRequest,
		`{"properties":{"jobType":"Pipeline","x":["\\",` + strings.Repeat("1,", 2<<20) + `"\\"]}}`: http.StatusRequestEntityTooLarge,
	} {
		if a := h.direct(http.MethodPut, path, body); a.status != want {
			t.Errorf("%.60s: got %d: %.200s, want %d", body, a.status, a.text, want)
		}
	}
}
