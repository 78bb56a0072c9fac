package local

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/ischia-ml/ischia/internal/home"
)

// ErrNeedsTLS says that a server which others can reach has to encrypt: the
// token travels with every request.
var ErrNeedsTLS = errors.New("an address that other machines can reach needs TLS")

// The ports that homes get: a home's own follows from where it lies.
const (
	firstPort = 20000
	portCount = 20000
	// portTries is how many are tried when others are in the way.
	portTries = 50
)

// listen opens the address that the server is to have.
func (l *Local) listen(o ServeOptions) (net.Listener, error) {
	host := o.host()
	if !loopback(host) && !o.TLS {
		return nil, fmt.Errorf("listen at %s: %w", host, ErrNeedsTLS)
	}
	if o.Port != 0 {
		return listenAt(host, o.Port)
	}
	port, err := l.home.Port(func() (int, error) { return freePort(host, l.Dir()) })
	if err != nil {
		return nil, fmt.Errorf("choose a port: %w", err)
	}
	listener, err := listenAt(host, port)
	if err == nil {
		return listener, nil
	}
	// Somebody else has it, perhaps a driver that serves this very home.
	o.Log.Warn("the home's port is taken", "port", port, "error", err)
	return listenAt(host, 0)
}

func listenAt(host string, port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return nil, fmt.Errorf("listen at port %d: %w", port, err)
	}
	return listener, nil
}

// freePort is the port of a home that has none yet.
func freePort(host, dir string) (int, error) {
	sum := sha256.Sum256([]byte(dir))
	at := int(binary.BigEndian.Uint32(sum[:4]) % portCount)
	var err error
	for i := range portTries {
		port := firstPort + (at+i)%portCount
		var l net.Listener
		if l, err = listenAt(host, port); err == nil {
			return port, l.Close()
		}
	}
	return 0, err
}

// loopback reports whether nobody but this machine reaches a host.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// names are those that clients may use for this machine.
func (o ServeOptions) names() []string {
	if loopback(o.host()) {
		return nil
	}
	var names []string
	if name, err := os.Hostname(); err == nil {
		names = append(names, name)
	}
	if !unspecified(o.host()) {
		return append(names, o.host())
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return names // those of the loopback are enough for who asks from here
	}
	for _, a := range addresses {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			names = append(names, prefix.Addr().String())
		}
	}
	return names
}

// url is the address of a listener, as clients write it.
func (o ServeOptions) url(at net.Addr) string {
	scheme := "http"
	if o.TLS {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return scheme + "://" + at.String()
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1" // which is one of all addresses
	}
	if !loopback(o.host()) && !unspecified(o.host()) {
		host = o.host()
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

func unspecified(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsUnspecified()
}

// encryption is how connections are encrypted: with the certificate that was
// given, else with one that the home makes for itself.
func (l *Local) encryption(o ServeOptions) (*tls.Config, error) {
	if !o.TLS {
		return nil, nil
	}
	cert, key := o.Certificate, o.Key
	if cert == "" {
		var err error
		if cert, key, err = l.ownCertificate(append([]string{"localhost", "127.0.0.1", "::1"}, o.names()...)); err != nil {
			return nil, err
		}
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate %s: %w", cert, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}, nil
}

// A certificate of a home's own holds for a year and is made anew in its last
// month.
const (
	certificateFor   = 365 * 24 * time.Hour
	certificateSpare = 30 * 24 * time.Hour
)

// ownCertificate is the home's certificate for names, made when there is none.
// It is the same as long as it may be, so that clients can be told to trust it.
func (l *Local) ownCertificate(names []string) (cert, key string, err error) {
	dir := filepath.Join(l.Dir(), "tls")
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if l.stillGood(cert, key, names) {
		return cert, key, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", fmt.Errorf("make the folder of the certificate: %w", err)
	}
	if err := l.makeCertificate(cert, key, names); err != nil {
		return "", "", fmt.Errorf("make a certificate: %w", err)
	}
	return cert, key, nil
}

func (l *Local) stillGood(cert, key string, names []string) bool {
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil || pair.Leaf == nil || l.now().Add(certificateSpare).After(pair.Leaf.NotAfter) {
		return false
	}
	return !slices.ContainsFunc(names, func(name string) bool { return pair.Leaf.VerifyHostname(name) != nil })
}

func (l *Local) makeCertificate(cert, key string, names []string) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "ischia"},
		NotBefore: l.now().Add(-time.Hour), NotAfter: l.now().Add(certificateFor),
		// No authority: who trusts it trusts this server, and nobody else by it.
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	if err := home.Replace(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})); err != nil {
		return err
	}
	return home.Replace(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}))
}
