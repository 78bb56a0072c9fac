// Package remote reads data that lies elsewhere: for now files behind http and
// https addresses.
//
// It is for what a user names in a definition or on the command line; doors ask
// [CheckForeign] about addresses that arrive over the network. The invariant: a download that
// broke off leaves no file.
//
// Next: package step.
package remote

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"time"
)

// IsHTTP reports whether an address is one that Open reads.
func IsHTTP(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// Name is the name of the file at an address: the last part of its path.
func Name(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "data"
	}
	if base := path.Base(u.Path); base != "/" && base != "." && base != ".." {
		return base
	}
	return "data"
}

// connectTimeout bounds the wait for a server's first answer; the download
// itself takes as long as it takes.
const connectTimeout = 30 * time.Second

// Open starts to read the file at an address. The caller closes it. The error
// names the address without its query, which may hold a signature.
//
// An address that [CheckForeign] refuses is read all the same: whoever gives it
// means it. But no other one leads to a metadata service, by a name or by a
// redirection.
func Open(ctx context.Context, uri string) (io.ReadCloser, error) {
	return open(ctx, uri, false)
}

// OpenForeign is Open for an address that came over the network: nothing leads
// where [CheckForeign] lets nobody go.
func OpenForeign(ctx context.Context, uri string) (io.ReadCloser, error) {
	if err := CheckForeign(uri); err != nil {
		return nil, err
	}
	return open(ctx, uri, true)
}

func open(ctx context.Context, uri string, foreign bool) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, uri, nil)
	if err != nil {
		return nil, fmt.Errorf("download %s: not an address", public(uri))
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = connectTimeout
	transport.DisableKeepAlives = true
	client := &http.Client{Transport: transport}
	if check(uri, false) == nil {
		keepOut(client, transport, foreign)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", public(uri), cause(err))
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, fmt.Errorf("download %s: the server answered %s", public(uri), res.Status)
	}
	return &body{ReadCloser: res.Body, left: res.ContentLength, uri: public(uri)}, nil
}

// cause drops the address that net/http puts before its errors.
func cause(err error) error {
	if ue, ok := err.(*url.Error); ok { //nolint:errorlint // the outermost error only
		return ue.Err
	}
	return err
}

func public(uri string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return "an address"
	}
	u.RawQuery, u.User, u.Fragment = "", nil, ""
	return u.String()
}

// body notices a download that ends early.
type body struct {
	io.ReadCloser
	left int64 // -1: the server did not say
	uri  string
}

// Read reads the next bytes.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left >= 0 {
		b.left -= int64(n)
	}
	if err == io.EOF && b.left > 0 {
		return n, fmt.Errorf("download %s: it broke off with %d bytes missing", b.uri, b.left)
	}
	return n, err
}
