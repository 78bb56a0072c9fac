package lsp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/sourcegraph/jsonrpc2"
)

// The limits of what is kept: texts of one client, in all and in number.
const (
	maxOpenBytes = 256 << 20
	maxOpenTexts = 5_000
)

// lifecycle answers the requests that begin and end a session.
func (s *server) lifecycle(method string, raw json.RawMessage) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.phase == shut:
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "the server was shut down"}
	case method == "shutdown" && s.phase == begun:
		return nil, &jsonrpc2.Error{Code: codeNotInitialized, Message: "the session begins with initialize"}
	case method == "shutdown":
		s.phase = shut
		return nil, nil
	case s.phase == initialized:
		return nil, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "the session has begun already"}
	}
	p, err := decode[initializeParams](raw)
	if err != nil {
		return nil, err
	}
	s.client, s.phase = p.Capabilities, initialized
	s.enc = negotiate(p.Capabilities.General.PositionEncodings)
	return initializeResult{
		ServerInfo: serverInfo{Name: "ischia", Version: s.Version},
		Capabilities: serverCapabilities{
			PositionEncoding: s.enc,
			TextDocumentSync: syncOptions{OpenClose: true, Change: 2},
			Completion:       completionOptions{TriggerCharacters: []string{".", "{", "/", ":", " ", "\""}},
			Hover:            true, Definition: true, Symbols: true, References: true,
			Rename: renameOptions{Prepare: true}, CodeAction: actionOptions{Kinds: []string{quickFix}},
		},
	}, nil
}

func (s *server) exit() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.exited:
	default:
		close(s.exited)
	}
}

// watchFiles asks the client to tell of files that change on the disk. What it
// answers says nothing that matters: who cannot watch does not.
func (s *server) watchFiles(ctx context.Context, conn *jsonrpc2.Conn) {
	s.mu.Lock()
	wanted := s.client.Workspace.WatchedFiles.DynamicRegistration
	s.mu.Unlock()
	if !wanted {
		return
	}
	s.begin(func() {
		_, _ = conn.DispatchCall(ctx, "client/registerCapability", registrationParams{[]registration{{
			ID: "files", Method: "workspace/didChangeWatchedFiles",
			Options: watchOptions{[]watcher{{Glob: "**/*.{yml,yaml}"}}},
		}}})
	})
}

// notified acts on what the client tells.
func (s *server) notified(ctx context.Context, conn *jsonrpc2.Conn, method string, raw json.RawMessage) {
	s.mu.Lock()
	ready := s.phase == initialized
	s.mu.Unlock()
	if !ready {
		return
	}
	switch method {
	case "initialized":
		s.watchFiles(ctx, conn)
	case "$/cancelRequest":
		s.cancel(raw)
	case "textDocument/didOpen":
		if p, err := decode[openParams](raw); err == nil {
			s.opened(p)
		}
	case "textDocument/didChange":
		if p, err := decode[changeParams](raw); err == nil {
			s.changed(p)
		}
	case "textDocument/didSave":
		if p, err := decode[documentParams](raw); err == nil {
			s.touched(p.Document.URI, 0)
		}
	case "textDocument/didClose":
		if p, err := decode[closeParams](raw); err == nil {
			s.closed(p)
		}
	case "workspace/didChangeWatchedFiles":
		if p, err := decode[watchedFilesParams](raw); err == nil {
			for _, c := range p.Changes {
				s.touched(c.URI, s.Delay)
			}
		}
	}
}

// touched has everything checked that a file has to do with.
func (s *server) touched(uri string, after time.Duration) {
	if file, ok := fileOf(uri); ok {
		s.checker.touched(file, after)
	}
}

func (s *server) opened(p openParams) {
	file, ok := fileOf(p.Document.URI)
	if !ok {
		return // a text that is in no folder refers to nothing and is referred to by nobody
	}
	t := newText(p.Document.Text)
	if s.set(file, &document{uri: p.Document.URI, file: file, version: p.Document.Version, text: t, memo: &memo{}}) {
		s.checker.touched(file, 0)
	}
}

// set keeps a text, within the limits.
func (s *server) set(file fileAt, d *document) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	total := len(d.text.s)
	for at, other := range s.docs {
		if at != file {
			total += len(other.text.s)
		}
	}
	if _, there := s.docs[file]; total > maxOpenBytes || !there && len(s.docs) >= maxOpenTexts {
		delete(s.docs, file)
		return false
	}
	s.docs[file] = d
	return true
}

func (s *server) changed(p changeParams) {
	file, ok := fileOf(p.Document.URI)
	if !ok {
		return
	}
	s.mu.Lock()
	d, enc := s.docs[file], s.enc
	s.mu.Unlock()
	if d == nil {
		return
	}
	next := *d
	next.version = p.Document.Version
	next.text = d.text.edited(p.Changes, enc)
	if s.set(file, &next) {
		s.checker.touched(file, s.Delay)
	}
}

func (s *server) closed(p closeParams) {
	file, ok := fileOf(p.Document.URI)
	if !ok {
		return
	}
	s.mu.Lock()
	delete(s.docs, file)
	s.mu.Unlock()
	s.checker.closed(file)
}

func (s *server) isOpen(file fileAt) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.docs[file] != nil
}

// viewNow is what a check sees.
func (s *server) viewNow(ctx context.Context) *view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view(ctx)
}
