package server

import (
	"net/http"

	"github.com/ischia-ml/ischia/internal/hosts"
)

// Inside is the way in for this very process, when it speaks for a client of
// Azure's hosts: the requests have [hosts.With] in their contexts and the home's
// token. They are for names that are not this machine's, so who makes them has
// to know that they come from no page of a stranger's. What is for people is not
// there.
func (s *Server) Inside() http.Handler { return s.logged(http.HandlerFunc(s.serveInside)) }

func (s *Server) serveInside(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	if origins, sent := r.Header["Origin"]; sent && (len(origins) != 1 || !sameOrigin(r, origins[0])) {
		foreignOrigin().write(w, r)
		return
	}
	to := s.find(r)
	switch {
	case hosts.Of(r).AccountOf(r.Host) != "":
		to = route{door: s.Blob, own: true, large: true}
	case to.cookie, leads(r.URL.EscapedPath(), "/signin"), leads(r.URL.EscapedPath(), "/blob"):
		to = route{}
	}
	s.lead(w, r, to)
}
