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

// protocol is the version of the storage protocol that is spoken.
const protocol = "2021-12-02"

// place is a container that takes blobs: its address, and a signature.
type place struct{ url, signature string }

// ourUpload uploads to ischia.
func (r *report) ourUpload(ctx context.Context, s *server, o options, at row) error {
	to, err := ourPlace(ctx, s)
	if err != nil {
		return fmt.Errorf("find our container: %w", err)
	}
	return r.uploadTo(ctx, to, o, s.cmd.Process.Pid, uploaded{row: at, to: "ischia"})
}

// measureAzurite uploads to Azurite, if it is there.
func measureAzurite(ctx context.Context, r *report, o options, at row, dir string) error {
	if _, err := exec.LookPath(o.azurite); err != nil {
		fmt.Fprintf(os.Stderr, "Azurite is not there (%s): not compared\n", o.azurite)
		return nil
	}
	data := filepath.Join(dir, "azurite")
	defer func() { _ = os.RemoveAll(data) }()
	to, pid, stop, err := startAzurite(ctx, o.azurite, data)
	if err != nil {
		return err
	}
	defer stop()
	at.history = 0
	return r.uploadTo(ctx, to, o, pid, uploaded{row: at, to: "Azurite"})
}

// uploadTo uploads the files to the server that is process pid, until that was
// not disturbed, and looks whether the last is there.
func (r *report) uploadTo(ctx context.Context, to place, o options, pid int, u uploaded) error {
	data := make([]byte, o.megabytes*1_000_000/o.files)
	for try := range tries {
		// Content that is there already would cost less.
		random := rand.NewChaCha8([32]byte{byte(try)})
		_, _ = random.Read(data)
		u.busy = calm(ctx, o)
		used := begin(pid)
		var err error
		if u.took, err = upload(ctx, to, data, o); err != nil {
			return fmt.Errorf("upload to %s: %w", u.to, err)
		}
		u.others = used.others()
		r.uploads = append(r.uploads, u)
		if err := check(ctx, to, data, o.files-1); err != nil || !u.disturbed() {
			return err
		}
	}
	return nil
}

// check downloads one file and compares it.
func check(ctx context.Context, at place, data []byte, i int) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.url+"/"+fileName(i)+"?"+at.signature, nil)
	if err != nil {
		return err
	}
	r.Header.Set("x-ms-version", protocol)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	got, err := io.ReadAll(resp.Body)
	mark(data, i)
	if err == nil && !bytes.Equal(got, data) {
		err = fmt.Errorf("download %s: %s, with other content than was uploaded", fileName(i), resp.Status)
	}
	return err
}

func fileName(i int) string { return fmt.Sprintf("bench/file%05d", i) }

// mark makes content different from that of the other files.
func mark(data []byte, i int) { copy(data, fmt.Sprintf("%8d", i)) }

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
	start := time.Now()
	var all sync.WaitGroup
	for w := range o.workers {
		all.Go(func() {
			own := bytes.Clone(data)
			for i := range next {
				mark(own, i)
				if err := putBlob(ctx, client, to, fileName(i), own); err != nil && errs[w] == nil {
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
	return time.Since(start), errors.Join(errs...)
}

func putBlob(ctx context.Context, client *http.Client, to place, name string, data []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, to.url+"/"+name+"?"+to.signature, bytes.NewReader(data))
	if err != nil {
		return err
	}
	r.Header.Set("x-ms-blob-type", "BlockBlob")
	r.Header.Set("x-ms-version", protocol)
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
func startAzurite(ctx context.Context, name, dir string) (place, int, func(), error) {
	cmd := exec.CommandContext(ctx, name, "--silent", "--skipApiVersionCheck", "--location", dir, "--blobPort", azuritePort)
	if err := cmd.Start(); err != nil {
		return place{}, 0, nil, fmt.Errorf("start Azurite: %w", err)
	}
	// Asked to end it takes two minutes.
	stop := func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	at := place{"http://127.0.0.1:" + azuritePort + "/" + azuriteAccount + "/bench", azuriteSignature(time.Now().Add(24 * time.Hour))}
	var err error
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		var r *http.Request
		if r, err = http.NewRequestWithContext(ctx, http.MethodPut, at.url+"?restype=container&"+at.signature, nil); err != nil {
			break
		}
		r.Header.Set("x-ms-version", protocol)
		var resp *http.Response
		if resp, err = http.DefaultClient.Do(r); err != nil {
			continue
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusCreated {
			return at, cmd.Process.Pid, stop, nil
		}
		err = errors.New(resp.Status)
	}
	stop()
	return place{}, 0, nil, fmt.Errorf("make a container in Azurite: %w", err)
}

// azuriteSignature is an account's shared access signature for everything.
// Source: "Create an account SAS", version 2020-12-06 and later.
func azuriteSignature(expiry time.Time) string {
	const permissions, services, types, version = "racwdl", "b", "sco", protocol
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
