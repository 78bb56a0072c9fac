package blobapi

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// source is what a request copies.
type source struct {
	account *Account
	at      place
	// address is where it lies, without a signature.
	address string
	blob    *workspace.Blob
}

func cannotVerify(why string) error {
	return no(http.StatusForbidden, "CannotVerifyCopySource", "Could not verify the copy source: %s.", why)
}

// source finds what is to be copied, and checks that the request may read it
// and that the conditions on it hold.
func (c *call) source() (*source, error) {
	u, err := url.Parse(c.r.Header.Get("X-Ms-Copy-Source"))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, badHeader("x-ms-copy-source", "not a URL")
	}
	// Nothing is fetched: a source is a blob of ours, under a name that we
	// answer to.
	if c.h.AccountOf(c.r, u.Host) == "" && !strings.EqualFold(u.Host, c.r.Host) {
		return nil, notImplemented("Copying from another service")
	}
	s := &source{}
	if s.at, err = c.h.locate(c.r, u.Host, u, c.h.Prefix); err != nil {
		return nil, err
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, badHeader("x-ms-copy-source", "not a URL")
	}
	if s.account, err = c.readable(s.at, query); err != nil {
		return nil, err
	}
	if s.at.level != blobLevel || query.Has("snapshot") || query.Has("versionid") {
		return nil, blobNotFound()
	}
	if err := s.at.check(); err != nil {
		return nil, err
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	s.address = u.String()
	if s.blob, err = c.findBlob(s.account, s.at); err != nil {
		return nil, err
	}
	return s, c.sourceConditions(s.blob)
}

func (c *call) sourceConditions(b *workspace.Blob) error {
	when, err := readConditions(c.r.Header, "X-Ms-Source-")
	if err != nil {
		return err
	}
	if when.reading(blobETag(b), b.Modified) != nil {
		return no(http.StatusPreconditionFailed, "SourceConditionNotMet",
			"The source condition specified using HTTP conditional header(s) is not met.")
	}
	return nil
}

// readable says whether the request may read the source: by a signature or
// token of the source's own, or because what allows the request allows this.
func (c *call) readable(at place, query url.Values) (*Account, error) {
	reading := operation{name: "Get Blob", level: blobLevel, needs: "r", service: true}
	account, err := c.account(at.account)
	if err != nil {
		return nil, err
	}
	if scheme, token, _ := strings.Cut(c.r.Header.Get("X-Ms-Copy-Source-Authorization"), " "); scheme != "" {
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, cannotVerify("want a bearer token")
		}
		_, err := c.bearer(account, token, at, reading)
		return account, err
	}
	switch {
	case query.Has("sig"):
		s, err := parseSAS(query)
		if err != nil {
			return nil, err
		}
		_, err = c.signed(account, s, at, reading)
		return account, err
	case c.grant.account.Name != account.Name || c.grant.sas != nil:
		return nil, cannotVerify("its URL has no signature")
	case c.grant.token != "":
		_, err := c.bearer(account, c.grant.token, at, reading)
		return account, err
	}
	return account, nil // the account's key opens all that is in it
}

// copyBlob makes a blob of another's content. Copy Blob, Copy Blob from URL and
// Put Blob from URL are one: content is never copied, so that each has ended
// when it is answered.
func (c *call) copyBlob() error {
	p, metadata, err := c.said(false)
	if err != nil {
		return err
	}
	wantMD5, err := md5Header(c.r.Header, "X-Ms-Source-Content-Md5")
	if err != nil {
		return err
	}
	fresh := c.r.Header.Get("X-Ms-Blob-Type") != "" // Put Blob from URL
	if kind := c.r.Header.Get("X-Ms-Blob-Type"); fresh && kind != "BlockBlob" {
		return notImplemented("The blob type " + kind)
	}
	s, err := c.source()
	if err != nil {
		return err
	}
	t, err := c.target()
	if err != nil {
		return err
	}
	blocks, _, err := c.h.Index.Blocks(c.r.Context(), s.account.Scope, s.blob.Datastore, s.blob.Path)
	if err != nil {
		return err
	}
	if err := c.sourceHash(s, wantMD5); err != nil {
		return err
	}
	// Should the source be written over just now, its content stays until the
	// copy is recorded.
	if err := c.h.Blobs.Use(blob.Digest(s.blob.Digest)); err != nil {
		return err
	}
	done := &workspace.BlobCopy{ID: uuid.NewString(), Source: s.address, Ended: c.now.UTC()}
	content := stored{digest: blob.Digest(s.blob.Digest), size: s.blob.Size, mode: s.blob.Mode}
	if err := c.commit(t, content, s.properties(p, metadata, fresh, done), blocks); err != nil {
		return err
	}
	c.copied(s, done, fresh)
	return nil
}

// properties are those of the copy: the source's where the request says
// nothing else.
func (s *source) properties(
	p workspace.BlobProperties, metadata map[string]string, fresh bool, done *workspace.BlobCopy,
) workspace.BlobProperties {
	is := s.blob.Properties
	for _, f := range []struct{ to, from *string }{
		{&is.ContentType, &p.ContentType}, {&is.ContentEncoding, &p.ContentEncoding}, {&is.ContentLanguage, &p.ContentLanguage},
		{&is.ContentDisposition, &p.ContentDisposition}, {&is.CacheControl, &p.CacheControl},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if metadata != nil {
		is.Metadata = metadata
	}
	is.Copy = done
	if fresh {
		is.Copy = nil
	}
	return is
}

// copied answers.
func (c *call) copied(s *source, done *workspace.BlobCopy, fresh bool) {
	head := c.w.Header()
	if md5 := s.blob.Properties.ContentMD5; md5 != nil {
		head.Set("Content-Md5", base64.StdEncoding.EncodeToString(md5))
	}
	if fresh {
		head.Set("X-Ms-Request-Server-Encrypted", "false")
		c.w.WriteHeader(http.StatusCreated)
		return
	}
	head.Set("X-Ms-Copy-Id", done.ID)
	head.Set("X-Ms-Copy-Status", "success")
	c.w.WriteHeader(http.StatusAccepted)
}

// sourceHash compares the hash that the request expects of the source.
func (c *call) sourceHash(s *source, want []byte) error {
	if want == nil {
		return nil
	}
	f, err := c.open(s.blob)
	if err != nil {
		return err
	}
	defer f.Close()
	return compareMD5(f, want)
}

// putBlockFromURL stages a stretch of another blob.
func (c *call) putBlockFromURL() error {
	want, err := md5Header(c.r.Header, "X-Ms-Source-Content-Md5")
	if err != nil {
		return err
	}
	s, err := c.source()
	if err != nil {
		return err
	}
	f, err := c.open(s.blob)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.stage(func() (body, error) {
		whole := span{to: -1}
		if text := c.r.Header.Get("X-Ms-Source-Range"); text != "" {
			if whole, err = parseRange(text); err != nil {
				return body{}, err
			}
		}
		from, length, ok := whole.within(s.blob.Size)
		if !ok {
			return body{}, no(http.StatusRequestedRangeNotSatisfiable, "InvalidRange",
				"The range specified is invalid for the current size of the resource.")
		}
		return body{r: io.NewSectionReader(f, from, length), length: length, md5: want}, nil
	})
}

// abortCopy is always too late.
func (c *call) abortCopy() error {
	return no(http.StatusConflict, "NoPendingCopyOperation", "There is currently no pending copy operation.")
}
