package server

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// checkOrigin refuses what a page of somebody else's has a browser send. A name
// of theirs may resolve to this address, so the Host has to be one of ours; and
// a browser says in Origin which page it is.
func (s *Server) checkOrigin(r *http.Request) *fault {
	if !s.ours(r) {
		return &fault{
			status: http.StatusForbidden, code: "ForeignHost",
			message: "this server is not known by the name in the Host header",
		}
	}
	if origins, sent := r.Header["Origin"]; sent && (len(origins) != 1 || !sameOrigin(r, origins[0])) {
		return foreignOrigin()
	}
	return nil
}

func foreignOrigin() *fault {
	return &fault{status: http.StatusForbidden, code: "ForeignOrigin", message: "pages of another origin can do nothing here"}
}

// ours reports whether the Host names this machine: by a loopback name, by the
// address that the client connected to, or by a name that we were given. The
// port is not looked at: it may be another on the client's side of a tunnel.
func (s *Server) ours(r *http.Request) bool {
	host := hostOf(r.Host)
	if strings.EqualFold(host, "localhost") {
		return true
	}
	if slices.ContainsFunc(s.Hosts, func(name string) bool { return name != "" && strings.EqualFold(name, host) }) {
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return false
	}
	return ip.IsLoopback() || ip.Unmap() == connectedTo(r)
}

// connectedTo is the address on our side of the connection.
func connectedTo(r *http.Request) netip.Addr {
	addr, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return netip.Addr{}
	}
	at, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.Addr{}
	}
	return at.Addr().Unmap().WithZone("")
}

// hostOf is a Host without its port and brackets.
func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
}

// sameOrigin reports whether origin is the address that r was sent to.
func sameOrigin(r *http.Request, origin string) bool {
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Scheme == scheme(r) && strings.EqualFold(u.Host, r.Host)
}

func scheme(r *http.Request) string {
	if r.TLS != nil {
		return "https"
	}
	return "http"
}

// base is the address under which the client of r reached this server.
func base(r *http.Request) string { return scheme(r) + "://" + r.Host }

// fromOurPage reports whether a browser sends r for a page of ours, or for its
// user: a cookie goes to every port of a host, and so with the requests of
// pages of other servers on this machine.
func fromOurPage(r *http.Request) bool {
	unsafe := r.Method != http.MethodGet && r.Method != http.MethodHead
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return true
	case "": // a browser without it, which sends Origin with what is unsafe
		return !unsafe || r.Header.Get("Origin") != ""
	}
	// A link to us on a page of another server may be followed.
	return !unsafe && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}
