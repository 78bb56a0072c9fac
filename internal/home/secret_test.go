package home_test

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/ischia-ml/ischia/internal/home"
)

func TestSecretsAreMadeOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var tokens, secrets sync.Map
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			h, err := home.Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			token, err := h.Token()
			if err != nil {
				t.Error(err)
			}
			secret, err := h.Secret()
			if err != nil {
				t.Error(err)
			}
			tokens.Store(token, true)
			secrets.Store(secret, true)
		})
	}
	all.Wait()
	if count(&tokens) != 1 || count(&secrets) != 1 {
		t.Errorf("got %d tokens and %d secrets, want one of each", count(&tokens), count(&secrets))
	}
	h, err := home.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	token, _ := h.Token()
	secret, _ := h.Secret()
	if token == secret || len(token) < 40 {
		t.Errorf("got token of %d letters, the same as the secret: %v", len(token), token == secret)
	}
}

func count(m *sync.Map) int {
	n := 0
	m.Range(func(_, _ any) bool { n++; return true })
	return n
}

func TestSecretsAreClosed(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	h, err := home.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	want, err := h.Token()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		info, err := os.Stat(h.TokenPath())
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("got %v %v, want mode 0600", info.Mode(), err)
		}
		if err := os.Chmod(h.TokenPath(), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := h.Token(); err != nil || got != want {
			t.Fatalf("got another token, or %v", err)
		}
	}
}

func TestASpoiltTokenIsNoToken(t *testing.T) {
	t.Parallel()
	h, err := home.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "short", "two words that are long enough for one"} {
		if err := os.WriteFile(h.TokenPath(), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if token, err := h.Token(); err == nil {
			t.Errorf("%q: got %q, want an error", text, token)
		}
	}
}

func TestPort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h, err := home.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	choose := func(port int) func() (int, error) { return func() (int, error) { return port, nil } }
	for _, offered := range []int{20001, 20002} {
		if got, err := h.Port(choose(offered)); err != nil || got != 20001 {
			t.Errorf("got %d %v, want the first that was chosen", got, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "port"), []byte("http"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Port(choose(1)); err == nil {
		t.Errorf("got %d, want an error", got)
	}
}
