package home

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/lease"
)

// TokenPath is the file of the server's token.
func (h *Home) TokenPath() string { return filepath.Join(h.dir, tokenFile) }

// SecretPath is the file that the keys of storage accounts are derived from.
func (h *Home) SecretPath() string { return filepath.Join(h.dir, "secret") }

const (
	tokenFile = "token"
	// secretLength is 160 bits in the letters of rand.Text and more.
	secretLength = 26
	// secretsPatience is how long to wait for another process that makes one.
	secretsPatience = 10 * time.Second
)

// Token is what clients of this home's server show. It is made the first time,
// and stays until somebody removes the file.
func (h *Home) Token() (string, error) { return h.secret(h.TokenPath()) }

// Secret is what keys of this home are derived from; made as the token is.
func (h *Home) Secret() (string, error) { return h.secret(h.SecretPath()) }

// secret reads a file that holds one random word, and makes it when it is not
// there.
func (h *Home) secret(path string) (string, error) {
	text, err := h.once(path, func() (string, error) { return rand.Text() + rand.Text(), nil })
	if err != nil {
		return "", err
	}
	if len(text) < secretLength || strings.ContainsAny(text, " \t\r\n") {
		return "", fmt.Errorf("%s does not hold what was put there; remove it, and a new one will be made", path)
	}
	return text, closeFile(path)
}

// closeFile takes rights from others that a file was given since, or by who
// wrote it by hand. The folder is closed already, so nobody has read it.
func closeFile(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if info.Mode().Perm()&0o077 == 0 || !modes() {
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("close %s to other users: %w", path, err)
	}
	return nil
}

// Port is the port of this home's server. It is chosen the first time and then
// stays, so that links to pages do too.
func (h *Home) Port(choose func() (int, error)) (int, error) {
	path := filepath.Join(h.dir, "port")
	text, err := h.once(path, func() (string, error) {
		port, err := choose()
		return strconv.Itoa(port), err
	})
	if err != nil {
		return 0, err
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port > 65535 {
		return 0, fmt.Errorf("%s holds %.20q, which is no port; remove it, and one will be chosen", path, text)
	}
	return port, nil
}

// once is the text in a file, which is made when it is not there: of several
// processes that want it one makes it, and all get the same.
func (h *Home) once(path string, first func() (string, error)) (string, error) {
	text, err := readWord(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	lock, err := h.lockSecrets()
	if err != nil {
		return "", err
	}
	defer lock.Release() //nolint:errcheck // it ends with the process at the latest
	if text, err = readWord(path); !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	if text, err = first(); err != nil {
		return "", err
	}
	return text, Replace(path, []byte(text+"\n"))
}

func readWord(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return string(bytes.TrimSpace(text)), nil
}

func (h *Home) lockSecrets() (*lease.Lease, error) {
	path := filepath.Join(h.dir, "secrets.lock")
	for deadline := time.Now().Add(secretsPatience); ; time.Sleep(10 * time.Millisecond) {
		lock, err := lease.Acquire(path)
		if err == nil {
			return lock, nil
		}
		if !errors.Is(err, lease.ErrHeld) || time.Now().After(deadline) {
			return nil, fmt.Errorf("wait for another process that prepares the home: %w", err)
		}
	}
}

// Replace writes a file of a home as a whole, mode 0600: a reader, or a power
// cut, finds the old content or the new one.
func Replace(path string, data []byte) error {
	dir, name := filepath.Split(path)
	f, err := os.CreateTemp(dir, "."+name+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", path, err)
	}
	syncDir(dir)
	return nil
}
