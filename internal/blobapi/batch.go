package blobapi

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"

	"github.com/google/uuid"
)

// The protocol's bounds of a batch.
const (
	maxBatch     = 256
	maxBatchBody = 4 << 20
)

// batch answers many requests in one. Each is allowed, or not, by what it
// brings itself. Only what deletes blobs is supported in it.
func (c *call) batch() error {
	requests, err := c.batched()
	if err != nil {
		return err
	}
	var body bytes.Buffer
	out := multipart.NewWriter(&body)
	if err := out.SetBoundary("batchresponse_" + uuid.NewString()); err != nil {
		return err
	}
	for _, r := range requests {
		head := textproto.MIMEHeader{"Content-Type": {"application/http"}}
		if r.id != "" {
			head.Set("Content-ID", r.id)
		}
		part, err := out.CreatePart(head)
		if err != nil {
			return err
		}
		w := &recorded{head: http.Header{}}
		c.h.answer(w, r.Request, c.innerPrefix(r.URL.Path))
		if err := w.write(part); err != nil {
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "multipart/mixed; boundary="+out.Boundary())
	c.w.WriteHeader(http.StatusAccepted)
	_, _ = c.w.Write(body.Bytes()) // the client is gone
	return nil
}

// partRequest is one request of a batch.
type partRequest struct {
	*http.Request
	id string
}

// batched reads the requests of a batch.
func (c *call) batched() ([]partRequest, error) {
	in, err := c.upload()
	if err != nil {
		return nil, err
	}
	if in.length > maxBatchBody {
		return nil, no(http.StatusRequestEntityTooLarge, "RequestBodyTooLarge", "A batch has at most 4 MiB.")
	}
	kind, params, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" || params["boundary"] == "" {
		return nil, badHeader("Content-Type", "want multipart/mixed and its boundary")
	}
	parts := multipart.NewReader(io.LimitReader(in.r, in.length), params["boundary"])
	var requests []partRequest
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) && len(requests) > 0 {
			return requests, nil
		}
		if err != nil {
			return nil, badBatch("it cannot be read")
		}
		if len(requests) == maxBatch {
			return nil, no(http.StatusBadRequest, "ExceedsMaxBatchRequestCount", "A batch has at most 256 requests.")
		}
		r, err := c.partRequest(part)
		if err != nil {
			return nil, err
		}
		requests = append(requests, r)
	}
}

func badBatch(why string) error {
	return no(http.StatusBadRequest, "InvalidInput", "One of the request inputs is not valid: the batch: %s.", why)
}

// partRequest reads one request of a batch.
func (c *call) partRequest(part *multipart.Part) (partRequest, error) {
	id := part.Header.Get("Content-ID")
	if len(id) > 64 || !printable(id) {
		return partRequest{}, badBatch("a Content-ID is odd")
	}
	// Clients leave out the empty line that ends the headers.
	r, err := http.ReadRequest(bufio.NewReader(io.MultiReader(part, bytes.NewReader([]byte("\r\n\r\n")))))
	if err != nil || r.ContentLength > 0 {
		return partRequest{}, badBatch("a request in it cannot be read")
	}
	if comp := r.URL.Query().Get("comp"); r.Method != http.MethodDelete || comp != "" {
		return partRequest{}, notImplemented("Another request in a batch than Delete Blob")
	}
	r.Host, r.RemoteAddr, r.TLS, r.Body = c.r.Host, c.r.RemoteAddr, c.r.TLS, http.NoBody
	return partRequest{r.WithContext(c.r.Context()), id}, nil
}

// recorded is an answer that is kept.
type recorded struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

// innerPrefix is what comes before the account in the path of a request of the
// batch. On a loopback address the client for Python gives the account there,
// and leaves out what stands before it in the batch's own address.
func (c *call) innerPrefix(path string) string {
	if strings.HasPrefix(path, "/"+c.grant.account.Name+"/") {
		return ""
	}
	return c.prefix
}

// Header implements http.ResponseWriter.
func (w *recorded) Header() http.Header { return w.head }

// WriteHeader implements http.ResponseWriter.
func (w *recorded) WriteHeader(status int) { w.status = status }

// Write implements http.ResponseWriter.
func (w *recorded) Write(p []byte) (int, error) { return w.body.Write(p) }

// write writes the answer as it would travel alone.
func (w *recorded) write(to io.Writer) error {
	if _, err := fmt.Fprintf(to, "HTTP/1.1 %d %s\r\n", w.status, http.StatusText(w.status)); err != nil {
		return err
	}
	if err := w.head.Write(to); err != nil {
		return err
	}
	_, err := fmt.Fprintf(to, "\r\n%s\r\n", w.body.Bytes())
	return err
}
