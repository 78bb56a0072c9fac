package local

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/server"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// link is an address of a path of ours, for the client of r, that needs no
// token. It is this machine's own, which every client of it reaches.
func (s *Serving) link(r *http.Request, target string) string {
	return hosts.Of(r).Pages + server.SignedLink(s.Token, target, s.local.now().Add(logLinkFor))
}

// fileLink makes addresses of files on the datastores of a workspace that need
// no token.
func fileLink(a *accounts, now func() time.Time) func(r *http.Request, scope workspace.Scope, datastore, path string) (string, error) {
	return func(r *http.Request, scope workspace.Scope, datastore, path string) (string, error) {
		container := a.Container(scope, datastore)
		query, err := a.SAS(r.Context(), scope, container, path, "r", now().Add(logLinkFor))
		if err != nil {
			return "", err
		}
		return a.URL(r, scope) + "/" + container + "/" + escapePath(path) + "?" + query, nil
	}
}

// escapePath escapes the parts of a path.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(part), "+", "%2B")
	}
	return strings.Join(parts, "/")
}
