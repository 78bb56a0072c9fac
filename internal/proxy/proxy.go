package proxy

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/entra"
)

// Config is what a Proxy is made of.
type Config struct {
	// Doors are those of the home. They get requests with the home's token for
	// the one that the client showed, and with hosts in their contexts. Required,
	// with the Token.
	Doors http.Handler
	Token string
	// Pages is the address of the studio, which browsers reach without a proxy.
	Pages string
	// Location is the region that the workspaces are in.
	Location string
	// Directory signs clients in and tells their tokens apart. Required.
	Directory *entra.Directory
	// Tenant is its id.
	Tenant string
	// Scope is the workspace that clients find named in their environment; all of
	// it is set when it was Chosen, else what the caller has not set.
	Scope  Scope
	Chosen bool
	// Environ is the caller's environment: which authorities it trusts, and by
	// which proxy other hosts are reached.
	Environ []string
	// Offline: other hosts are refused.
	Offline bool
	// Pass are hosts of Azure's that are passed through as others are; one that
	// begins with a dot stands for all below it.
	Pass []string
	// Requests gets a line for each request; nil for none.
	Requests io.Writer
	// Record is put between requests to Azure's hosts and those who answer
	// them, and takes note of both; base is the scheme and the host that was
	// asked. Nil for nobody.
	Record func(next http.Handler, base string) http.Handler
	// Log is told of faults; nil for nobody.
	Log *slog.Logger
	// Now is the time; time.Now when nil.
	Now func() time.Time
	// Dial connects to other hosts; a net.Dialer when nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Proxy answers one child process and what that starts. Close it.
type Proxy struct {
	Config
	services  services
	authority *authority
	up        *upstream
	requests  *requestLog
	vaults    *vaults
	identity  http.Handler
	// password is what clients of the proxy show, header what those of the
	// managed identity do.
	password, header string
	address          netip.AddrPort
	// folder holds the certificates that the child trusts.
	folder string

	outer, inner *http.Server
	decrypted    *queue
	tunnels      tunnels
	serving      sync.WaitGroup
	close        sync.Once
}

// Start begins to answer, on a port of the loopback that is free.
func Start(ctx context.Context, c Config) (_ *Proxy, err error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &Proxy{Config: c, password: rand.Text(), header: rand.Text(), requests: &requestLog{to: c.Requests, now: c.Now}}
	if p.services, err = newServices(c.Pass); err != nil {
		return nil, err
	}
	if p.up, err = newUpstream(c); err != nil {
		return nil, err
	}
	if p.authority, err = newAuthority(p.services.domains(), c.Now()); err != nil {
		return nil, err
	}
	p.vaults = newVaults(c.Directory)
	p.identity = c.Directory.ManagedIdentity(p.header)
	if p.folder, err = p.writeTrust(); err != nil {
		return nil, err
	}
	if err = p.writeCLI(c.Scope); err == nil {
		err = p.listen(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.folder))
	}
	return p, nil
}

// What a client may take to say what it wants, and how much.
const (
	headerTimeout = 20 * time.Second
	idleTimeout   = 5 * time.Minute
	maxHeader     = 64 << 10
)

// listen opens the port, and the servers of what is encrypted and what is not.
func (p *Proxy) listen(ctx context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open a port for the proxy: %w", err)
	}
	at, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return errors.Join(fmt.Errorf("read the proxy's own address: %w", err), listener.Close())
	}
	p.address, p.decrypted = at, newQueue(listener.Addr())
	calm := context.WithoutCancel(ctx)
	p.outer = p.server(calm, http.HandlerFunc(p.serveOuter))
	p.inner = p.server(calm, http.HandlerFunc(p.serveInner))
	p.inner.TLSConfig = p.authority.config("") // that it speaks HTTP/2; each connection has its own
	p.inner.ConnContext = withTarget
	p.serving.Go(func() { p.serve(p.outer, listener) })
	p.serving.Go(func() { p.serve(p.inner, p.decrypted) })
	return nil
}

func (p *Proxy) server(ctx context.Context, h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return ctx },
		ErrorLog:    slog.NewLogLogger(p.Log.Handler(), slog.LevelDebug),
		// Whoever asks for "*" gets an answer of ours too.
		DisableGeneralOptionsHandler: true,
	}
}

func (p *Proxy) serve(s *http.Server, l net.Listener) {
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		p.Log.Error("the proxy has ended", "error", err)
	}
}

// Close ends the proxy: what is on its way is cut, the certificates are removed.
// A second call does nothing.
func (p *Proxy) Close() error {
	var err error
	p.close.Do(func() {
		err = errors.Join(p.outer.Close(), p.inner.Close())
		p.tunnels.cut()
		p.serving.Wait()
		err = errors.Join(err, os.RemoveAll(p.folder))
	})
	if err != nil {
		return fmt.Errorf("end the proxy: %w", err)
	}
	return nil
}
