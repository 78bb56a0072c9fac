package proxy

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/entra"
)

// The key is in no file and in nothing that the child is told, whatever the form.
func TestTheKeyStaysInMemory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	directory, err := entra.New(entra.Config{Open: true})
	if err != nil {
		t.Fatal(err)
	}
	p, err := Start(t.Context(), Config{
		Doors: http.NotFoundHandler(), Token: "the-token-of-the-home", Directory: directory, Tenant: directory.Tenant(), Environ: []string{"TMPDIR=" + dir},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	told := []byte(strings.Join(p.Child(), "\n"))
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		told = append(told, text...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(told, []byte("BEGIN CERTIFICATE")) {
		t.Error("the certificate is not among what was looked at")
	}
	for _, key := range []*ecdsa.PrivateKey{p.authority.key, p.authority.leafKey} {
		for name, form := range forms(t, key) {
			if bytes.Contains(told, form) {
				t.Errorf("a key is there, as %s", name)
			}
		}
	}
	if bytes.Contains(told, []byte("the-token-of-the-home")) {
		t.Error("the home's token is there")
	}
}

func forms(t *testing.T, key *ecdsa.PrivateKey) map[string][]byte {
	t.Helper()
	secret, err := key.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) []byte { return []byte(s) }
	return map[string][]byte{
		"bytes": secret, "hexadecimal": text(hex.EncodeToString(secret)), "base64": text(base64.StdEncoding.EncodeToString(secret)[:40]),
		"a PKCS #8 file": der, "PEM": text(base64.StdEncoding.EncodeToString(der)[:60]), "base64 for URLs": text(base64.RawURLEncoding.EncodeToString(secret)),
	}
}
