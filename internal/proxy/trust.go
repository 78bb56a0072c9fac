package proxy

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// The files that the child trusts, which hold certificates and no key.
const (
	bundleFile = "bundle.pem" // what the caller trusts, and the authority
	extraFile  = "extra.pem"  // the authority, and what the caller adds in Node
)

// writeTrust writes them into a folder that nobody else can open.
func (p *Proxy) writeTrust() (string, error) {
	dir, err := os.MkdirTemp(lookUp(p.Environ, "TMPDIR"), "ischia-exec-")
	if err != nil {
		return "", fmt.Errorf("make a folder for certificates: %w", err)
	}
	extra := certificates(lookUp(p.Environ, "NODE_EXTRA_CA_CERTS"))
	err = errors.Join(
		writeClosed(filepath.Join(dir, bundleFile), append(p.trusted(), p.authority.pem()...)),
		writeClosed(filepath.Join(dir, extraFile), append(extra, p.authority.pem()...)),
	)
	if err != nil {
		return "", errors.Join(fmt.Errorf("write certificates: %w", err), os.RemoveAll(dir))
	}
	return dir, nil
}

func writeClosed(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Close())
}

// trusted are the authorities that the caller trusts: those that its environment
// names, else the system's.
func (p *Proxy) trusted() []byte {
	var text []byte
	named := false
	for _, name := range trustVariables() {
		if path := lookUp(p.Environ, name); path != "" {
			found := certificates(path)
			text, named = append(text, found...), named || len(found) > 0
		}
	}
	if !named {
		text = append(text, systemRoots()...)
	}
	if len(text) == 0 {
		p.Log.Warn("the authorities that this machine trusts are not found: over https only the workspace can be reached")
	}
	return text
}

// trustVariables name files of authorities, for one client or another.
func trustVariables() []string {
	return []string{"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"}
}

// certificates are those of a file, or of the files of a folder; none when it
// cannot be read. What else is in it, a key maybe, is left out.
func certificates(path string) []byte {
	if path == "" {
		return nil
	}
	if entries, err := os.ReadDir(path); err == nil {
		var all []byte
		for _, e := range entries {
			if text, err := os.ReadFile(filepath.Join(path, e.Name())); err == nil {
				all = append(all, only(text)...)
			}
		}
		return all
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return only(text)
}

func only(text []byte) []byte {
	var out bytes.Buffer
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return out.Bytes()
		}
		if block.Type == "CERTIFICATE" || block.Type == "TRUSTED CERTIFICATE" {
			_ = pem.Encode(&out, &pem.Block{Type: block.Type, Bytes: block.Bytes}) // to memory
		}
		text = rest
	}
}
