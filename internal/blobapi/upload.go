package blobapi

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"hash"
	"hash/crc64"
	"io"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
)

// body is what a request brings: how much, and what it says its hash is.
type body struct {
	r      io.Reader
	length int64
	md5    []byte
	crc    string
	// hashMD5 has the MD5 taken also when nobody compares it.
	hashMD5 bool
}

// upload is the body of a request that writes content.
func (c *call) upload() (body, error) {
	b := body{r: c.r.Body, length: c.r.ContentLength, crc: c.r.Header.Get("X-Ms-Content-Crc64")}
	if b.r == nil {
		b.r = http.NoBody
	}
	if b.length < 0 {
		return b, no(http.StatusLengthRequired, "MissingContentLengthHeader", "Content-Length HTTP header is missing.")
	}
	if b.length > c.h.MaxBytes {
		return b, no(http.StatusRequestEntityTooLarge, "RequestBodyTooLarge",
			"The request body is too large and exceeds the maximum permissible limit (%d bytes).", c.h.MaxBytes)
	}
	var err error
	b.md5, err = md5Header(c.r.Header, "Content-Md5")
	return b, err
}

// md5Header reads a hash; nil when there is none.
func md5Header(h http.Header, name string) ([]byte, error) {
	text := h.Get(name)
	if text == "" {
		return nil, nil
	}
	sum, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(sum) != md5.Size {
		return nil, no(http.StatusBadRequest, "InvalidMd5", "The MD5 value specified in the request is invalid.")
	}
	return sum, nil
}

// stored is content that has arrived.
type stored struct {
	digest blob.Digest
	size   int64
	md5    []byte
	crc    string
	// mode is the file's, 0 when nobody has said one.
	mode uint32
}

// store puts a body into a store, and compares what it says of itself.
func (c *call) store(to *blob.Store, b body) (stored, error) {
	var m hash.Hash
	var crc hash.Hash64
	// One byte more than was announced is one too many.
	r := io.LimitReader(b.r, b.length+1)
	if b.hashMD5 || b.md5 != nil {
		m = md5.New()
		r = io.TeeReader(r, m)
	}
	if b.crc != "" {
		crc = crc64.New(crcTable())
		r = io.TeeReader(r, crc)
	}
	var s stored
	var err error
	if s.digest, s.size, err = to.PutReader(c.r.Context(), r); err != nil {
		if c.r.Context().Err() != nil || errors.Is(err, io.ErrUnexpectedEOF) {
			return s, no(http.StatusBadRequest, "RequestBodyIncomplete", "The request body did not arrive.")
		}
		return s, err
	}
	if s.size != b.length {
		return s, no(http.StatusBadRequest, "InvalidInput", "The request body is not as long as Content-Length says.")
	}
	if m != nil {
		s.md5 = m.Sum(nil)
	}
	if b.md5 != nil && !bytes.Equal(b.md5, s.md5) {
		return s, no(http.StatusBadRequest, "Md5Mismatch",
			"The MD5 value specified in the request did not match with the MD5 value calculated by the server.")
	}
	if crc != nil {
		s.crc = crcText(crc.Sum64())
		if s.crc != strings.TrimSpace(b.crc) {
			return s, no(http.StatusBadRequest, "Crc64Mismatch",
				"The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.")
		}
	}
	return s, nil
}

// acknowledge says which hashes the content has that has arrived.
func (c *call) acknowledge(s stored) {
	if s.md5 != nil {
		c.w.Header().Set("Content-Md5", base64.StdEncoding.EncodeToString(s.md5))
	}
	if s.crc != "" {
		c.w.Header().Set("X-Ms-Content-Crc64", s.crc)
	}
	c.w.Header().Set("X-Ms-Request-Server-Encrypted", "false")
}

// compareMD5 reads r to its end and compares its hash.
func compareMD5(r io.Reader, want []byte) error {
	m := md5.New()
	if _, err := io.Copy(m, r); err != nil {
		return err
	}
	if !bytes.Equal(m.Sum(nil), want) {
		return md5Mismatch()
	}
	return nil
}

func md5Mismatch() error {
	return no(http.StatusBadRequest, "Md5Mismatch",
		"The MD5 value specified in the request did not match with the MD5 value calculated by the server.")
}

// checkHashes compares what a body that was read whole says of itself.
func checkHashes(text []byte, b body) error {
	if sum := md5.Sum(text); b.md5 != nil && !bytes.Equal(b.md5, sum[:]) {
		return md5Mismatch()
	}
	if b.crc != "" && crcText(crc64.Checksum(text, crcTable())) != strings.TrimSpace(b.crc) {
		return no(http.StatusBadRequest, "Crc64Mismatch",
			"The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.")
	}
	return nil
}
