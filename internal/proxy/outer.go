package proxy

import (
	"bufio"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// user is the name in the credentials of the proxy.
const user = "ischia"

// identityPath is where a managed identity gets its tokens.
const identityPath = "/identity/token"

// serveOuter answers what comes to the port: requests of a proxy, and those for
// tokens of the managed identity.
func (p *Proxy) serveOuter(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if !fromLoopback(r) {
		p.refuse(w, r, http.StatusForbidden, "only this machine is served")
		return
	}
	if r.Method != http.MethodConnect && r.URL.Host == "" {
		p.serveOwn(w, r)
		return
	}
	if !p.knows(r.Header.Values("Proxy-Authorization")) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="ischia exec", charset="UTF-8"`)
		w.Header().Set("Connection", "close")
		p.refuse(w, r, http.StatusProxyAuthRequired, "this proxy serves the command of one `ischia exec` alone")
		return
	}
	if r.Method == http.MethodConnect {
		p.connect(w, r)
		return
	}
	p.plain(w, r)
}

// refuse answers that something is not done, and why.
func (p *Proxy) refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	p.requests.line(r, refusedHost(r), status, 0, 0)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = fmt.Fprintln(w, "ischia exec:", why) // whoever asked may be gone
	}
}

// refusedHost is the host that was asked for, as far as it is one.
func refusedHost(r *http.Request) string {
	if t, err := parseTarget(r.Host, 443); err == nil {
		return t.host
	}
	return "-"
}

func fromLoopback(r *http.Request) bool {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && at.Addr().Unmap().IsLoopback()
}

// knows reports whether a client shows the credentials of this run, in a time
// that tells nothing about them.
func (p *Proxy) knows(given []string) bool {
	want := sha256.Sum256([]byte(user + ":" + p.password))
	text := ""
	if len(given) == 1 {
		if scheme, rest, ok := strings.Cut(given[0], " "); ok && strings.EqualFold(scheme, "Basic") {
			text = strings.TrimSpace(rest)
		}
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	got := sha256.Sum256(plain)
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1 && err == nil
}

// serveOwn answers what is asked of this very port. The Host has to be its
// address, as a name of somebody else's may resolve to it.
func (p *Proxy) serveOwn(w http.ResponseWriter, r *http.Request) {
	_, fromPage := r.Header["Origin"]
	switch {
	case r.Host != p.address.String(), fromPage, r.Header.Get("Sec-Fetch-Site") != "":
		p.refuse(w, r, http.StatusForbidden, "no page of a browser is served")
	case r.URL.Path != identityPath:
		p.refuse(w, r, http.StatusNotFound, "there is nothing here: this is a proxy")
	default:
		p.observe(w, r, p.address.Addr().String(), p.identity)
	}
}

// observe has a request answered, with a line in the list of requests.
func (p *Proxy) observe(w http.ResponseWriter, r *http.Request, host string, h http.Handler) {
	seen := &recorder{ResponseWriter: w}
	begun := p.Now()
	defer func() { p.requests.line(r, host, seen.status, seen.bytes, p.Now().Sub(begun)) }()
	h.ServeHTTP(seen, r)
}

// connect answers a client that wants a connection to a host.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	t, err := parseTarget(r.RequestURI, 0) // as it was sent, before anybody made sense of it
	if err != nil || r.ContentLength > 0 || len(r.TransferEncoding) > 0 {
		p.refuse(w, r, http.StatusBadRequest, "CONNECT is for HOST:PORT, and has no body")
		return
	}
	s := p.services.of(t.host)
	switch {
	case s.kind == instance:
		p.refuse(w, r, http.StatusNotImplemented, "the identity of a virtual machine is not passed on: "+t.host)
	case s.kind != other && t.port != 443:
		p.refuse(w, r, http.StatusNotImplemented, fmt.Sprintf("%s is answered at port 443 alone, not at %d", t.host, t.port))
	case s.secure:
		p.answer(w, r, t)
	case s.kind != other:
		p.refuse(w, r, http.StatusNotImplemented, absentText(t.host))
	case p.Offline && !t.loopback():
		p.refuse(w, r, http.StatusForbidden, offlineText(t.host))
	default:
		p.tunnel(w, r, t)
	}
}

func absentText(host string) string {
	return host + " is a host of Azure's that the embedded workspace does not stand in for, and is not passed on (--pass " + host + " does that)"
}

func offlineText(host string) string { return host + " is not reached because of --offline" }

// established is what a client hears when its connection is there.
const established = "HTTP/1.1 200 Connection established\r\n\r\n"

// answer takes a connection to a host of Azure's over, and has it answered here.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request, t target) {
	conn, ok := p.hijack(w, r)
	if !ok {
		return
	}
	if _, err := conn.Write([]byte(established)); err != nil {
		_ = conn.Close()
		return
	}
	p.decrypted.add(tls.Server(&bound{conn, t}, p.authority.config(t.host)))
}

// hijack is the connection of a request, without a deadline.
func (p *Proxy) hijack(w http.ResponseWriter, r *http.Request) (net.Conn, bool) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		p.refuse(w, r, http.StatusHTTPVersionNotSupported, "CONNECT is understood in HTTP/1.1 alone")
		return nil, false
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		_ = conn.Close()
		return nil, false
	}
	if buffered.Reader.Buffered() == 0 {
		return conn, true
	}
	return &eager{conn, buffered.Reader}, true
}

// eager is a connection whose client did not wait for the answer to CONNECT.
type eager struct {
	net.Conn
	read *bufio.Reader
}

// Read implements net.Conn.
func (e *eager) Read(p []byte) (int, error) { return e.read.Read(p) }
