package remote

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// CheckForeign says whether an address of data may be taken from whoever asks
// over the network: no path of this machine, nothing that answers only to it,
// and nothing that only this machine can reach on its own behalf, which is what
// the metadata services of clouds count on. References (azureml:NAME:VERSION, ids) and texts that still have to
// be bound pass, but for what is wrong with them whatever they are bound to.
//
// It looks at the text alone. A name that leads to such an address is found out
// by [OpenForeign].
func CheckForeign(uri string) error { return check(uri, true) }

// IsLoopback reports whether all that is wrong with an address is that it leads
// to this machine itself.
func IsLoopback(uri string) bool { return check(uri, false) == nil && check(uri, true) != nil }

// check is CheckForeign; with foreign false addresses of this machine pass.
func check(uri string, foreign bool) error {
	if strings.TrimSpace(uri) != uri || strings.ContainsFunc(uri, isControl) {
		return fmt.Errorf("the address %.200q has spaces or control characters", uri)
	}
	scheme, rest, ok := strings.Cut(uri, ":")
	switch {
	case uri == "", strings.HasPrefix(uri, "${{"), strings.HasPrefix(strings.ToLower(uri), "/subscriptions/"):
		return nil
	case !ok || strings.ContainsAny(scheme, `/\`):
		return fmt.Errorf("%.200s is a path of this machine: upload the data, and give the address of it", uri)
	}
	switch scheme = strings.ToLower(scheme); {
	case scheme == "file" || len(scheme) == 1:
		return fmt.Errorf("%.200s is a path of this machine: upload the data, and give the address of it", uri)
	case !slices.Contains(schemes(), scheme):
		return fmt.Errorf("%.200s: nothing is read from %.40s addresses", uri, scheme)
	case strings.HasPrefix(rest, "//") && scheme != "azureml":
		return checkHost(uri, rest[2:], foreign)
	case scheme == "http" || scheme == "https":
		return fmt.Errorf("%.200s is no address: it names no host", uri)
	}
	return nil
}

// schemes are those of addresses that may come over the network.
func schemes() []string {
	return []string{"azureml", "https", "http", "wasbs", "wasb", "abfss", "abfs", "adl", "hdfs", "dbfs", "runs", "git"}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// checkHost looks at the host of an address; rest is what follows the slashes.
func checkHost(uri, rest string, foreign bool) error {
	authority := rest
	if i := strings.IndexAny(rest, `/?#\`); i >= 0 {
		authority = rest[:i]
	}
	if strings.Contains(authority, "${{") {
		return fmt.Errorf("%.200s: the host of an address has to be written out", uri)
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if text, err := url.PathUnescape(host); err == nil {
		host = text
	}
	if strings.HasPrefix(host, "[") {
		host, _, _ = strings.Cut(host[1:], "]")
	} else if i := strings.LastIndexByte(host, ':'); i >= 0 {
		host = host[:i]
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "" {
		return fmt.Errorf("%.200s is no address: it names no host", uri)
	}
	if isMetadata(host) {
		return fmt.Errorf("%.200s: addresses of this machine's own network are not read for others", uri)
	}
	if foreign && isLoopback(host) {
		return fmt.Errorf("%.200s: addresses of this machine itself are not read for others: upload the data", uri)
	}
	return nil
}

// isLoopback reports whether a host is this machine itself.
func isLoopback(host string) bool {
	host = plainDots(host)
	switch host {
	case "localhost", "localhost.localdomain", "localhost4", "localhost6", "ip6-localhost", "ip6-loopback",
		"host.docker.internal", "host.containers.internal", "kubernetes.docker.internal":
		return true
	}
	ip, ok := parseIP(host)
	return strings.HasSuffix(host, ".localhost") || ok && isLoopbackIP(ip)
}

func isLoopbackIP(ip netip.Addr) bool { return inner(ip.WithZone("")).IsLoopback() }

// isMetadata: the host is a metadata service, or reached over one link only.
// Dots of other scripts count as dots, as they do for those who look names up.
func isMetadata(host string) bool {
	host = plainDots(host)
	switch host {
	case "metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "metadata.azure.com",
		"instance-data", "instance-data.ec2.internal", "metadata.packet.net", "metadata.platformequinix.com":
		return true
	}
	ip, ok := parseIP(host)
	return ok && isMetadataIP(ip)
}

// plainDots writes a host's name with the dots of ASCII, which others stand for.
func plainDots(host string) string {
	return strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(host)
}

// parseIP reads an address in any form that resolvers take.
func parseIP(host string) (netip.Addr, bool) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip, true
	}
	return oldForm(host)
}

func isMetadataIP(ip netip.Addr) bool {
	ip = inner(ip.WithZone(""))
	for _, known := range []string{"168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"} {
		if ip == netip.MustParseAddr(known) {
			return true
		}
	}
	return ip.IsLinkLocalUnicast() || ip.IsLinkLocalMulticast() || ip.IsUnspecified()
}

// inner is the IPv4 address within an IPv6 address: mapped, compatible, behind
// NAT64 or 6to4. Other addresses stay.
func inner(ip netip.Addr) netip.Addr {
	ip = ip.Unmap()
	if !ip.Is6() {
		return ip
	}
	b := ip.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(ip), netip.MustParsePrefix("::/96").Contains(ip) && b[12] != 0:
		return netip.AddrFrom4([4]byte(b[12:16]))
	case netip.MustParsePrefix("2002::/16").Contains(ip):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return ip
}

// oldForm reads IPv4 addresses as inet_aton does: with fewer parts, in octal
// and hexadecimal.
func oldForm(host string) (netip.Addr, bool) {
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var value uint64
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 0, 32)
		if err != nil || strings.Contains(part, "_") || strings.HasPrefix(part, "0b") || strings.HasPrefix(part, "0o") {
			return netip.Addr{}, false
		}
		if i == len(parts)-1 {
			if n >= 1<<(8*(5-len(parts))) {
				return netip.Addr{}, false
			}
			value |= n
			break
		}
		if n > 255 {
			return netip.Addr{}, false
		}
		value |= n << (8 * (3 - i))
	}
	return netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)}), true
}

// keepOut makes a client refuse to be led where check lets nobody go.
func keepOut(client *http.Client, transport *http.Transport, foreign bool) {
	proxies := &proxies{find: transport.Proxy, known: map[string]bool{}}
	transport.Proxy = proxies.of
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dialer := &net.Dialer{Timeout: connectTimeout, Control: guard(foreign && !proxies.has(address))}
		return dialer.DialContext(ctx, network, address)
	}
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		const most = 10 // as net/http has it
		if len(via) >= most {
			return fmt.Errorf("it was redirected %d times", most)
		}
		return check(r.URL.String(), foreign)
	}
}

// guard looks at the address that a name has led to.
func guard(foreign bool) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("connect to %s: %w", address, err)
		}
		if isMetadataIP(at.Addr()) || foreign && isLoopbackIP(at.Addr()) {
			return fmt.Errorf("its name leads to %s, an address of this machine's own network", at.Addr())
		}
		return nil
	}
}

// proxies are those that the user has set. They may be on this machine.
type proxies struct {
	find func(*http.Request) (*url.URL, error)

	mu    sync.Mutex // guards known
	known map[string]bool
}

func (p *proxies) of(r *http.Request) (*url.URL, error) {
	u, err := p.find(r)
	if u != nil && err == nil {
		port := u.Port()
		if port == "" {
			port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
		}
		p.mu.Lock()
		p.known[net.JoinHostPort(u.Hostname(), cmp.Or(port, "80"))] = true
		p.mu.Unlock()
	}
	return u, err
}

func (p *proxies) has(address string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.known[address]
}
