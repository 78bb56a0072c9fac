package server

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// sessionFor is how long a browser stays signed in.
const sessionFor = 12 * time.Hour

// A session is a text that only who has the token can have made: when it ends,
// something random, and both signed. So it holds when the server is started
// again, or when a driver serves the same home at the same address; it ends
// with the token.

// newSession makes one.
func (s *Server) newSession() string {
	head := strconv.FormatInt(s.Now().Add(sessionFor).Unix(), 10) + "." + rand.Text()
	return head + "." + s.sign(head)
}

// inSession reports whether r comes with a session that holds.
func (s *Server) inSession(r *http.Request) bool {
	cookie, err := r.Cookie(cookieName(r))
	if err != nil {
		return false
	}
	at := strings.LastIndexByte(cookie.Value, '.')
	if at < 0 || !hmac.Equal([]byte(cookie.Value[at+1:]), []byte(s.sign(cookie.Value[:at]))) {
		return false
	}
	end, _, _ := strings.Cut(cookie.Value, ".")
	seconds, err := strconv.ParseInt(end, 10, 64)
	return err == nil && s.Now().Before(time.Unix(seconds, 0))
}

func (s *Server) sign(text string) string {
	h := hmac.New(sha256.New, []byte("ischia session\n"+s.Token))
	h.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// cookieName has the port in it: browsers keep the cookies of a host's ports in
// one jar, and each home has a server of its own.
func cookieName(r *http.Request) string {
	_, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		port = "0"
	}
	return "ischia_session_" + port
}

// setSession begins a session in the browser that sent r.
func (s *Server) setSession(w http.ResponseWriter, r *http.Request) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName(r), Value: s.newSession(), Path: "/", MaxAge: int(sessionFor.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
}
