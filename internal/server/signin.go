package server

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"html"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// CodeFor is how long a sign-in link works.
const CodeFor = 5 * time.Minute

// maxCodes bounds the codes that wait to be used; the oldest goes first.
const maxCodes = 64

// codes are the one-time codes of sign-in links. Only their hashes are kept.
type codes struct {
	now  func() time.Time
	lock sync.Mutex // guards open
	open map[[sha256.Size]byte]code
}

type code struct {
	end time.Time
	// to is the page that the link leads to.
	to string
}

func newCodes(now func() time.Time) *codes {
	return &codes{now: now, open: map[[sha256.Size]byte]code{}}
}

// add makes a code for a page.
func (c *codes) add(to string) (text string, end time.Time) {
	text = rand.Text()
	c.lock.Lock()
	defer c.lock.Unlock()
	now := c.now()
	maps.DeleteFunc(c.open, func(_ [sha256.Size]byte, o code) bool { return !now.Before(o.end) })
	for len(c.open) >= maxCodes {
		c.dropOldest()
	}
	end = now.Add(CodeFor)
	c.open[sha256.Sum256([]byte(text))] = code{end, to}
	return text, end
}

func (c *codes) dropOldest() {
	var oldest [sha256.Size]byte
	var end time.Time
	for key, o := range c.open {
		if end.IsZero() || o.end.Before(end) {
			oldest, end = key, o.end
		}
	}
	delete(c.open, oldest)
}

// use takes a code, which works once.
func (c *codes) use(text string) (to string, ok bool) {
	key := sha256.Sum256([]byte(text))
	c.lock.Lock()
	defer c.lock.Unlock()
	o, ok := c.open[key]
	delete(c.open, key)
	return o.to, ok && c.now().Before(o.end)
}

// SignInLink is a link that signs a browser in, once and within [CodeFor], and
// leads it to a page of the studio, given as its path. base is the server's
// address.
func (s *Server) SignInLink(base, to string) string {
	text, _ := s.codes.add(localPath(to))
	return strings.TrimSuffix(base, "/") + signInPath(text)
}

func signInPath(code string) string { return "/signin?" + url.Values{"code": {code}}.Encode() }

// localPath is a path on this server, "/" for what could lead elsewhere.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(u.Path, "/") || checkPath(u) != nil {
		return "/"
	}
	return u.String()
}

// makeCode answers POST /signin/codes: a link for who has the token.
func (s *Server) makeCode(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/signin/codes" {
		notThere(r).write(w, r)
		return
	}
	var ask struct {
		To string `json:"to"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(&ask); err != nil {
		f := &fault{status: http.StatusBadRequest, code: "InvalidRequestContent", message: `the body is not {"to": "/a/page"}`}
		f.write(w, r)
		return
	}
	text, end := s.codes.add(localPath(ask.To))
	writeJSON(w, r, http.StatusOK, map[string]any{"url": base(r) + signInPath(text), "expires": end.UTC()})
}

// signIn answers GET /signin?code=...: it begins a session.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != "/signin" {
		s.unauthorized(w, r, "AuthenticationFailed", "there is no such way in").write(w, r)
		return
	}
	to, ok := s.codes.use(r.URL.Query().Get("code"))
	if !ok {
		s.unauthorized(w, r, "AuthenticationFailed", "the link was used, or is older than five minutes").write(w, r)
		return
	}
	s.setSession(w, r)
	// A page and no redirection: after a link in some other page, a browser
	// sends no strict cookie until a page of ours asks.
	writePage(w, r, http.StatusOK, strings.ReplaceAll(signedInPage, "{{to}}", html.EscapeString(to)))
}

const pageStyle = `<style>body{font:16px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:34em;padding:0 1em}code{background:#eee8;padding:.1em .3em}</style>`

const signInPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in - Ischia</title>` + pageStyle + `
<h1>You are not signed in</h1>
<p>Run <code>ischia serve --open</code> in a terminal: it prints a link that signs this browser in.
A link works once, within five minutes.</p>
`

const signedInPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Ischia</title>
<meta http-equiv="refresh" content="0; url={{to}}">` + pageStyle + `
<p>You are signed in: <a href="{{to}}">go on</a>.</p>
`
