package proxy

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
)

// bound is the connection of a client that takes us for a host of Azure's.
type bound struct {
	net.Conn
	target target
}

// queue is a listener whose connections come from the proxy's own port.
type queue struct {
	address net.Addr
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newQueue(address net.Addr) *queue {
	return &queue{address: address, waiting: make(chan net.Conn), closed: make(chan struct{})}
}

func (q *queue) add(c net.Conn) {
	select {
	case q.waiting <- c:
	case <-q.closed:
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (q *queue) Accept() (net.Conn, error) {
	select {
	case c := <-q.waiting:
		return c, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (q *queue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

// Addr implements net.Listener.
func (q *queue) Addr() net.Addr { return q.address }

type targetKey struct{}

// withTarget lets the requests of a connection know which host it is to.
func withTarget(ctx context.Context, c net.Conn) context.Context {
	if secure, ok := c.(*tls.Conn); ok {
		if b, ok := secure.NetConn().(*bound); ok {
			return context.WithValue(ctx, targetKey{}, b.target)
		}
	}
	return ctx
}
