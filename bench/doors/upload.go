package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// place is a container that takes blobs: its address, and a signature.
type place struct{ url, signature string }

// uploads puts the same files into both, one after the other.
func uploads(ctx context.Context, out io.Writer, s *server, o options, dir string) error {
	data := make([]byte, o.megabytes*1_000_000/o.files)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(data)

	ours, err := ourPlace(ctx, s)
	if err != nil {
		return fmt.Errorf("find our container: %w", err)
	}
	took, err := upload(ctx, ours, data, o)
	if err != nil {
		return fmt.Errorf("upload to ischia: %w", err)
	}
	fmt.Fprintf(out, "upload of %d MB in %d files, %d at once\n", o.megabytes, o.files, o.workers)
	fmt.Fprintf(out, "| | s | MB/s | ratio |\n|---|--:|--:|--:|\n")
	row := func(name string, t time.Duration) {
		fmt.Fprintf(out, "| %s | %.2f | %.0f | %.2f |\n", name, t.Seconds(), float64(o.megabytes)/t.Seconds(), t.Seconds()/took.Seconds())
	}
	row("ischia", took)
	if _, err := exec.LookPath(o.azurite); err != nil {
		fmt.Fprintf(out, "\nAzurite is not there (%s): not compared\n", o.azurite)
		return nil
	}
	theirs, stop, err := startAzurite(ctx, o.azurite, filepath.Join(dir, "azurite"))
	if err != nil {
		return err
	}
	defer stop()
	t, err := upload(ctx, theirs, data, o)
	if err != nil {
		return fmt.Errorf("upload to Azurite: %w", err)
	}
	row("Azurite", t)
	return nil
}

// ourPlace is the container of the default datastore.
func ourPlace(ctx context.Context, s *server) (place, error) {
	var store struct {
		Properties struct{ AccountName, ContainerName, Endpoint string } `json:"properties"`
	}
	var secret struct{ SasToken string }
	at := scope + "/datastores/workspaceblobstore"
	if err := s.call(ctx, "GET", at+api, nil, &store); err != nil {
		return place{}, err
	}
	if err := s.call(ctx, "POST", at+"/listSecrets"+api, object{"expirableSecret": true}, &secret); err != nil {
		return place{}, err
	}
	p := store.Properties
	return place{s.url + "/blob/" + p.AccountName + "/" + p.ContainerName, strings.TrimPrefix(secret.SasToken, "?")}, nil
}

// upload puts the files; each differs in its first bytes.
func upload(ctx context.Context, to place, data []byte, o options) (time.Duration, error) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.workers}}
	next := make(chan int)
	errs := make([]error, o.workers)
	begin := time.Now()
	var all sync.WaitGroup
	for w := range o.workers {
		all.Go(func() {
			own := bytes.Clone(data)
			for i := range next {
				copy(own, fmt.Sprintf("%8d", i))
				if err := put(ctx, client, to, fmt.Sprintf("bench/file%05d", i), own); err != nil && errs[w] == nil {
					errs[w] = err
				}
			}
		})
	}
	for i := range o.files {
		next <- i
	}
	close(next)
	all.Wait()
	return time.Since(begin), errors.Join(errs...)
}

func put(ctx context.Context, client *http.Client, to place, name string, data []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, to.url+"/"+name+"?"+to.signature, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("x-ms-blob-type", "BlockBlob")
	r.Header.Set("x-ms-version", "2021-12-02")
	resp, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("%s: %s: %.300s", name, resp.Status, text)
	}
	return err
}

// The account that every Azurite has. Its key is public.
// Source: Azurite's README.
const (
	azuriteAccount = "devstoreaccount1"
	azuriteKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	azuritePort    = "21000"
)

// startAzurite starts it and makes a container.
func startAzurite(ctx context.Context, name, dir string) (place, func(), error) {
	cmd := exec.CommandContext(ctx, name, "--silent", "--skipApiVersionCheck", "--location", dir, "--blobPort", azuritePort)
	if err := cmd.Start(); err != nil {
		return place{}, nil, fmt.Errorf("start Azurite: %w", err)
	}
	stop := func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() }
	at := place{"http://127.0.0.1:" + azuritePort + "/" + azuriteAccount + "/bench", azuriteSignature(time.Now().Add(24 * time.Hour))}
	var err error
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, http.MethodPut, at.url+"?restype=container&"+at.signature, nil); err != nil {
			break
		}
		r.Header.Set("x-ms-version", "2021-12-02")
		var resp *http.Response
		if resp, err = http.DefaultClient.Do(r); err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusCreated {
			return at, stop, nil
		}
		err = errors.New(resp.Status)
	}
	stop()
	return place{}, nil, fmt.Errorf("make a container in Azurite: %w", err)
}

// azuriteSignature is an account's shared access signature for everything.
// Source: "Create an account SAS", version 2020-12-06 and later.
func azuriteSignature(expiry time.Time) string {
	const permissions, services, types, version = "racwdl", "b", "sco", "2021-12-02"
	until := expiry.UTC().Format("2006-01-02T15:04:05Z")
	text := strings.Join([]string{azuriteAccount, permissions, services, types, "", until, "", "https,http", version, "", ""}, "\n")
	key, _ := base64.StdEncoding.DecodeString(azuriteKey)
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	q := url.Values{
		"sv": {version}, "ss": {services}, "srt": {types}, "sp": {permissions}, "se": {until}, "spr": {"https,http"},
		"sig": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
	}
	return q.Encode()
}
