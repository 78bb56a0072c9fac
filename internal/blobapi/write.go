package blobapi

import (
	"bytes"
	"cmp"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// fileMode is that of a file that was uploaded.
const fileMode = 0o644

var metadataForm = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// readMetadata reads the client's own properties. The protocol keeps the case
// of their names, but HTTP has none, so they are in lower case here.
func readMetadata(h http.Header) (map[string]string, error) {
	var m map[string]string
	size := 0
	for name, values := range h {
		name, ok := strings.CutPrefix(strings.ToLower(name), "x-ms-meta-")
		if !ok {
			continue
		}
		if !metadataForm.MatchString(name) {
			return nil, no(http.StatusBadRequest, "InvalidMetadata",
				"The specified metadata is invalid. It includes characters that are not permitted: a name has letters, digits and underscores.")
		}
		if m == nil {
			m = map[string]string{}
		}
		m[name] = strings.Join(values, ",")
		if !utf8.ValidString(m[name]) {
			return nil, no(http.StatusBadRequest, "InvalidMetadata", "The specified metadata is invalid. It is not UTF-8.")
		}
		size += len(name) + len(m[name])
	}
	if size > maxMetadata {
		return nil, no(http.StatusBadRequest, "MetadataTooLarge", "The size of the specified metadata exceeds the maximum size permitted.")
	}
	return m, nil
}

// readProperties reads the headers that a blob keeps. plain says that a header
// of HTTP itself stands for the protocol's own where that is not given.
func readProperties(h http.Header, plain bool) (p workspace.BlobProperties, err error) {
	for _, f := range []struct {
		to   *string
		name string
	}{
		{&p.ContentType, "Content-Type"}, {&p.ContentEncoding, "Content-Encoding"}, {&p.ContentLanguage, "Content-Language"},
		{&p.ContentDisposition, "Content-Disposition"}, {&p.CacheControl, "Cache-Control"},
	} {
		*f.to = h.Get("X-Ms-Blob-" + f.name)
		if plain && f.name != "Content-Disposition" {
			*f.to = cmp.Or(*f.to, h.Get(f.name))
		}
		if len(*f.to) > 1024 || !utf8.ValidString(*f.to) {
			return p, badHeader(f.name, "want at most 1024 bytes of UTF-8")
		}
	}
	p.ContentMD5, err = md5Header(h, "X-Ms-Blob-Content-Md5")
	return p, err
}

// target is what a request writes to.
type target struct {
	container *workspace.Container
	when      conditions
	// digest, when not empty, is that of the content of which the new one is
	// partly made.
	digest string
}

// target finds what a request writes to, and refuses before the body is read
// what would be refused afterwards.
func (c *call) target() (target, error) {
	var t target
	var err error
	if t.container, err = c.findContainer(c.grant.account, c.at.container); err != nil {
		return t, err
	}
	if t.when, err = readConditions(c.r.Header, ""); err != nil {
		return t, err
	}
	if t.when == (conditions{}) && !c.grant.createOnly {
		return t, nil
	}
	old, err := c.findBlob(c.grant.account, c.at)
	if f, ok := err.(*fault); ok && f.code == "BlobNotFound" { //nolint:errorlint // ours, and not wrapped
		old, err = nil, nil
	}
	if err != nil {
		return t, err
	}
	return t, t.check(c.grant, old)
}

func (t target) check(g grant, old *workspace.Blob) error {
	if err := t.when.writing(old); err != nil {
		return err
	}
	if t.digest != "" && (old == nil || old.Digest != t.digest) {
		return invalidBlockList() // somebody else wrote meanwhile
	}
	return g.mayWrite(old)
}

// commit makes content the blob's, if the conditions hold, and says so.
// What was staged for it is of no use any more.
func (c *call) commit(t target, content stored, p workspace.BlobProperties, blocks []workspace.Block) error {
	a := c.grant.account
	b, dropped, err := c.h.Index.ChangeBlob(c.r.Context(), a.Scope, t.container.Datastore, c.at.blob,
		func(old *workspace.Blob) (workspace.BlobWrite, error) {
			if err := t.check(c.grant, old); err != nil {
				return workspace.BlobWrite{}, err
			}
			b := &workspace.Blob{Properties: p, File: workspace.File{
				Digest: string(content.digest), Size: content.size, Mode: cmp.Or(content.mode, fileMode), Modified: c.now,
			}}
			if old != nil {
				b.Created, b.Mode = old.Created, cmp.Or(content.mode, old.Mode)
			}
			return workspace.BlobWrite{Blob: b, Content: true, Blocks: blocks}, nil
		})
	if err != nil {
		return err
	}
	c.h.staging.release(c.r.Context(), dropped)
	c.stamp(b)
	return nil
}

// putBlob writes a blob in one piece.
func (c *call) putBlob() error {
	switch kind := c.r.Header.Get("X-Ms-Blob-Type"); kind {
	case "BlockBlob":
	case "AppendBlob", "PageBlob":
		return notImplemented("The blob type " + kind)
	default:
		return badHeader("x-ms-blob-type", "want BlockBlob")
	}
	p, metadata, err := c.said(true)
	if err != nil {
		return err
	}
	in, err := c.upload()
	if err != nil {
		return err
	}
	t, err := c.target()
	if err != nil {
		return err
	}
	in.hashMD5 = true
	content, err := c.store(c.h.Blobs, in)
	if err != nil {
		return err
	}
	if p.ContentMD5 != nil && !bytes.Equal(p.ContentMD5, content.md5) {
		return md5Mismatch()
	}
	p.ContentMD5, p.Metadata = content.md5, metadata
	if err := c.commit(t, content, p, nil); err != nil {
		return err
	}
	c.acknowledge(content)
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

// said are the properties and the metadata in a request's headers.
func (c *call) said(plain bool) (workspace.BlobProperties, map[string]string, error) {
	p, err := readProperties(c.r.Header, plain)
	if err != nil {
		return p, nil, err
	}
	metadata, err := readMetadata(c.r.Header)
	return p, metadata, err
}

// change changes what is said of a blob that is there.
func (c *call) change(set func(*workspace.BlobProperties)) error {
	t, err := c.target()
	if err != nil {
		return err
	}
	a := c.grant.account
	b, _, err := c.h.Index.ChangeBlob(c.r.Context(), a.Scope, t.container.Datastore, c.at.blob,
		func(old *workspace.Blob) (workspace.BlobWrite, error) {
			if old == nil {
				return workspace.BlobWrite{}, blobNotFound()
			}
			if err := t.when.writing(old); err != nil {
				return workspace.BlobWrite{}, err
			}
			b := *old
			set(&b.Properties)
			b.Modified = c.now
			return workspace.BlobWrite{Blob: &b}, nil
		})
	if err != nil {
		return err
	}
	c.stamp(b)
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// setBlobMetadata replaces all metadata.
func (c *call) setBlobMetadata() error {
	m, err := readMetadata(c.r.Header)
	if err != nil {
		return err
	}
	return c.change(func(p *workspace.BlobProperties) { p.Metadata = m })
}

// setBlobProperties replaces all headers that a blob keeps.
func (c *call) setBlobProperties() error {
	headers, err := readProperties(c.r.Header, false)
	if err != nil {
		return err
	}
	return c.change(func(p *workspace.BlobProperties) {
		headers.Metadata, headers.Copy = p.Metadata, p.Copy
		*p = headers
	})
}

// deleteBlob deletes a blob.
func (c *call) deleteBlob() error {
	if c.query.Has("snapshot") || c.query.Has("versionid") ||
		strings.EqualFold(c.r.Header.Get("X-Ms-Delete-Snapshots"), "only") {
		return blobNotFound() // there are none
	}
	t, err := c.target()
	if err != nil {
		return err
	}
	ctx, a := c.r.Context(), c.grant.account
	_, dropped, err := c.h.Index.ChangeBlob(ctx, a.Scope, t.container.Datastore, c.at.blob,
		func(old *workspace.Blob) (workspace.BlobWrite, error) {
			if old == nil {
				return workspace.BlobWrite{}, blobNotFound()
			}
			return workspace.BlobWrite{}, t.when.writing(old)
		})
	if err != nil {
		return err
	}
	c.h.staging.release(ctx, dropped)
	c.w.Header().Set("X-Ms-Delete-Type-Permanent", "true")
	c.w.WriteHeader(http.StatusAccepted)
	return nil
}
