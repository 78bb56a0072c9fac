package remote

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// CheckForeign says whether an address of data may be taken from whoever asks
// over the network: no path of this machine, and nothing that only this machine
// can reach on its own behalf, which is what the metadata services of clouds
// count on. References (azureml:NAME:VERSION, ids) and texts that still have to
// be bound pass, but for what is wrong with them whatever they are bound to.
//
// It looks at the text alone. A name that leads to such an address is found out
// by [Open].
func CheckForeign(uri string) error {
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
		return checkHost(uri, rest[2:])
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
func checkHost(uri, rest string) error {
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
	return nil
}

// isMetadata: the host is a metadata service, or reached over one link only.
// Dots of other scripts count as dots, as they do for those who look names up.
func isMetadata(host string) bool {
	host = strings.NewReplacer("。", ".", "．", ".", "｡", ".").Replace(host)
	switch host {
	case "metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "metadata.azure.com",
		"instance-data", "instance-data.ec2.internal", "metadata.packet.net", "metadata.platformequinix.com":
		return true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		var ok bool
		if ip, ok = oldForm(host); !ok {
			return false
		}
	}
	return isMetadataIP(ip)
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

// keepOut makes a client refuse to be led where CheckForeign lets nobody go.
func keepOut(client *http.Client, transport *http.Transport) {
	dialer := &net.Dialer{Timeout: connectTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("connect to %s: %w", address, err)
		}
		if isMetadataIP(at.Addr()) {
			return fmt.Errorf("its name leads to %s, an address of this machine's own network", at.Addr())
		}
		return nil
	}}
	transport.DialContext = dialer.DialContext
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		const most = 10 // as net/http has it
		if len(via) >= most {
			return fmt.Errorf("it was redirected %d times", most)
		}
		return CheckForeign(r.URL.String())
	}
}
