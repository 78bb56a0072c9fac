package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/lease"
)

// askPatience is how long the home's server may take to say that it is there.
const askPatience = 3 * time.Second

// Connect finds the server that a home has announced, if it is there and
// answers to the home's token. It makes nothing. A server whose certificate
// this machine does not trust does not count.
func Connect(ctx context.Context, dir string) (url, token string, ok bool) {
	url, token, err := announced(dir)
	if err != nil {
		return "", "", false
	}
	if _, err := ask(ctx, http.MethodGet, url+"/ping", token, nil); err != nil {
		return "", "", false
	}
	return url, token, true
}

// announced is what a home says about its server, if that runs.
func announced(dir string) (url, token string, err error) {
	if _, err := os.Stat(filepath.Join(dir, "serve.json")); err != nil {
		return "", "", fmt.Errorf("find the home's server: %w", err)
	}
	h, err := home.Open(dir)
	if err != nil {
		return "", "", err
	}
	a, err := readAnnouncement(h.ServePath())
	if err != nil {
		return "", "", err
	}
	// The lock first: when its process is gone, somebody else may have its port,
	// and is not to be shown the token.
	holder, held, err := lease.Held(h.ServeLockPath())
	if err != nil {
		return "", "", err
	}
	if !held || holder.PID != a.PID {
		return "", "", errors.New("the home's server has ended")
	}
	text, err := os.ReadFile(h.TokenPath())
	if err != nil {
		return "", "", fmt.Errorf("read the token: %w", err)
	}
	return a.URL, strings.TrimSpace(string(text)), nil
}

// SignIn asks a server that runs for a link that signs a browser in and leads
// it to a page.
func SignIn(ctx context.Context, url, token, page string) (string, error) {
	body, err := json.Marshal(map[string]string{"to": page})
	if err != nil {
		return "", fmt.Errorf("ask for a sign-in link: %w", err)
	}
	text, err := ask(ctx, http.MethodPost, url+"/signin/codes", token, body)
	if err != nil {
		return "", fmt.Errorf("ask for a sign-in link: %w", err)
	}
	var link struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(text, &link); err != nil || link.URL == "" {
		return "", fmt.Errorf("ask for a sign-in link: the answer of %s is none", url)
	}
	return link.URL, nil
}

// ask sends a request to the home's server, never by way of a proxy.
func ask(ctx context.Context, method, url, token string, body []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 1<<20))
}
