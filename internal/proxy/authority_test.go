package proxy

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"testing"
	"time"
)

// What the authority signs beyond its names is worth nothing.
func TestAuthorityIsBound(t *testing.T) {
	t.Parallel()
	now := time.Now()
	a, err := newAuthority(services{clouds: clouds()}.domains(), now)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	for host, good := range map[string]bool{
		"management.azure.com": true, "westeurope.api.azureml.ms": true, "account.blob.core.windows.net": true,
		"name.vault.azure.net": true, "login.microsoftonline.com": true, "graph.microsoft.com": true,
		"management.usgovcloudapi.net": true, "management.chinacloudapi.cn": true,
		"github.com": false, "pypi.org": false, "azure.com": false, "evilmanagement.azure.com": false, "www.microsoft.com": false,
		"outlook.office.com": false, "core.windows.net": false, "blob.core.windows.net.evil.com": false, "localhost": false,
	} {
		leaf, err := a.leaf(host)
		if err != nil {
			t.Fatal(err)
		}
		_, err = leaf.Leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: now})
		if (err == nil) != good {
			t.Errorf("%s: got %v, want it good: %t", host, err, good)
		}
	}
	leaf, err := a.leaf("management.azure.com")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{now.Add(-time.Hour), now.Add(24 * time.Hour)} {
		if _, err := leaf.Leaf.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at}); err == nil {
			t.Errorf("at %s, a day or more away: it is good, and should not be", at)
		}
	}
}

// Addresses, authorities below it and other uses are no names at all.
func TestAuthorityVouchesForNothingElse(t *testing.T) {
	t.Parallel()
	a, err := newAuthority([]string{"management.azure.com"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(a.certificate)
	forge := func(change func(*x509.Certificate)) *x509.Certificate {
		number, err := serial()
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{
			SerialNumber: number, Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
		}
		change(template)
		return sign(t, template, a.certificate, a.key, a.leafKey)
	}
	for name, bad := range map[string]*x509.Certificate{
		"an address":    forge(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.ParseIP("127.0.0.1")} }),
		"a v6 address":  forge(func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.ParseIP("2001:db8::1")} }),
		"another name":  forge(func(c *x509.Certificate) { c.DNSNames = []string{"management.azure.com", "github.com"} }),
		"a client's":    forge(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }),
		"of programs":   forge(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }),
		"a name's tail": forge(func(c *x509.Certificate) { c.DNSNames = []string{"xmanagement.azure.com"} }),
	} {
		if _, err := bad.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err == nil && name != "a client's" && name != "of programs" {
			t.Errorf("%s: it is good, and should not be", name)
		}
		if _, err := bad.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: bad.ExtKeyUsage}); err == nil {
			t.Errorf("%s, by its use: it is good, and should not be", name)
		}
	}
	below := forge(func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.Subject = true, x509.KeyUsageCertSign, pkix.Name{CommonName: "below"}
	})
	template := *below
	template.IsCA, template.KeyUsage, template.DNSNames = false, x509.KeyUsageDigitalSignature, []string{"management.azure.com"}
	template.Subject, template.BasicConstraintsValid = pkix.Name{CommonName: "leaf"}, true
	leaf := sign(t, &template, below, a.leafKey, a.leafKey)
	between := x509.NewCertPool()
	between.AddCert(below)
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between}); err == nil {
		t.Error("an authority below it vouches for names, and should not")
	}
}

func sign(t *testing.T, template, parent *x509.Certificate, key, of *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	text, err := x509.CreateCertificate(rand.Reader, template, parent, &of.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLeavesAreBounded(t *testing.T) {
	t.Parallel()
	a, err := newAuthority([]string{"blob.core.windows.net"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxLeaves + 10 {
		if _, err := a.leaf(string(rune('a'+i%26)) + time.Duration(i).String() + ".blob.core.windows.net"); err != nil {
			t.Fatal(err)
		}
	}
	if len(a.leaves) > maxLeaves {
		t.Errorf("got %d certificates in memory, want %d at most", len(a.leaves), maxLeaves)
	}
}
