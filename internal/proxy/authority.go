package proxy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"sync"
	"time"
)

// An authority holds for a day, and a little into the past, as clocks differ.
const (
	authorityFor   = 24 * time.Hour
	authoritySpare = 5 * time.Minute
)

// maxLeaves bounds the certificates that are remembered.
const maxLeaves = 512

// authority vouches for Azure's names, for whoever trusts it. Its key is in this
// process' memory alone, and gone with it.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	// leafKey is that of all leaves: who could read one could read all.
	leafKey *ecdsa.PrivateKey

	mu sync.Mutex
	// leaves are those that were made, by their names. Guarded by mu.
	leaves map[string]*tls.Certificate
}

// newAuthority makes one that can vouch for these domains and what is below
// them, and for nothing else: whoever has its key can pretend to be no other
// host.
func newAuthority(domains []string, now time.Time) (*authority, error) {
	a := &authority{leaves: map[string]*tls.Certificate{}}
	var err error
	if a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make the authority's key: %w", err)
	}
	if a.leafKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, fmt.Errorf("make the key of the hosts: %w", err)
	}
	number, err := serial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: number, Subject: pkix.Name{CommonName: "ischia exec, for one run"},
		NotBefore: now.Add(-authoritySpare), NotAfter: now.Add(authorityFor - authoritySpare),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: domains,
		ExcludedIPRanges: []*net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)},
			{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		},
	}
	text, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("make the authority's certificate: %w", err)
	}
	if a.certificate, err = x509.ParseCertificate(text); err != nil {
		return nil, fmt.Errorf("read the authority's certificate: %w", err)
	}
	return a, nil
}

func serial() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("choose a serial number: %w", err)
	}
	return n.Add(n, big.NewInt(1)), nil
}

// pem is the certificate as clients read it.
func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// leaf is the certificate of one host.
func (a *authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if made, ok := a.leaves[host]; ok {
		return made, nil
	}
	made, err := a.issue(host)
	if err != nil {
		return nil, fmt.Errorf("make a certificate for %s: %w", host, err)
	}
	if len(a.leaves) >= maxLeaves {
		clear(a.leaves)
	}
	a.leaves[host] = made
	return made, nil
}

func (a *authority) issue(host string) (*tls.Certificate, error) {
	number, err := serial()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: number,
		NotBefore:    a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, DNSNames: []string{host},
	}
	if len(host) <= 64 { // which is what a common name may have
		template.Subject = pkix.Name{CommonName: host}
	}
	text, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &a.leafKey.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	read, err := x509.ParseCertificate(text)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{text, a.certificate.Raw}, PrivateKey: a.leafKey, Leaf: read}, nil
}

// config is how a connection for host is encrypted.
func (a *authority) config(host string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if hello.ServerName != "" && !sameHost(hello.ServerName, host) {
				return nil, fmt.Errorf("the client asks for %q on a connection to %s", hello.ServerName, host)
			}
			return a.leaf(host)
		},
	}
}
