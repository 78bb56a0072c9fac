package local_test

import (
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/pipelinesapi"
	"github.com/ischia-ml/ischia/internal/server"
	"github.com/ischia-ml/ischia/internal/studio"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// registered is a route of some door, with its parameters in braces.
type registered struct {
	method, path string
	// refused is the status without a token.
	refused int
}

// allRoutes are those of every door, by the tables that the doors themselves
// work from.
func allRoutes(account string) []registered {
	var list []registered
	for _, op := range armapi.Operations() {
		list = append(list, registered{op.Method, op.Path, http.StatusUnauthorized})
	}
	for _, r := range pipelinesapi.Routes() {
		list = append(list, registered{r.Method, r.Path, http.StatusUnauthorized})
	}
	for _, path := range []string{"", "/{container}", "/{container}/{blob}", "/{container}/a/{blob}"} {
		for _, method := range []string{"GET", "HEAD", "PUT", "POST", "DELETE"} {
			for _, query := range []string{"", "?comp=list", "?restype=container", "?restype=container&comp=list", "?comp=block&blockid=AAAA", "?comp=blocklist", "?comp=metadata", "?comp=batch", "?restype=service&comp=properties"} {
				list = append(list, registered{method, "/blob/" + account + path + query, http.StatusForbidden})
			}
		}
	}
	for _, pattern := range studio.New(studio.Config{}).Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{$}", "", "{path...}", "{path}").Replace(path)
		list = append(list, registered{method, path, http.StatusUnauthorized})
	}
	for _, path := range []string{"/ping", "/elsewhere/{x}"} {
		list = append(list, registered{"GET", path, http.StatusUnauthorized})
	}
	return append(list, registered{"POST", "/signin/codes", http.StatusUnauthorized}, registered{"GET", "/signin?code={code}", http.StatusUnauthorized})
}

var parameter = regexp.MustCompile(`\{[A-Za-z]+\}`)

// ask sends a request as it is written, and returns the status.
func ask(t *testing.T, client *http.Client, method, address string, headers map[string]string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(safetyBody(method)))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range headers {
		if name == "Host" {
			r.Host = value
		}
		r.Header.Set(name, value)
	}
	a, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %.200s: %v", method, address, err)
	}
	defer a.Body.Close()
	_, _ = io.Copy(io.Discard, a.Body)
	return a.StatusCode
}

func safetyBody(method string) string {
	if method == http.MethodGet || method == http.MethodHead {
		return ""
	}
	return `{"properties":{}}`
}

// Every route of every door refuses who has no token.
func TestEveryRouteNeedsAToken(t *testing.T) {
	t.Parallel()
	l, s := serveHome(t, local.ServeOptions{})
	accounts, err := l.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	before := files(t, l.Dir())
	routes := allRoutes(accounts.Account(workspace.BuiltIn()))
	if len(routes) < 300 {
		t.Fatalf("got %d routes: some table is missing", len(routes))
	}
	for _, r := range routes {
		address := s.URL + parameter.ReplaceAllString(r.path, "local")
		for _, headers := range []map[string]string{
			nil,
			{"Authorization": "Bearer wrong"},
			{"Authorization": "Bearer " + s.Token[:len(s.Token)-1]},
			{"Authorization": "Basic " + s.Token},
			{"Cookie": "ischia_session=" + s.Token + "; token=" + s.Token},
			{"X-Ms-Version": "2021-12-02", "Authorization": "SharedKey a:b"},
		} {
			if got := ask(t, http.DefaultClient, r.method, address, headers); got != r.refused {
				t.Errorf("%s %s with %v: got %d, want %d", r.method, r.path, headers, got, r.refused)
			}
		}
		for _, query := range []string{"sig=AAAA", "se=9999999999&sig=AAAA", "se=1&sig=", server.SignedLink("guessed", "/x", time.Now().Add(time.Hour))[3:]} {
			if got := ask(t, http.DefaultClient, r.method, addQuery(address, query), nil); got != r.refused {
				t.Errorf("%s %s with %s: got %d, want %d", r.method, r.path, query, got, r.refused)
			}
		}
		if got := ask(t, http.DefaultClient, r.method, addQuery(address, "token="+s.Token+"&access_token="+s.Token), nil); got != r.refused {
			t.Errorf("%s %s with the token in the URL: got %d, want %d", r.method, r.path, got, r.refused)
		}
	}
	// What is answered all the same is a list of its own.
	for _, path := range server.Exceptions() {
		if got := ask(t, http.DefaultClient, "GET", s.URL+path, nil); got != http.StatusOK {
			t.Errorf("%s: got %d, want 200", path, got)
		}
	}
	if len(server.Exceptions()) != 2 {
		t.Errorf("got exceptions %v: each new one needs a reason", server.Exceptions())
	}
	same(t, before, files(t, l.Dir()))
}

func addQuery(address, query string) string {
	if strings.Contains(address, "?") {
		return address + "&" + query
	}
	return address + "?" + query
}

// hostile are what no parameter of a path may be.
func hostile() map[string]string {
	return map[string]string{
		"dots": "..", "dots in disguise": "%2e%2e", "half in disguise": ".%2E", "slash in disguise": "a%2f..%2f..%2fb",
		"backslash": "..%5c..%5cb", "NUL": "a%00b", "newline": "a%0d%0aX-Evil:%20b", "as long as a door gets it": strings.Repeat("a", 60<<10),
		"no UTF-8": "%ff%fe", "bidi": "a%E2%80%AEb", "half an escape": "a%25zz",
	}
}

// Names that lead elsewhere are refused in every parameter of every route,
// with the token, and nothing is written anywhere for them.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("expected: thousands of requests")
	}
	outside := t.TempDir()
	l := openHome(t, filepath.Join(outside, "a", "home"))
	s := serveOpened(t, l, local.ServeOptions{})
	accounts, err := l.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	before := files(t, outside)
	for _, r := range allRoutes(accounts.Account(workspace.BuiltIn())) {
		places := parameter.FindAllStringIndex(r.path, -1)
		for i, place := range places {
			if i < len(places)-2 && strings.HasPrefix(r.path, "/subscriptions/{subscriptionId}/") && r.method != "PUT" && i > 0 {
				continue // the same prefix again and again: PUT is enough
			}
			for what, value := range hostile() {
				// Any letters may stand in a blob's name, which is no path of ours.
				if r.path[place[0]:place[1]] == "{blob}" && (what == "bidi" || what == "half an escape") {
					continue
				}
				path := good(r.path[:place[0]]) + value + good(r.path[place[1]:])
				got := send(t, s, r.method, path)
				// In a blob's name an escaped slash is a slash.
				if strings.HasPrefix(r.path, "/blob/") && what == "slash in disguise" && got == http.StatusNotFound {
					continue
				}
				if got < 400 || got >= 500 {
					t.Errorf("%s %s, %s: got %d, want 4xx", r.method, r.path, what, got)
				}
			}
		}
	}
	same(t, before, files(t, outside))
}

// good is a piece of a path with names that are there.
func good(path string) string {
	b := workspace.BuiltIn()
	path = strings.NewReplacer(
		"{subscriptionId}", b.Subscription, "{resourceGroupName}", b.ResourceGroup, "{workspaceName}", b.Workspace,
		"{subscription}", b.Subscription, "{group}", b.ResourceGroup, "{workspace}", b.Workspace, "{container}", "azureml",
	).Replace(path)
	return parameter.ReplaceAllString(path, "name")
}

// send sends a path as it is: a client would mend it.
func send(t *testing.T, s *local.Serving, method, path string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.URL, strings.NewReader(safetyBody(method)))
	if err != nil {
		t.Fatal(err)
	}
	path, r.URL.RawQuery, _ = strings.Cut(path, "?")
	r.URL.Opaque = path
	for name, value := range map[string]string{
		"Authorization": "Bearer " + s.Token, "X-Ms-Version": "2021-12-02", "X-Ms-Blob-Type": "BlockBlob", "Content-Type": "application/json",
	} {
		r.Header.Set(name, value)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("%s %.200s: %v", method, path, err)
	}
	defer a.Body.Close()
	_, _ = io.Copy(io.Discard, a.Body)
	return a.StatusCode
}

// An id of 10 MB gets no further than to the server.
func TestHugeNames(t *testing.T) {
	t.Parallel()
	_, s := serveHome(t, local.ServeOptions{})
	huge := strings.Repeat("a", 10<<20)
	for _, path := range []string{
		"/subscriptions/" + huge, workspace.BuiltIn().ARMID() + "/jobs/" + huge, "/pipelines/v1.0" + workspace.BuiltIn().ARMID() + "/PipelineRuns/" + huge,
		"/blob/" + huge, "/blob/account/azureml/" + huge, "/jobs/" + huge, "/signin?code=" + huge, "/discovery?" + huge, "/ping?" + huge,
	} {
		if got := send(t, s, http.MethodGet, path); got != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("%.60s...: got %d, want 431", path, got)
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// files are the names below a folder, but for what any home writes to at any
// time.
func files(t *testing.T, dir string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !strings.Contains(filepath.Base(path), "ledger.db") {
			found[path] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func same(t *testing.T, before, after map[string]bool) {
	t.Helper()
	for path := range after {
		if !before[path] {
			t.Errorf("%s was made", path)
		}
	}
	for path := range before {
		if !after[path] {
			t.Errorf("%s is gone", path)
		}
	}
}

// A page of another origin can do nothing, even if it knows the token or its
// name leads here.
func TestForeignPages(t *testing.T) {
	t.Parallel()
	l, s := serveHome(t, local.ServeOptions{})
	accounts, err := l.Accounts()
	if err != nil {
		t.Fatal(err)
	}
	bearer := "Bearer " + s.Token
	for _, r := range allRoutes(accounts.Account(workspace.BuiltIn())) {
		for _, headers := range []map[string]string{
			{"Authorization": bearer, "Origin": "http://evil.example"},
			{"Authorization": bearer, "Origin": "null"},
			{"Authorization": bearer, "Origin": "http://127.0.0.1:1"},
			{"Authorization": bearer, "Host": "evil.example"},
			{"Authorization": bearer, "Host": "169.254.169.254"},
		} {
			if got := ask(t, http.DefaultClient, r.method, s.URL+good(r.path), headers); got != http.StatusForbidden {
				t.Errorf("%s %s with %v: got %d, want 403", r.method, r.path, headers, got)
			}
		}
	}
}
