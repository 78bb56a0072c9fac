package lsp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/sourcegraph/jsonrpc2"
)

// The protocol's own codes of errors.
const (
	codeNotInitialized   = -32002
	codeRequestCancelled = -32800
	codeRequestFailed    = -32803
)

// answer makes the answer to a request's parameters.
type answer func(v *view, params json.RawMessage) (any, error)

// answering is an answer of a function of the parameters' type.
func answering[P, R any](f func(*view, P) (R, error)) answer {
	return func(v *view, raw json.RawMessage) (any, error) {
		p, err := decode[P](raw)
		if err != nil {
			return nil, err
		}
		return f(v, p)
	}
}

func decode[P any](raw json.RawMessage) (P, error) {
	var p P
	if err := json.Unmarshal(raw, &p); err != nil {
		return p, &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidParams, Message: fmt.Sprintf("decode the parameters: %v", err)}
	}
	return p, nil
}

// answers finds what answers requests of a method; nil for unknown ones.
func answers(method string) answer {
	switch method {
	case "textDocument/completion":
		return answering((*view).completion)
	case "textDocument/hover":
		return answering((*view).hover)
	case "textDocument/definition":
		return answering((*view).definition)
	case "textDocument/documentSymbol":
		return answering((*view).symbols)
	case "textDocument/references":
		return answering((*view).references)
	case "textDocument/prepareRename":
		return answering((*view).prepareRename)
	case "textDocument/codeAction":
		return answering((*view).actions)
	case "textDocument/rename":
		return answering((*view).rename)
	}
	return nil
}

// Handle takes one message. It is called for one after the other: what changes
// texts happens here, in order; requests go on beside.
func (s *server) Handle(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request) {
	raw := json.RawMessage("{}")
	if req.Params != nil && len(*req.Params) > 0 {
		raw = *req.Params
	}
	defer s.survive(func(err error) {
		if !req.Notif {
			reply(ctx, conn, req.ID, nil, err)
		}
	})
	switch {
	case req.Method == "exit":
		s.exit()
	case req.Notif:
		s.notified(ctx, conn, req.Method, raw)
	case req.Method == "initialize", req.Method == "shutdown":
		result, err := s.lifecycle(req.Method, raw)
		if req.Method == "shutdown" {
			s.requests.Wait() // what was asked before is answered before
		}
		reply(ctx, conn, req.ID, result, err)
	default:
		s.request(ctx, conn, req, raw)
	}
}

// survive turns a panic into an error: one faulty answer must not take all
// others with it.
func (s *server) survive(tell func(error)) {
	if r := recover(); r != nil {
		tell(&jsonrpc2.Error{Code: jsonrpc2.CodeInternalError, Message: fmt.Sprintf("a fault of ours: %v", r)})
	}
}

// request answers beside what comes next, which may be that the client does
// not want to know any more.
func (s *server) request(ctx context.Context, conn *jsonrpc2.Conn, req *jsonrpc2.Request, raw json.RawMessage) {
	do := answers(req.Method)
	if err := s.refused(req.Method, do); err != nil {
		reply(ctx, conn, req.ID, nil, err)
		return
	}
	s.slots <- struct{}{}
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	v := s.view(ctx)
	s.running[req.ID] = cancel
	s.mu.Unlock()
	begun := s.begin(func() {
		defer func() {
			cancel()
			s.mu.Lock()
			delete(s.running, req.ID)
			s.mu.Unlock()
			<-s.slots
		}()
		defer s.survive(func(err error) { reply(context.WithoutCancel(ctx), conn, req.ID, nil, err) })
		result, err := do(v, raw)
		if ctx.Err() != nil {
			result, err = nil, &jsonrpc2.Error{Code: codeRequestCancelled, Message: "cancelled"}
		}
		reply(context.WithoutCancel(ctx), conn, req.ID, result, err)
	})
	if !begun {
		cancel()
	}
}

// refused says why a request cannot be answered now, or ever.
func (s *server) refused(method string, do answer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.phase == begun:
		return &jsonrpc2.Error{Code: codeNotInitialized, Message: "the session begins with initialize"}
	case s.phase == shut:
		return &jsonrpc2.Error{Code: jsonrpc2.CodeInvalidRequest, Message: "the server was shut down"}
	case do == nil:
		return &jsonrpc2.Error{Code: jsonrpc2.CodeMethodNotFound, Message: fmt.Sprintf("%s is not offered", method)}
	}
	return nil
}

// reply sends a result, or the error instead. A client that is gone hears
// nothing; the stream says so to whoever reads it.
func reply(ctx context.Context, conn *jsonrpc2.Conn, id jsonrpc2.ID, result any, err error) {
	if err == nil {
		_ = conn.Reply(ctx, id, result)
		return
	}
	var fault *jsonrpc2.Error
	if !errors.As(err, &fault) {
		fault = &jsonrpc2.Error{Code: codeRequestFailed, Message: err.Error()}
	}
	_ = conn.ReplyWithError(ctx, id, fault)
}

// cancel ends a request that the client no longer waits for.
func (s *server) cancel(raw json.RawMessage) {
	p, err := decode[cancelParams](raw)
	if err != nil {
		return
	}
	var id jsonrpc2.ID
	if json.Unmarshal(p.ID, &id) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stop := s.running[id]; stop != nil {
		stop()
	}
}
