package view

import (
	"bytes"
	"fmt"
	"io"

	"github.com/charmbracelet/x/ansi"
)

// screen redraws the lowest lines of a terminal in place. The cursor rests at
// the beginning of the line below them, and stays visible: a program that is
// killed leaves the terminal as it was.
type screen struct {
	w    io.Writer
	size func() (width, height int)

	widths []int // of the lines that are drawn
	dead   bool  // it takes no output any more
}

// draw puts above on the screen for good, and below in place of what was drawn
// before. Each line is cleared only behind its text, and all is one write, so
// nothing flickers.
func (s *screen) draw(above, below []string, width int) {
	if s.dead {
		return
	}
	var b bytes.Buffer
	if rows := s.rows(width); rows > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", rows)
	}
	if len(above) > 0 {
		// These may be wider than the screen, and then wrap.
		b.WriteString("\x1b[J")
	}
	for _, lines := range [][]string{above, below} {
		for _, line := range lines {
			b.WriteString(line + "\x1b[K\r\n")
		}
	}
	b.WriteString("\x1b[J")
	s.widths = s.widths[:0]
	for _, line := range below {
		s.widths = append(s.widths, ansi.StringWidth(line))
	}
	if _, err := s.w.Write(b.Bytes()); err != nil {
		s.dead = true
	}
}

// rows is how many rows the drawn lines take. A terminal that became narrower
// has wrapped them.
func (s *screen) rows(width int) int {
	rows := 0
	for _, w := range s.widths {
		rows += max((w+width-1)/max(width, 1), 1)
	}
	return rows
}
