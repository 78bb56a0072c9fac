package server

import (
	"net/http"
	"net/url"
	"strings"
)

// route is where a path leads.
type route struct {
	// prefix is compared segment by segment with the path as it was sent,
	// whatever the case; "/" is the rest.
	prefix string
	door   http.Handler
	// own: the door decides itself who may come in.
	own bool
	// cookie: a session is as good as the token.
	cookie bool
	// signed: a link to a log may carry a signature instead.
	signed bool
	// large: bodies are as large as the door says, and paths are the names of
	// blobs, which it checks.
	large bool
}

// table is all there is. The first match counts, so the longer come first.
func (s *Server) table() []route {
	served := append(s.exceptions(), []route{
		{prefix: "/subscriptions", door: s.ARM},
		{prefix: "/tenants", door: s.ARM},
		{prefix: "/pipelines/v1.0", door: s.Pipelines},
		{prefix: "/history/v1.0", door: s.Pipelines, signed: true},
		{prefix: "/data/v1.0", door: s.Pipelines},
		{prefix: "/modelregistry/v1.0", door: s.Pipelines},
		{prefix: "/datastore/v1.0", door: s.Pipelines},
		{prefix: "/mferp/managementfrontend", door: s.Pipelines},
		{prefix: "/blob", door: s.Blob, own: true, large: true},
		{prefix: "/signin/codes", door: http.HandlerFunc(s.makeCode)},
		{prefix: "/signin", door: http.HandlerFunc(s.signIn), own: true},
		{prefix: "/ping", door: http.HandlerFunc(s.ping)},
	}...)
	served = append(served, refused()...)
	return append(served, route{prefix: "/", door: s.Studio, cookie: true, signed: true})
}

// Exceptions are the paths that are answered without a token: documents that
// clients fetch before they have one. They say nothing but this server's own
// address.
func Exceptions() []string { return []string{"/discovery", "/metadata/endpoints"} }

// exceptions are the handlers of Exceptions.
func (s *Server) exceptions() []route {
	var list []route
	for _, path := range Exceptions() {
		list = append(list, route{prefix: path, door: http.HandlerFunc(s.document), own: true})
	}
	return list
}

// find is where a request leads.
func (s *Server) find(r *http.Request) route {
	path := r.URL.EscapedPath()
	for _, to := range s.routes {
		if leads(path, to.prefix) {
			return to
		}
	}
	return route{} // what is no path at all: "*"
}

// leads reports whether path is prefix or below it.
func leads(path, prefix string) bool {
	if prefix == "/" {
		return strings.HasPrefix(path, "/")
	}
	if len(path) < len(prefix) || !strings.EqualFold(path[:len(prefix)], prefix) {
		return false
	}
	return len(path) == len(prefix) || path[len(prefix)] == '/'
}

// checkPath refuses what no path of ours has, before somebody takes it for a
// way elsewhere: steps up, separators in disguise, control characters.
func checkPath(u *url.URL) *fault {
	for segment := range strings.SplitSeq(strings.Trim(u.EscapedPath(), "/"), "/") {
		text, err := url.PathUnescape(segment)
		switch {
		case err != nil, text == ".", text == "..", strings.ContainsAny(text, `/\`), strings.ContainsFunc(text, control):
			return badPath()
		}
	}
	if strings.Contains(u.EscapedPath(), "//") {
		return badPath()
	}
	return nil
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

func badPath() *fault {
	return &fault{status: http.StatusBadRequest, code: "InvalidRequestUri", message: "the path is not one that this server has"}
}

func notThere(r *http.Request) *fault {
	return &fault{status: http.StatusNotFound, code: "NotFound", message: "there is nothing at " + shorten(r.URL.Path)}
}

// shorten keeps what a client sent from filling an answer or a log.
func shorten(text string) string {
	const most = 500
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
