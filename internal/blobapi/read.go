package blobapi

import (
	"cmp"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// maxRangeHash is the longest range whose hash may be asked for.
const maxRangeHash = 4 << 20

// readBlob finds the blob that a request is about, and checks the conditions.
func (c *call) readBlob() (*workspace.Blob, error) {
	if c.query.Has("snapshot") || c.query.Has("versionid") {
		return nil, blobNotFound() // there are none
	}
	b, err := c.findBlob(c.grant.account, c.at)
	if err != nil {
		return nil, err
	}
	when, err := readConditions(c.r.Header, "")
	if err != nil {
		return nil, err
	}
	if err := when.reading(blobETag(b), b.Modified); err != nil {
		c.w.Header().Set("Etag", blobETag(b))
		return nil, err
	}
	return b, nil
}

// findBlob finds a blob of an account.
func (c *call) findBlob(a *Account, at place) (*workspace.Blob, error) {
	container, err := c.findContainer(a, at.container)
	if err != nil {
		return nil, err
	}
	b, err := c.h.Index.Blob(c.r.Context(), a.Scope, container.Datastore, at.blob)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, blobNotFound()
	}
	return b, err
}

// getBlob answers with content.
func (c *call) getBlob() error {
	b, err := c.readBlob()
	if err != nil {
		return err
	}
	from, length, partial, err := c.span(b.Size)
	if err != nil {
		return err
	}
	f, err := c.open(b)
	if err != nil {
		return err
	}
	defer f.Close()
	content := io.NewSectionReader(f, from, length)
	c.describe(b)
	head, status := c.w.Header(), http.StatusOK
	if partial {
		status = http.StatusPartialContent
		head.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, from+length-1, b.Size))
		moveHeader(head, "Content-Md5", "X-Ms-Blob-Content-Md5")
		if err := c.hashRange(content, length); err != nil {
			return err
		}
	}
	head.Set("Content-Length", strconv.FormatInt(length, 10))
	c.w.WriteHeader(status)
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return nil //nolint:nilerr // the answer has begun; the client sees that it is short
	}
	// The file itself, not a section of it: the system can then send it.
	_, _ = io.CopyN(c.w, f, length)
	return nil
}

// open opens the content of a blob, which has to be there as the index says.
func (c *call) open(b *workspace.Blob) (*os.File, error) {
	d, err := blob.ParseDigest(b.Digest)
	if err != nil {
		return nil, err
	}
	f, err := c.h.Blobs.Open(d)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != b.Size {
		err = fmt.Errorf("blob %s has %d bytes, want %d: %w", d, info.Size(), b.Size, blob.ErrDamaged)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// span is the range that is asked for, of content of a size.
func (c *call) span(size int64) (from, length int64, partial bool, err error) {
	text := cmp.Or(c.r.Header.Get("X-Ms-Range"), c.r.Header.Get("Range"))
	if text == "" {
		return 0, size, false, nil
	}
	s, err := parseRange(text)
	if err != nil {
		return 0, 0, false, err
	}
	from, length, ok := s.within(size)
	if !ok {
		c.w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		return 0, 0, false, no(http.StatusRequestedRangeNotSatisfiable, "InvalidRange",
			"The range specified is invalid for the current size of the resource.")
	}
	return from, length, true, nil
}

// hashRange adds the hash of a range, if one is asked for.
func (c *call) hashRange(content io.ReadSeeker, length int64) error {
	wantMD5 := strings.EqualFold(c.r.Header.Get("X-Ms-Range-Get-Content-Md5"), "true")
	wantCRC := strings.EqualFold(c.r.Header.Get("X-Ms-Range-Get-Content-Crc64"), "true")
	if !wantMD5 && !wantCRC {
		return nil
	}
	if length > maxRangeHash {
		return badHeader("x-ms-range", "a range whose hash is asked for has at most 4 MiB")
	}
	m, crc := md5.New(), crc64.New(crcTable())
	if _, err := io.Copy(io.MultiWriter(m, crc), content); err != nil {
		return err
	}
	if wantMD5 {
		c.w.Header().Set("Content-Md5", base64.StdEncoding.EncodeToString(m.Sum(nil)))
	}
	if wantCRC {
		c.w.Header().Set("X-Ms-Content-Crc64", crcText(crc.Sum64()))
	}
	return nil
}

// crcTable is that of the protocol's CRC-64, which NVMe has too.
func crcTable() *crc64.Table { return crc64.MakeTable(0x9A6C9329AC4BC9B5) }

func crcText(sum uint64) string {
	return base64.StdEncoding.EncodeToString(binary.LittleEndian.AppendUint64(nil, sum))
}

// moveHeader renames a header of the answer.
func moveHeader(h http.Header, from, to string) {
	if v := h.Get(from); v != "" {
		h.Del(from)
		h.Set(to, v)
	}
}

// headBlob answers with what is known of a blob.
func (c *call) headBlob() error {
	b, err := c.readBlob()
	if err != nil {
		return err
	}
	c.describe(b)
	c.w.Header().Set("Content-Length", strconv.FormatInt(b.Size, 10))
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// getBlobMetadata answers with a blob's metadata alone.
func (c *call) getBlobMetadata() error {
	b, err := c.readBlob()
	if err != nil {
		return err
	}
	c.stamp(b)
	metadataHeaders(c.w.Header(), b.Properties.Metadata)
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// stamp says which version of a blob there is.
func (c *call) stamp(b *workspace.Blob) {
	c.w.Header().Set("Etag", blobETag(b))
	c.w.Header().Set("Last-Modified", b.Modified.UTC().Format(http.TimeFormat))
}

// defaultType is that of a blob of which nobody said another.
const defaultType = "application/octet-stream"

// describe says all that is known of a blob.
func (c *call) describe(b *workspace.Blob) {
	c.stamp(b)
	p, head := b.Properties, c.w.Header()
	values := map[string]string{
		"Content-Type": cmp.Or(p.ContentType, defaultType), "Content-Encoding": p.ContentEncoding,
		"Content-Language": p.ContentLanguage, "Content-Disposition": p.ContentDisposition, "Cache-Control": p.CacheControl,
		"Content-Md5": base64.StdEncoding.EncodeToString(p.ContentMD5), "Accept-Ranges": "bytes",
		"X-Ms-Blob-Type": "BlockBlob", "X-Ms-Creation-Time": b.Created.UTC().Format(http.TimeFormat),
		"X-Ms-Lease-State": "available", "X-Ms-Lease-Status": "unlocked",
		"X-Ms-Access-Tier": "Hot", "X-Ms-Access-Tier-Inferred": "true",
	}
	if p.Copy != nil {
		values["X-Ms-Copy-Id"], values["X-Ms-Copy-Source"] = p.Copy.ID, p.Copy.Source
		values["X-Ms-Copy-Status"] = "success"
		values["X-Ms-Copy-Progress"] = fmt.Sprintf("%d/%d", b.Size, b.Size)
		values["X-Ms-Copy-Completion-Time"] = p.Copy.Ended.UTC().Format(http.TimeFormat)
	}
	if s := c.grant.sas; s != nil && s.resource != "" {
		for i, name := range []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type"} {
			values[name] = cmp.Or(s.overrides[i], values[name])
		}
	}
	for name, v := range values {
		if v != "" {
			head.Set(name, v)
		}
	}
	metadataHeaders(head, p.Metadata)
}

// metadataHeaders adds metadata, in lower case: clients take the names as they
// come.
func metadataHeaders(h http.Header, metadata map[string]string) {
	for name, v := range metadata {
		h["x-ms-meta-"+name] = []string{v}
	}
}
