package blobapi_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// serveIn names the folder that this test binary serves, when it is the server
// that another test kills.
const serveIn = "ISCHIA_BLOB_SERVE"

// TestServed is no test, but the server of TestKilled.
func TestServed(t *testing.T) {
	dir := os.Getenv(serveIn)
	if dir == "" {
		return
	}
	s := newServerAt(t, dir)
	fmt.Println("serving", s.http.Listener.Addr())
	time.Sleep(time.Minute) // it is killed long before
}

// start starts a server of dir in a process of its own.
func start(t *testing.T, dir string) (process *exec.Cmd, address string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServed$", "-test.v")
	c.Env = append(os.Environ(), serveIn+"="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "serving "); ok {
			return c, at
		}
	}
	t.Fatal("the server did not start")
	return nil, ""
}

// TestKilled: what a server has acknowledged is there after a kill -9.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var acknowledged []string
	for round := range 4 {
		server, at := start(t, dir)
		done := make(chan []string)
		for client := range 4 {
			go func() { done <- load(t.Context(), at, fmt.Sprintf("%d/%d", round, client)) }()
		}
		time.Sleep(time.Duration(150+70*round) * time.Millisecond)
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = server.Wait() // killed
		for range 4 {
			acknowledged = append(acknowledged, <-done...)
		}
	}
	s := newServerAt(t, dir)
	for _, path := range acknowledged {
		if a := s.as(http.MethodGet, "/"+home+"/"+path, ""); a.body != path || a.header.Get("X-Ms-Meta-Path") != path {
			t.Errorf("%s: got %d %q", path, a.status, a.body)
		}
	}
	if len(acknowledged) < 20 {
		t.Errorf("only %d uploads were acknowledged", len(acknowledged))
	}
}

// load uploads blobs until the server is gone, some of them in blocks, and
// returns the paths of those that were acknowledged.
func load(ctx context.Context, at, folder string) (acknowledged []string) {
	client := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext}}
	defer client.CloseIdleConnections()
	put := func(path, query, body string) bool {
		address := "http://" + at + "/blob/" + account + "/" + home + "/" + path + query
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, address, strings.NewReader(body))
		if err != nil {
			return false
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("X-Ms-Blob-Type", "BlockBlob")
		r.Header.Set("X-Ms-Meta-Path", path)
		response, err := client.Do(r)
		if err != nil {
			return false
		}
		_ = response.Body.Close() // empty
		return response.StatusCode == http.StatusCreated
	}
	for i := 0; ; i++ {
		path := fmt.Sprintf("%s/%d", folder, i)
		ok := false
		if i%2 == 0 {
			ok = put(path, "", path)
		} else {
			ok = put(path, "?comp=block&blockid=MQ==", path) && put(path, "?comp=blocklist", commitOne)
		}
		if !ok {
			return acknowledged
		}
		acknowledged = append(acknowledged, path)
	}
}
