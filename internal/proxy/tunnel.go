package proxy

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
)

// tunnels are the connections to other hosts, so that the end of the proxy is
// theirs.
type tunnels struct {
	mu sync.Mutex
	// ends are those that are open, closed whether new ones are cut at once.
	// Guarded by mu.
	ends   map[net.Conn]bool
	closed bool
	going  sync.WaitGroup
}

// add takes connections in; false when there are to be no more.
func (t *tunnels) add(ends ...net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return false
	}
	if t.ends == nil {
		t.ends = map[net.Conn]bool{}
	}
	for _, end := range ends {
		t.ends[end] = true
	}
	t.going.Add(1)
	return true
}

func (t *tunnels) remove(ends ...net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, end := range ends {
		delete(t.ends, end)
		_ = end.Close()
	}
	t.going.Done()
}

// cut ends them all, and waits until they have.
func (t *tunnels) cut() {
	t.mu.Lock()
	t.closed = true
	for end := range t.ends {
		_ = end.Close()
	}
	t.mu.Unlock()
	t.going.Wait()
}

// tunnel connects a client with another host and looks at nothing of what they
// say.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request, t target) {
	begun := p.Now()
	far, err := p.up.connect(r.Context(), t)
	if err != nil {
		p.refuse(w, r, http.StatusBadGateway, unreachable(t, err))
		return
	}
	near, ok := p.hijack(w, r)
	if !ok {
		_ = far.Close()
		return
	}
	if !p.tunnels.add(near, far) {
		_, _ = near.Close(), far.Close()
		return
	}
	defer p.tunnels.remove(near, far)
	if _, err := io.WriteString(near, established); err != nil {
		return
	}
	bytes := both(near, far)
	p.requests.line(r, t.String(), http.StatusOK, bytes, p.Now().Sub(begun))
}

// unreachable says why a host cannot be reached. What it says is the system's
// word, not the host's.
func unreachable(t target, err error) string {
	if errors.Is(err, errInstance) {
		return t.host + ": " + errInstance.Error()
	}
	return "cannot reach " + t.String() + ": " + err.Error()
}

// both copies in both ways until both have ended, and returns how much came back.
func both(near, far net.Conn) int64 {
	var back int64
	var ways sync.WaitGroup
	ways.Go(func() { _, _ = io.Copy(far, near); closeWrite(far) })
	ways.Go(func() { back, _ = io.Copy(near, far); closeWrite(near) })
	ways.Wait()
	return back
}

// closeWrite tells the other side that nothing more comes; where that cannot be
// told alone, the connection ends.
func closeWrite(c net.Conn) {
	if e, ok := c.(*eager); ok {
		c = e.Conn
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
		return
	}
	_ = c.Close()
}

// plain answers a request for an address without encryption.
func (p *Proxy) plain(w http.ResponseWriter, r *http.Request) {
	t, err := parseTarget(r.URL.Host, 80)
	if err != nil || r.URL.Scheme != "http" || r.URL.User != nil {
		p.refuse(w, r, http.StatusBadRequest, "the address is none that is passed on: http://HOST[:PORT]/PATH")
		return
	}
	s := p.services.of(t.host)
	switch {
	case s.kind == instance:
		p.refuse(w, r, http.StatusNotImplemented, "the identity of a virtual machine is not passed on: "+t.host)
	case s.secure && s.kind != absent:
		p.refuse(w, r, http.StatusBadRequest, t.host+" is answered over https alone")
	case s.kind != other:
		p.refuse(w, r, http.StatusNotImplemented, absentText(t.host))
	case p.Offline && !t.loopback():
		p.refuse(w, r, http.StatusForbidden, offlineText(t.host))
	default:
		p.observe(w, r, t.String(), p.onward(t))
	}
}

// onward passes a request on as it is, without what is meant for proxies.
func (p *Proxy) onward(t target) http.Handler {
	transport := &http.Transport{
		Proxy:       func(r *http.Request) (*url.URL, error) { return p.up.proxyOf(r.URL) },
		DialContext: p.up.dial, DisableCompression: true, DisableKeepAlives: true,
	}
	return &httputil.ReverseProxy{
		Transport: transport, FlushInterval: -1,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL = &url.URL{Scheme: "http", Host: t.String(), Path: r.In.URL.Path, RawPath: r.In.URL.RawPath, RawQuery: r.In.URL.RawQuery}
			if t.port == 80 {
				r.Out.URL.Host = bracketed(t.host)
			}
			r.Out.Host = r.Out.URL.Host
			r.Out.Header.Del("Proxy-Authorization")
			if _, sent := r.In.Header["User-Agent"]; !sent {
				r.Out.Header.Set("User-Agent", "") // not one of ours
			}
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, "ischia exec: "+unreachable(t, err), http.StatusBadGateway)
		},
	}
}

// bracketed is a host as it is written in an address.
func bracketed(host string) string {
	if isV6(host) {
		return "[" + host + "]"
	}
	return host
}

func isV6(host string) bool {
	for _, c := range host {
		if c == ':' {
			return true
		}
	}
	return false
}
