package server

import (
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/hosts"
)

// document answers the paths of [Exceptions]. What is in there is this server's
// own address, as whoever asks has it already.
func (s *Server) document(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		f := &fault{status: http.StatusMethodNotAllowed, code: "MethodNotAllowed", message: "documents can only be read"}
		f.write(w, r)
		return
	}
	switch strings.ToLower(r.URL.Path) {
	case "/discovery":
		writeJSON(w, r, http.StatusOK, discovery(hosts.Of(r).Data))
	case "/metadata/endpoints":
		writeJSON(w, r, http.StatusOK, []any{cloud(base(r), r.Host)})
	default:
		// Below a document there is nothing, and nobody is told so for free.
		s.unauthorized(w, r, "AuthenticationFailed", "there is nothing here without a token").write(w, r)
	}
}

// discovery is what the discoveryUrl of a workspace leads to: where the data
// plane is. Source: azure-ai-ml, WorkspaceDiscoveryUrlKey.
func discovery(base string) map[string]string {
	return map[string]string{"api": base, "history": base, "pipelines": base, "studio": base}
}

// cloud describes this server as a cloud, for clients that look one up by
// ARM_CLOUD_METADATA_URL. It is the only one in the list: azure-ai-ml drops the
// document when a cloud is in it that it knows. From the portal's name it takes
// what follows the second dot.
func cloud(base, host string) map[string]any {
	return map[string]any{
		"name": "Ischia", "portal": "https://portal.azure.localhost/", "resourceManager": base,
		"authentication": map[string]any{"loginEndpoint": base, "audiences": []string{base}, "tenant": "common"},
		"suffixes":       map[string]string{"storage": host},
	}
}

// ping answers whoever has the token.
func (s *Server) ping(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/ping" || r.Method != http.MethodGet {
		notThere(r).write(w, r)
		return
	}
	writeJSON(w, r, http.StatusOK, map[string]string{"server": "ischia"})
}
