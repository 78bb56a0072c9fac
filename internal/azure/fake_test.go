package azure_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/environ"
)

// service is a service in memory: what is put at a path is there, and it is
// noted who asked for what.
type service struct {
	*httptest.Server
	mu        sync.Mutex // guards the rest
	resources map[string]map[string]any
	blobs     map[string][]byte
	metadata  map[string]http.Header
	requests  []string
	// answers are what GETs of other paths are answered with; the last one
	// stays.
	answers map[string][]string
	logs    map[string]string
}

const (
	bearer = "Bearer the-token"
	base   = "/subscriptions/s/resourcegroups/g/providers/microsoft.machinelearningservices/workspaces/w"
)

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{
		resources: map[string]map[string]any{}, blobs: map[string][]byte{}, metadata: map[string]http.Header{},
		answers: map[string][]string{}, logs: map[string]string{},
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	s.resources[base+"/datastores/workspaceblobstore"] = map[string]any{
		"name": "workspaceblobstore",
		"properties": map[string]any{
			"datastoreType": "AzureBlob", "accountName": "acct", "containerName": "store", "isDefault": true,
			"properties":  map[string]any{"ischia.url": s.URL + "/blob/acct/store"},
			"credentials": map[string]any{"credentialsType": "AccountKey"},
		},
	}
	return s
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.ToLower(r.URL.Path)
	s.requests = append(s.requests, r.Method+" "+path)
	switch {
	case strings.HasPrefix(path, "/blob/"):
		s.blob(w, r, body)
	case strings.HasPrefix(path, "/logs/"):
		http.ServeContent(w, r, "log.txt", httpDate(), strings.NewReader(s.logs[path]))
	case path == "/discovery":
		fmt.Fprintf(w, `{"api":%q}`, s.URL)
	case r.Header.Get("Authorization") != bearer:
		w.WriteHeader(http.StatusUnauthorized)
	case len(s.answers[path]) > 0:
		fmt.Fprint(w, s.answers[path][0])
		if len(s.answers[path]) > 1 {
			s.answers[path] = s.answers[path][1:]
		}
	default:
		s.arm(w, r, path, body)
	}
}

func (s *service) arm(w http.ResponseWriter, r *http.Request, path string, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasSuffix(path, "/startpendingupload"):
		at := s.URL + "/blob/acct/upload-1"
		fmt.Fprintf(w, `{"blobReferenceForConsumption":{"blobUri":%q,"credential":{"credentialType":"SAS","sasUri":%q}}}`, at, at+"?sig=x")
	case strings.HasSuffix(path, "/listsecrets"):
		fmt.Fprint(w, `{"secretsType":"AccountKey","key":"a2V5"}`)
	case path == base+"/datastores":
		s.reply(w, http.StatusOK, map[string]any{"value": []any{s.resources[path+"/workspaceblobstore"]}})
	case r.Method == http.MethodPut:
		made := http.StatusOK
		if s.resources[path] == nil {
			made = http.StatusCreated
		}
		if strings.HasSuffix(path, "/workspaces/w") || strings.Contains(path, "resourcegroups") && strings.Count(path, "/") == 4 {
			made = http.StatusOK
		}
		var v map[string]any
		if err := json.Unmarshal(body, &v); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		v["name"] = path[strings.LastIndex(path, "/")+1:]
		s.decorate(path, v)
		s.resources[path] = v
		s.reply(w, made, v)
	case s.resources[path] == nil:
		w.Header().Set("x-ms-error-code", "ResourceNotFound")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"ResourceNotFound","message":"there is no such thing"}}`)
	default:
		s.reply(w, http.StatusOK, s.resources[path])
	}
}

// decorate adds what a service says beyond what it was given.
func (s *service) decorate(path string, v map[string]any) {
	p, ok := v["properties"].(map[string]any)
	if !ok {
		return
	}
	switch {
	case strings.HasSuffix(path, "/workspaces/w"):
		p["discoveryUrl"], p["workspaceId"] = s.URL+"/discovery", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	case strings.Contains(path, "/jobs/"):
		p["status"] = "NotStarted"
		p["services"] = map[string]any{"Studio": map[string]any{"endpoint": "http://page"}}
	case strings.Contains(path, "/deployments/"):
		p["properties"] = map[string]any{"ischia.pipelineId": "0f7a1d1e-0000-4000-8000-" + path[len(path)-12:]}
	}
	p["provisioningState"] = "Succeeded"
}

func (s *service) reply(w http.ResponseWriter, status int, v any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (s *service) blob(w http.ResponseWriter, r *http.Request, body []byte) {
	name := r.URL.Path
	switch r.Method {
	case http.MethodPut:
		s.blobs[name], s.metadata[name] = body, r.Header
		w.WriteHeader(http.StatusCreated)
	case http.MethodHead:
		if s.blobs[name] == nil {
			w.Header().Set("x-ms-error-code", "BlobNotFound")
			w.WriteHeader(http.StatusNotFound)
			return
		}
		for k, v := range s.metadata[name] {
			if strings.HasPrefix(strings.ToLower(k), "x-ms-meta-") {
				w.Header()[k] = v
			}
		}
	}
}

// count is how many requests begin so.
func (s *service) count(prefix string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

func (s *service) names() []string {
	var names []string
	for name := range s.blobs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (s *service) client(t *testing.T) *azure.Client {
	t.Helper()
	c, err := azure.Dial(azure.Target{
		Endpoint: s.URL, Credential: azure.Token("the-token"), Location: "local",
		Scope: azure.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// source is a folder of files as the source of a definition.
func source(t *testing.T, files map[string]string) azure.Source {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return azure.Source{Files: os.DirFS(dir), Root: dir, Blobs: blobs, Coder: environ.NewCoder(blobs, environ.Options{Env: os.Environ()})}
}
