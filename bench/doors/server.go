package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	scope = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local/providers/Microsoft.MachineLearningServices/workspaces/local"
	api   = "?api-version=2024-04-01"
)

// server is an `ischia serve` of its own home.
type server struct {
	url, token string
	cmd        *exec.Cmd
	client     *http.Client
}

// startServer starts one and waits until it says where it is.
func startServer(ctx context.Context, binary, home string) (*server, error) {
	cmd := exec.CommandContext(ctx, binary, "serve", "--log", "error", "--home", home)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ischia serve: %w", err)
	}
	s := &server{cmd: cmd, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}}
	for range 200 {
		time.Sleep(50 * time.Millisecond)
		text, err := os.ReadFile(filepath.Join(home, "serve.json"))
		if err != nil {
			continue
		}
		var where struct {
			URL       string `json:"url"`
			TokenFile string `json:"token_file"`
		}
		if err := json.Unmarshal(text, &where); err != nil {
			continue
		}
		token, err := os.ReadFile(where.TokenFile)
		if err != nil {
			continue
		}
		s.url, s.token = strings.TrimSuffix(where.URL, "/"), strings.TrimSpace(string(token))
		return s, nil
	}
	return nil, errors.Join(errors.New("ischia serve did not say where it is within 10 s"), s.end())
}

// end ends the server, which cancels the job that keeps the node busy.
func (s *server) end() error {
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// call sends a JSON body and reads a JSON answer.
func (s *server) call(ctx context.Context, method, path string, body, answer any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %s: %.500s", method, path, resp.Status, got)
	}
	if answer == nil || len(got) == 0 {
		return nil
	}
	return json.Unmarshal(got, answer)
}
