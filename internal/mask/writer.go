package mask

import (
	"fmt"
	"io"
)

// writer masks a stream. A byte is written as soon as it is known whether a
// secret covers it.
type writer struct {
	out  io.Writer
	auto *automaton

	state int32
	// held is text whose fate is open; spans are those parts of it that
	// secrets cover, in order, neither overlapping nor touching.
	held  []byte
	spans []span
	// covered: the last byte that was decided belongs to a secret, whose
	// stars are out already.
	covered bool
	buffer  []byte // reused
}

// span is a part of held.
type span struct{ from, to int }

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
	scanned := len(w.held)
	w.held = append(w.held, p...)
	w.scan(scanned)
	if err := w.flush(w.decided()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close writes what is held back, which is not a secret after all.
func (w *writer) Close() error {
	w.state = 0
	return w.flush(len(w.held))
}

// scan looks for secrets in held, from the given byte on.
func (w *writer) scan(from int) {
	state, auto := w.state, w.auto
	for i, by := range w.held[from:] {
		state = auto.next(state, by)
		if length := int(auto.nodes[state].match); length > 0 {
			end := from + i + 1
			w.cover(span{max(end-length, 0), end})
		}
	}
	w.state = state
}

// cover adds a span that ends where the text does.
func (w *writer) cover(s span) {
	for len(w.spans) > 0 && w.spans[len(w.spans)-1].to >= s.from {
		s.from = min(s.from, w.spans[len(w.spans)-1].from)
		w.spans = w.spans[:len(w.spans)-1]
	}
	w.spans = append(w.spans, s)
}

// decided is how much of held no coming byte can change: all before the
// earliest possible beginning of a secret, and what is covered anyway.
func (w *writer) decided() int {
	open := max(len(w.held)-int(w.auto.nodes[w.state].hold), 0)
	for _, s := range w.spans {
		if s.from <= open && open < s.to {
			return s.to
		}
	}
	return open
}

// flush writes the first n bytes of held, masked, and forgets them.
func (w *writer) flush(n int) error {
	out := w.buffer[:0]
	at := 0
	for _, s := range w.spans {
		if s.from >= n {
			break
		}
		out = w.clear(out, w.held[at:s.from])
		if !w.covered {
			out = append(out, stars...)
		}
		w.covered = true
		at = min(s.to, n)
	}
	out = w.clear(out, w.held[at:n])
	w.forget(n)
	w.buffer = out[:0]
	if len(out) == 0 {
		return nil
	}
	if _, err := w.out.Write(out); err != nil {
		return fmt.Errorf("write masked text: %w", err)
	}
	return nil
}

// clear appends text that no secret covers.
func (w *writer) clear(out, text []byte) []byte {
	if len(text) > 0 {
		w.covered = false
	}
	return append(out, text...)
}

func (w *writer) forget(n int) {
	w.held = append(w.held[:0], w.held[n:]...)
	left := w.spans[:0]
	for _, s := range w.spans {
		if s.to > n {
			left = append(left, span{max(s.from-n, 0), s.to - n})
		}
	}
	w.spans = left
}
