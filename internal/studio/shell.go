package studio

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// shell is what every page has around its content.
type shell struct {
	Title     string
	Scope     workspace.Scope
	Version   string
	Here      string // the entry of the menu that the page belongs to
	Theme     string // light, dark, or empty for the system's
	workspace string // as a query, if the address named one
}

func (h *Handler) shell(r *http.Request, title string) shell {
	s := shell{Title: title, Version: h.Version, Here: strings.SplitN(strings.Trim(r.URL.Path, "/"), "/", 2)[0]}
	s.Scope = h.scope(r)
	if id := r.URL.Query().Get("wsid"); id != "" {
		s.workspace = url.Values{"wsid": {id}}.Encode()
	}
	if c, err := r.Cookie("theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		s.Theme = c.Value
	}
	return s
}

// Frame is what a part of a page is given of the page around it.
func (s shell) Frame() shell { return s }

// To is the address of another page of the same workspace.
func (s shell) To(path string) string {
	if s.workspace == "" {
		return path
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + s.workspace
}

// scope is the workspace that an address names, as Azure's studio does:
// ?wsid=/subscriptions/S/resourceGroups/G/.../workspaces/W.
func (h *Handler) scope(r *http.Request) workspace.Scope {
	if scope, ok := parseWorkspace(r.URL.Query().Get("wsid")); ok {
		return scope
	}
	return h.Scope(r.Context())
}

func parseWorkspace(id string) (workspace.Scope, bool) {
	var s workspace.Scope
	parts := strings.Split(strings.Trim(id, "/"), "/")
	for i := 0; i+1 < len(parts); i += 2 {
		switch strings.ToLower(parts[i]) {
		case "subscriptions":
			s.Subscription = parts[i+1]
		case "resourcegroups":
			s.ResourceGroup = parts[i+1]
		case "workspaces":
			s.Workspace = parts[i+1]
		}
	}
	return s, s.Check() == nil
}

// find is a job that an address names. Names of jobs are unique in a home, so
// one of another workspace is found when the address names none.
func (h *Handler) find(ctx context.Context, r *http.Request) (*workspace.Job, error) {
	name := r.PathValue("job")
	if err := workspace.CheckName(name); err != nil {
		return nil, err
	}
	return h.Ledger.Job(ctx, h.scope(r), name)
}
