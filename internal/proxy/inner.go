package proxy

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/hosts"
)

// serveInner answers what was asked of a host of Azure's.
func (p *Proxy) serveInner(w http.ResponseWriter, r *http.Request) {
	t, ok := r.Context().Value(targetKey{}).(target)
	if !ok || r.Method == http.MethodConnect || !sameHost(hostOnly(r.Host), t.host) {
		// Whoever names another host in a request than for the connection wants
		// one to be taken for the other.
		p.observe(w, r, t.host, refusal{http.StatusMisdirectedRequest, "MisdirectedRequest", "the connection is to " + t.host + " alone"})
		return
	}
	next := p.handler(p.services.of(t.host), t.host)
	if p.Record != nil {
		next = p.Record(next, "https://"+t.host)
	}
	p.observe(w, r, t.host, next)
}

func hostOnly(host string) string { return strings.TrimSuffix(host, ":443") }

// handler is who answers for a host.
func (p *Proxy) handler(s service, host string) http.Handler {
	switch s.kind {
	case login:
		return p.Directory.Handler()
	case vault:
		return p.vaults.of(host)
	case pages:
		return http.HandlerFunc(p.toStudio)
	case manager, data, storage:
		return &way{p, s, host}
	}
	return unsupported(host)
}

// unsupported says that a host is not stood in for.
func unsupported(host string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refusal{
			http.StatusNotImplemented, "NotImplemented",
			"the embedded workspace does not stand in for " + host + ": " + shorten(r.Method+" "+r.URL.Path) + " is not supported",
		}.ServeHTTP(w, r)
	})
}

// toStudio leads whoever opens the studio to ours.
func (p *Proxy) toStudio(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || strings.HasPrefix(r.URL.Path, "/api/") {
		unsupported(hostOnly(r.Host)).ServeHTTP(w, r)
		return
	}
	page := "/"
	if job, ok := strings.CutPrefix(r.URL.Path, "/runs/"); ok {
		page = "/jobs/" + url.PathEscape(job)
	}
	if scope := r.URL.Query().Get("wsid"); scope != "" {
		page += "?" + url.Values{"wsid": {scope}}.Encode()
	}
	w.Header().Set("Location", p.Pages+page)
	w.WriteHeader(http.StatusFound)
}

// way is how requests for a host come to the doors.
type way struct {
	*Proxy
	service
	host string
}

// ServeHTTP implements http.Handler.
func (y *way) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if y.kind == manager && strings.EqualFold(strings.TrimSuffix(r.URL.Path, "/"), "/metadata/endpoints") {
		y.metadata(w, r)
		return
	}
	r = r.Clone(hosts.With(r.Context(), y.hosts()))
	for name := range r.Header {
		if strings.HasPrefix(name, "Proxy-") || strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" || name == "Cookie" {
			delete(r.Header, name)
		}
	}
	if f := y.admit(r); f != nil {
		f.challenge(w, y)
		f.ServeHTTP(w, r)
		return
	}
	r.Host = y.host
	y.Doors.ServeHTTP(w, r)
}

// hosts are the addresses that the client sees.
func (y *way) hosts() hosts.Hosts {
	names := y.cloud.names
	return hosts.Hosts{
		Manager: "https://" + names[manager][0], Data: "https://" + y.Location + names[data][0], Pages: y.Pages,
		BlobSuffix: strings.TrimPrefix(names[storage][0], "."), Login: "https://" + names[login][0],
	}
}

// admit puts the home's token in the place of the client's, if that is one of
// the directory's and for this service. Keys and signatures of storage are the
// door's own to judge.
func (y *way) admit(r *http.Request) *denial {
	given := r.Header.Values("Authorization")
	if len(given) == 0 {
		if y.kind == storage || y.open(r) {
			return nil
		}
		return &denial{code: "AuthenticationFailed", message: "Authentication failed. The 'Authorization' header is missing."}
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if y.kind == storage && len(given) == 1 && !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return &denial{code: "AuthenticationFailed", message: "Authentication failed. The 'Authorization' header is in an invalid format."}
	}
	if _, err := y.Directory.Verify(strings.TrimSpace(token), y.cloud.audiences(y.kind, y.host)...); err != nil {
		return &denial{code: "InvalidAuthenticationToken", message: "The access token is invalid: " + err.Error()}
	}
	r.Header.Set("Authorization", "Bearer "+y.Token)
	return nil
}

// open reports whether a document is for everybody: it says where things are.
func (y *way) open(r *http.Request) bool {
	return y.kind == data && strings.EqualFold(r.URL.Path, "/discovery") && slices.Contains([]string{http.MethodGet, http.MethodHead}, r.Method)
}

// vaults are those that were asked for. They hold nothing.
type vaults struct {
	directory *entra.Directory

	mu sync.Mutex
	// made are those, by their hosts. Guarded by mu.
	made map[string]http.Handler
}

// maxVaults bounds those that are remembered.
const maxVaults = 256

func newVaults(d *entra.Directory) *vaults {
	return &vaults{directory: d, made: map[string]http.Handler{}}
}

func (v *vaults) of(host string) http.Handler {
	v.mu.Lock()
	defer v.mu.Unlock()
	if h, ok := v.made[host]; ok {
		return h
	}
	if len(v.made) >= maxVaults {
		clear(v.made)
	}
	read, other := entra.NewVault(v.directory, "https://"+host, nil, nil).Handler(), unsupported(host)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead {
			read.ServeHTTP(w, r)
			return
		}
		other.ServeHTTP(w, r)
	})
	v.made[host] = h
	return h
}
