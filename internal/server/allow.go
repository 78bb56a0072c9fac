package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
)

// SameToken compares tokens in a time that tells nothing about them.
func SameToken(given, want string) bool {
	g, w := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(want))
	return want != "" && subtle.ConstantTimeCompare(g[:], w[:]) == 1
}

// allow says why a request may not go where it leads; nil when it may.
func (s *Server) allow(w http.ResponseWriter, r *http.Request, to route) *fault {
	if to.own {
		return nil
	}
	if given := r.Header.Values("Authorization"); len(given) > 0 {
		// A token that is wrong is told, whatever else there is.
		scheme, token, _ := strings.Cut(given[0], " ")
		if len(given) == 1 && strings.EqualFold(scheme, "Bearer") && SameToken(strings.TrimSpace(token), s.Token) {
			return nil
		}
		return s.unauthorized(w, r, "InvalidAuthenticationToken", "the token is not that of this home (it is in the file that serve.json names)")
	}
	if to.signed && r.URL.Query().Has("sig") {
		if s.isSigned(r) {
			return nil
		}
		return s.unauthorized(w, r, "AuthenticationFailed", "the link's signature does not hold, or its time is over")
	}
	if to.cookie && s.inSession(r) {
		if !fromOurPage(r) {
			return foreignOrigin()
		}
		return nil
	}
	return s.unauthorized(w, r, "AuthenticationFailed", "the request has no token: send Authorization: Bearer TOKEN")
}

// unauthorized is a refusal with the challenge by which clients of ARM find
// out their directory. A person in a browser is told how to get in.
func (s *Server) unauthorized(w http.ResponseWriter, r *http.Request, code, message string) *fault {
	challenge := fmt.Sprintf(`Bearer authorization_uri="%s/%s"`, base(r), s.Tenant)
	if code == "InvalidAuthenticationToken" {
		challenge += `, error="invalid_token", error_description="` + message + `"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	return &fault{status: http.StatusUnauthorized, code: code, message: message, page: signInPage}
}
