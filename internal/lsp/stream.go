package lsp

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/sourcegraph/jsonrpc2"
)

// The limits of what a client may send.
const (
	maxMessage = 64 << 20
	maxHeader  = 8 << 10
)

// stream is the protocol's framing. The library's own gives up at the first
// message that is no JSON; here such a message is answered with an error, and
// the next one is read. Only what cannot be framed ends the stream.
type stream struct {
	in *bufio.Reader

	mu    sync.Mutex
	out   io.Writer
	close func() error
}

func newStream(in io.Reader, out io.Writer, closing func() error) *stream {
	return &stream{in: bufio.NewReaderSize(in, 64<<10), out: out, close: closing}
}

// ReadObject reads the next message that makes sense into v.
func (s *stream) ReadObject(v any) error {
	for {
		data, err := s.frame()
		if err != nil {
			return err
		}
		err = s.decode(data, v)
		if err == nil {
			return nil
		}
		if err := s.refuse(data, err); err != nil {
			return err
		}
	}
}

// decode takes a message apart. The library trusts it in places where a
// stranger's should not be; a panic of its is a message that makes no sense.
func (s *stream) decode(data []byte, v any) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("decode the message: %v", r)
		}
	}()
	return json.Unmarshal(data, v)
}

// frame reads one message's bytes.
func (s *stream) frame() ([]byte, error) {
	length, err := s.header()
	if err != nil {
		return nil, err
	}
	// ReadAll grows with what arrives: a length alone costs nothing.
	data, err := io.ReadAll(io.LimitReader(s.in, int64(length)))
	if err == nil && len(data) < length {
		err = io.ErrUnexpectedEOF
	}
	return data, err
}

// header reads the lines before a message, up to the empty one, and gives its
// length. Lines of other headers say nothing that matters: all is UTF-8.
func (s *stream) header() (int, error) {
	length, size := -1, 0
	for {
		line, err := s.in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if size += len(line); size > maxHeader {
			return 0, fmt.Errorf("the header of a message has more than %d bytes", maxHeader)
		}
		field := strings.TrimRight(string(line), "\r\n")
		if field == "" && length >= 0 {
			return length, nil
		}
		name, value, ok := strings.Cut(field, ":")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "Content-Length") {
			continue
		}
		length, err = strconv.Atoi(strings.TrimSpace(value))
		if err != nil || length < 0 || length > maxMessage {
			return 0, fmt.Errorf("%q is not the length of a message", strings.TrimSpace(value))
		}
	}
}

// refuse answers a message that makes no sense.
func (s *stream) refuse(data []byte, cause error) error {
	var head struct {
		ID json.RawMessage `json:"id"`
	}
	code := jsonrpc2.CodeInvalidRequest
	var syntax *json.SyntaxError
	if err := json.Unmarshal(data, &head); errors.As(err, &syntax) {
		code = jsonrpc2.CodeParseError
	}
	if len(head.ID) == 0 || strings.ContainsRune("[{", rune(head.ID[0])) {
		head.ID = json.RawMessage("null")
	}
	return s.WriteObject(map[string]any{
		"jsonrpc": "2.0", "id": head.ID,
		"error": map[string]any{"code": code, "message": cause.Error()},
	})
}

// WriteObject sends a message.
func (s *stream) WriteObject(obj any) error {
	data, err := json.Marshal(obj)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	head := "Content-Length: " + strconv.Itoa(len(data)) + "\r\n\r\n"
	_, err = s.out.Write(append([]byte(head), data...))
	return err
}

// Close ends the stream.
func (s *stream) Close() error { return s.close() }
