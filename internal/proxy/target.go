package proxy

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// target is where a request is meant to go.
type target struct {
	// host is in lower case and without a dot at its end: a name, or an address
	// without brackets.
	host string
	port int
}

func (t target) String() string { return net.JoinHostPort(t.host, strconv.Itoa(t.port)) }

// maxName is how long the name of a host is at most.
const maxName = 253

// parseTarget reads HOST or HOST:PORT. What is not plainly a name or an address
// is refused: somebody else might read it another way than we do, and what we
// take for a stranger may be Azure for them.
func parseTarget(text string, defaultPort int) (target, error) {
	host, port := text, ""
	if strings.HasPrefix(text, "[") || strings.Count(text, ":") == 1 {
		if h, p, err := net.SplitHostPort(text); err == nil {
			host, port = h, p
			if port == "" {
				return target{}, fmt.Errorf("the port is missing")
			}
		}
	}
	t := target{port: defaultPort}
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || port[0] == '0' || port[0] == '+' {
			return target{}, fmt.Errorf("the port is none")
		}
		t.port = int(n)
	}
	if t.port == 0 {
		return target{}, fmt.Errorf("the port is missing")
	}
	var err error
	t.host, err = parseHost(host)
	return t, err
}

func parseHost(text string) (string, error) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		text = strings.TrimSuffix(inner, "]")
	}
	if ip, err := netip.ParseAddr(text); err == nil {
		if ip.Zone() != "" {
			return "", fmt.Errorf("the address has a zone")
		}
		return ip.Unmap().String(), nil
	}
	host := strings.TrimSuffix(strings.ToLower(text), ".")
	if host == "" || len(host) > maxName {
		return "", fmt.Errorf("the name of the host is empty or too long")
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return "", fmt.Errorf("the name of the host is none")
		}
		if i := strings.IndexFunc(label, foreign); i >= 0 {
			return "", fmt.Errorf("the name of the host has the character %q: write it as it is on the wire (xn--...)", []rune(label[i:])[0])
		}
	}
	if last := host[strings.LastIndexByte(host, '.')+1:]; strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		// Some resolvers read 127.1, 0x7f.1 and 2130706433 as addresses.
		return "", fmt.Errorf("the name of the host is half an address")
	}
	return host, nil
}

// foreign reports whether a rune is none of the names of hosts.
func foreign(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// sameHost reports whether text, as a client wrote it, is host.
func sameHost(text, host string) bool {
	parsed, err := parseHost(text)
	return err == nil && parsed == host
}

// loopback reports whether a target is on this machine.
func (t target) loopback() bool {
	if t.host == "localhost" || strings.HasSuffix(t.host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(t.host)
	return err == nil && (ip.IsLoopback() || ip.IsUnspecified())
}
