package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// upstream reaches other hosts: by the caller's own proxy, if there is one, else
// straight on.
type upstream struct {
	proxyOf func(*url.URL) (*url.URL, error)
	dial    func(ctx context.Context, network, address string) (net.Conn, error)
}

// dialTimeout is how long another host may take to say that it is there.
const dialTimeout = 30 * time.Second

func newUpstream(c Config) (*upstream, error) {
	get := func(names ...string) string {
		for _, name := range names {
			if v := lookUp(c.Environ, name); v != "" {
				return v
			}
		}
		return ""
	}
	o := httpproxy.Config{
		HTTPProxy: get("HTTP_PROXY", "http_proxy"), HTTPSProxy: get("HTTPS_PROXY", "https_proxy"), NoProxy: get("NO_PROXY", "no_proxy"),
	}
	for _, address := range []string{o.HTTPProxy, o.HTTPSProxy} {
		if scheme, _, ok := strings.Cut(address, "://"); ok && scheme != "http" && scheme != "https" {
			return nil, fmt.Errorf("the environment names a proxy of the kind %s, which is not supported: http and https are", scheme)
		}
	}
	u := &upstream{proxyOf: o.ProxyFunc(), dial: c.Dial}
	if u.dial == nil {
		u.dial = (&net.Dialer{Timeout: dialTimeout, Control: notAnInstance}).DialContext
	}
	return u, nil
}

// lookUp is the value of a variable; the last one counts.
func lookUp(environ []string, name string) string {
	value := ""
	for _, kv := range environ {
		if n, v, _ := strings.Cut(kv, "="); n == name {
			value = v
		}
	}
	return value
}

// errInstance says that a name leads to where a machine of Azure's gets tokens.
var errInstance = errors.New("the identity of a virtual machine is not passed on")

// notAnInstance keeps names that resolve to the metadata service from leading
// there.
func notAnInstance(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err == nil && slices.Contains(instances(), at.Addr().Unmap()) {
		return errInstance
	}
	return nil
}

// connect opens a connection to another host.
func (u *upstream) connect(ctx context.Context, t target) (net.Conn, error) {
	via, err := u.proxyOf(&url.URL{Scheme: "https", Host: t.String()})
	if err != nil {
		return nil, fmt.Errorf("find the proxy for %s: %w", t.host, err)
	}
	if via == nil || t.loopback() {
		return u.dial(ctx, "tcp", t.String())
	}
	conn, err := u.reach(ctx, via)
	if err != nil {
		return nil, fmt.Errorf("reach the proxy %s: %w", via.Host, err)
	}
	through, err := ask(conn, via, t)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask the proxy %s for %s: %w", via.Host, t.host, err), conn.Close())
	}
	return through, nil
}

// reach opens a connection to the caller's proxy.
func (u *upstream) reach(ctx context.Context, via *url.URL) (net.Conn, error) {
	port := via.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[via.Scheme]
	}
	if port == "" {
		port = "80"
	}
	conn, err := u.dial(ctx, "tcp", net.JoinHostPort(via.Hostname(), port))
	if err != nil || via.Scheme != "https" {
		return conn, err
	}
	secure := tls.Client(conn, &tls.Config{ServerName: via.Hostname(), MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return secure, nil
}

// ask has the caller's proxy open a connection.
func ask(conn net.Conn, via *url.URL, t target) (net.Conn, error) {
	if err := conn.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		return nil, err
	}
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Host: t.String()}, Host: t.String(), Header: http.Header{}}
	if via.User != nil {
		secret, _ := via.User.Password()
		r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(via.User.Username()+":"+secret)))
	}
	if err := r.Write(conn); err != nil {
		return nil, err
	}
	read := bufio.NewReader(conn)
	answer, err := http.ReadResponse(read, r) //nolint:bodyclose // what comes after the head is the tunnel's
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers %s", answer.Status)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	return &eager{conn, read}, nil
}
