package mask

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Terminal passes text on to w, which is a terminal, without what would do
// more than show it: of the control sequences only SGR (colour, bold) remain;
// cursor movement, titles, links, clipboard, queries and the 8-bit controls
// go. Control characters go too, except tab and line ends. Invalid UTF-8 and
// the controls that reorder text (bidirectional overrides and isolates) become
// U+FFFD.
//
// "\r\n" is kept. A "\r" alone, by which progress bars redraw their line, ends
// the line instead, so that nothing can be hidden by writing over it; at the
// beginning of a line it goes.
//
// Close writes what is held back (part of a character) and ends a colour that
// is still on; it does not close w. For one goroutine at a time.
func Terminal(w io.Writer) io.WriteCloser { return &terminalWriter{out: w} }

// CleanTerminal is s as [Terminal] would pass it on.
func CleanTerminal(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	w := Terminal(&b)
	// A strings.Builder never fails.
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// isPlain: there is nothing to clean, as in nearly all lines.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 0x20 || c > 0x7E) && c != '\n' && c != '\t' {
			return false
		}
	}
	return true
}

// terminalWriter is a cleaner between writes.
type terminalWriter struct {
	out     io.Writer
	cleaner cleaner
	partial []byte // the beginning of a character
}

// Write implements io.Writer.
func (t *terminalWriter) Write(p []byte) (int, error) {
	text := append(t.partial, p...)
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		t.cleaner.rune(r)
		text = text[size:]
	}
	t.partial = append(t.partial[:0], text...)
	if err := t.flush(); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Close implements io.Closer.
func (t *terminalWriter) Close() error {
	for range t.partial {
		t.cleaner.rune(utf8.RuneError)
	}
	t.partial = nil
	t.cleaner.end()
	return t.flush()
}

func (t *terminalWriter) flush() error {
	out := t.cleaner.out
	t.cleaner.out = out[:0]
	if len(out) == 0 {
		return nil
	}
	if _, err := t.out.Write(out); err != nil {
		return fmt.Errorf("write to terminal: %w", err)
	}
	return nil
}
