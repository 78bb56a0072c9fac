package proxy

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/pem"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// FuzzTarget reads the target of a CONNECT. What is accepted is written back as
// it will be read by everybody: in small letters, a name without anything but
// letters, digits and dots, or a whole address.
func FuzzTarget(f *testing.F) {
	for _, text := range []string{
		"management.azure.com:443", "Management.Azure.com.:443", "[::1]:80", "[::ffff:169.254.169.254]:80", "127.1:80", "0x7f.1:80", "a:b:c", "::1",
		"[fe80::1%25eth0]:1", "x..y:1", "xn--a.example:65535", "a_b.example:0", "[a]:1", "1.2.3.4", "169.254.169.254.:80",
	} {
		f.Add(text, 443)
	}
	f.Fuzz(func(t *testing.T, text string, port int) {
		if port < 0 || port > 65535 {
			port = 0
		}
		got, err := parseTarget(text, port)
		if err != nil {
			return
		}
		if got.port < 1 || got.port > 65535 || got.host == "" || got.host != strings.ToLower(got.host) || strings.HasSuffix(got.host, ".") {
			t.Errorf("%q: got %+v", text, got)
		}
		again, err := parseTarget(got.String(), 0)
		if err != nil || again != got {
			t.Errorf("%q: got %+v, and from that %+v, %v", text, got, again, err)
		}
		ip, err := netip.ParseAddr(got.host)
		if err != nil && strings.Trim(got.host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" {
			t.Errorf("%q: got %+v", text, got)
		}
		if err == nil && slices.Contains(instances(), ip.Unmap()) && (services{clouds: clouds()}).of(got.host).kind != instance {
			t.Errorf("%q leads to the identity of a machine", text)
		}
		if !sameHost(got.host, got.host) {
			t.Errorf("%q: %+v is not itself", text, got)
		}
	})
}

// FuzzCredentials shows the proxy anything: it lets in who has the secret.
func FuzzCredentials(f *testing.F) {
	p := &Proxy{password: "the-secret-of-the-run"}
	good := base64.StdEncoding.EncodeToString([]byte(user + ":" + p.password))
	for _, text := range []string{"Basic " + good, "basic   " + good, "Basic " + good + "=", "Basic \x00" + good, good, "Basic", "Bearer " + good, "Basic " + good + "\n"} {
		f.Add(text, "")
		f.Add(text, text)
	}
	want := sha256.Sum256([]byte(user + ":" + p.password))
	f.Fuzz(func(t *testing.T, one, two string) {
		if p.knows([]string{one, two}) || p.knows(nil) {
			t.Error("two headers, or none, were let in")
		}
		if !p.knows([]string{one}) {
			return
		}
		scheme, rest, _ := strings.Cut(one, " ")
		plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(rest))
		if err != nil || !strings.EqualFold(scheme, "Basic") || sha256.Sum256(plain) != want {
			t.Errorf("%q was let in", one)
		}
	})
}

// FuzzCertificates reads a file that somebody trusts. What is passed on to the
// child are certificates: a key that lies beside them is not.
func FuzzCertificates(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nMAo=\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("-----BEGIN TRUSTED CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n\nMAo=\n-----END TRUSTED CERTIFICATE-----"))
	f.Add([]byte("# -----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := only(data)
		if !bytes.Equal(only(got), got) {
			t.Errorf("got %q, and from that %q", got, only(got))
		}
		for rest := got; len(rest) > 0; {
			var block *pem.Block
			if block, rest = pem.Decode(rest); block == nil {
				t.Fatalf("got %q, of which %q is no certificate", got, rest)
			}
			if len(block.Headers) > 0 || block.Type != "CERTIFICATE" && block.Type != "TRUSTED CERTIFICATE" {
				t.Errorf("got a %s with %v", block.Type, block.Headers)
			}
		}
		if strings.Contains(string(got), "PRIVATE") {
			t.Errorf("got %q", got)
		}
	})
}
