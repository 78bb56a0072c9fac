package lsp

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/diag"
	"github.com/sourcegraph/jsonrpc2"
)

// Options are what a server is told besides its streams. The zero value is
// fine.
type Options struct {
	// Version is the server's own, as the client may show it.
	Version string
	// Volume is the file system rooted at a volume's root, which is "/" or
	// like `C:\`. Nil is this machine's.
	Volume func(root string) fs.FS
	// Delay is how long the server waits for the next key stroke before it
	// checks; 0 is a fifth of a second.
	Delay time.Duration
}

// ErrNoShutdown is how a session ends that the client did not end as the
// protocol asks: with shutdown, then exit.
var ErrNoShutdown = errors.New("the client left without shutting the server down")

// Serve speaks with one client until it says exit, its stream ends, or ctx
// does.
func Serve(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	if o.Volume == nil {
		o.Volume = os.DirFS
	}
	if o.Delay == 0 {
		o.Delay = 200 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := newServer(o)
	conn := jsonrpc2.NewConn(ctx, newStream(in, out, func() error { return nil }), s, jsonrpc2.SetLogger(quiet{}))
	var work sync.WaitGroup
	work.Go(func() { s.checker.run(ctx, client{ctx, conn}) })
	select {
	case <-s.exited:
	case <-conn.DisconnectNotify():
	case <-ctx.Done():
	}
	err := ctx.Err()
	cancel()
	s.end(&work)
	if err == nil && !s.isShut() {
		return ErrNoShutdown
	}
	return err
}

// lastWords is how long answers may take that are being written to a client
// that may not read any more.
const lastWords = time.Second

// end waits for what is being done, but not for ever.
func (s *server) end(work *sync.WaitGroup) {
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		work.Wait()
		s.requests.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(lastWords):
	}
}

// begin makes room for a request; it is false when there will be no answer.
func (s *server) begin(do func()) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.requests.Go(do)
	}
	return !s.ended
}

// quiet is a log for what the client hears of anyway.
type quiet struct{}

// Printf says nothing.
func (quiet) Printf(string, ...any) {}

// client is the other side of a connection.
type client struct {
	ctx  context.Context
	conn *jsonrpc2.Conn
}

// tell notifies the client. One that is gone hears nothing.
func (c client) tell(method string, params any) { _ = c.conn.Notify(c.ctx, method, params) }

// server is one session.
type server struct {
	Options
	checker *checker
	// exited is closed when the client says exit; requests are those being
	// answered, and slots bound how many.
	exited   chan struct{}
	requests sync.WaitGroup
	slots    chan struct{}

	mu          sync.Mutex
	phase       phase
	ended       bool // nothing is begun any more
	client      clientCapabilities
	enc         encoding
	docs        map[fileAt]*document
	running     map[jsonrpc2.ID]context.CancelFunc
	descriptors *kinds
}

// phase is how far a session is.
type phase int

const (
	begun phase = iota
	initialized
	shut
)

// maxAnswering bounds the requests that are answered at once; the stream is
// not read on until one is done.
const maxAnswering = 64

func newServer(o Options) *server {
	s := &server{
		Options: o, exited: make(chan struct{}), slots: make(chan struct{}, maxAnswering), enc: utf16Units,
		docs: map[fileAt]*document{}, running: map[jsonrpc2.ID]context.CancelFunc{},
		descriptors: newKinds(),
	}
	s.checker = newChecker(s)
	return s
}

func (s *server) isShut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.phase == shut
}

// document is an open text. It never changes; an edit makes another.
type document struct {
	uri     string
	file    fileAt
	version int
	text    *text
	memo    *memo
}

// view is what a request sees: everything as it was when it came.
type view struct {
	ctx     context.Context
	client  clientCapabilities
	enc     encoding
	docs    map[fileAt]*document
	volume  func(root string) fs.FS
	kinds   *kinds
	found   func(fileAt) diag.List
	volumes map[string]*overlay
}

// view is called with the lock held.
func (s *server) view(ctx context.Context) *view {
	v := &view{
		ctx: ctx, client: s.client, enc: s.enc, volume: s.Volume, kinds: s.descriptors, found: s.checker.current,
		docs: make(map[fileAt]*document, len(s.docs)), volumes: map[string]*overlay{},
	}
	for at, d := range s.docs {
		v.docs[at] = d
	}
	return v
}

// fs is the volume that f lies on, with the open texts over it.
func (v *view) fs(f fileAt) *overlay {
	if o := v.volumes[f.root]; o != nil {
		return o
	}
	open := map[string]*text{}
	for at, d := range v.docs {
		if at.root == f.root {
			open[at.name] = d.text
		}
	}
	o := newOverlay(v.ctx, v.volume(f.root), open)
	v.volumes[f.root] = o
	return o
}

// text is that of a file, from its editor or the disk; nil when it cannot be
// read.
func (v *view) text(f fileAt) *text {
	if d := v.docs[f]; d != nil {
		return d.text
	}
	data, err := v.fs(f).ReadFile(f.name)
	if err != nil {
		return nil
	}
	return newText(string(data))
}

// uri names a file as the client does.
func (v *view) uri(f fileAt) string {
	if d := v.docs[f]; d != nil {
		return d.uri
	}
	return f.uri()
}
