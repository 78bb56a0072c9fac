package server

import (
	"encoding/json"
	"net/http"
	"strings"
)

// fault is a refusal, in ARM's shape.
type fault struct {
	status        int
	code, message string
	// page, when not empty, is what a browser shows instead.
	page string
}

// write answers with the fault.
func (f *fault) write(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Ms-Error-Code", f.code)
	if f.page != "" && wantsPage(r) {
		writePage(w, r, f.status, f.page)
		return
	}
	writeJSON(w, r, f.status, map[string]any{"error": map[string]string{"code": f.code, "message": f.message}})
}

// wantsPage reports whether a person looks at the answer.
func wantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html")
}

// writeJSON answers with v, of a type that always marshals.
func writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("server: marshal an answer: " + err.Error()) // a programmer's mistake
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // whoever asked may be gone
	}
}

// writePage answers with HTML that runs nothing and loads nothing.
func writePage(w http.ResponseWriter, r *http.Request, status int, page string) {
	head := w.Header()
	head.Set("Content-Type", "text/html; charset=utf-8")
	head.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write([]byte(page)) // whoever asked may be gone
	}
}
