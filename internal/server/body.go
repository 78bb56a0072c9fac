package server

import (
	"io"
	"net/http"
	"time"
)

// boundBody bounds a request's body: its size, unless the door does that, and
// the time between two pieces of it.
func boundBody(w http.ResponseWriter, r *http.Request, large bool) {
	if r.Body == nil || r.Body == http.NoBody {
		return
	}
	body := r.Body
	if !large {
		body = http.MaxBytesReader(w, body, maxBody)
	}
	p := &pieces{ReadCloser: body, control: http.NewResponseController(w)}
	p.wait() // also for the rest that nobody reads
	r.Body = p
}

// pieces is a body whose pieces have to come one soon after the other.
type pieces struct {
	io.ReadCloser
	control *http.ResponseController
	ended   bool
}

// Read implements io.Reader.
func (p *pieces) Read(b []byte) (int, error) {
	if !p.ended {
		p.wait()
	}
	n, err := p.ReadCloser.Read(b)
	if err == io.EOF && !p.ended {
		p.ended = true
		// An answer may take its time: whether the client is still there is
		// read from the same connection.
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// wait starts the time for the next piece. A connection that is none has no
// deadlines.
func (p *pieces) wait() { _ = p.control.SetReadDeadline(time.Now().Add(pieceTimeout)) }
