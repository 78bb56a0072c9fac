package mask

import (
	"strings"
	"unicode/utf8"
)

// place is where in a control sequence the cleaner is (ECMA-48, 5.4 and 5.6).
type place int

const (
	inText   place = iota
	inEscape       // after ESC
	inMarked       // after ESC and an intermediate byte: one final byte follows
	inCSI          // after ESC [
	inString       // in the text of an OSC, DCS, SOS, PM or APC
)

// maxSGR bounds the parameters of a colour sequence; longer ones are no colour.
const maxSGR = 64

// cleaner reads text character by character and keeps what may be shown.
type cleaner struct {
	out []byte

	place      place
	parameters []byte // of the CSI sequence
	returned   bool   // a "\r" came last
	inLine     bool   // something stands on the current line
	colored    bool   // the last SGR was not a reset
}

// rune takes the next character.
func (c *cleaner) rune(r rune) {
	switch {
	case r == 0x1B:
		c.place = inEscape
	case r == '\n' || r == '\r' || r == 0x18 || r == 0x1A:
		// Line ends end a sequence, because one that is never finished must
		// not swallow the rest of a log; CAN and SUB do so by the standard.
		c.place = inText
		c.text(r)
	case r >= 0x80 && r <= 0x9F:
		c.control8(r)
	default:
		c.part(r)
	}
}

// control8 takes an 8-bit control, which stands for ESC and a letter.
func (c *cleaner) control8(r rune) {
	c.place = inText
	c.escape(r - 0x40)
}

// part takes any other character, according to where it stands.
func (c *cleaner) part(r rune) {
	switch c.place {
	case inText:
		c.text(r)
	case inEscape:
		c.escape(r)
	case inMarked:
		c.marked(r)
	case inCSI:
		c.csi(r)
	case inString:
		if r == 0x07 {
			c.place = inText
		}
	}
}

// escape takes the character after ESC.
func (c *cleaner) escape(r rune) {
	c.place = inText
	switch {
	case r == '[':
		c.place = inCSI
		c.parameters = c.parameters[:0]
	case strings.ContainsRune("]PX^_", r):
		c.place = inString
	case r >= 0x20 && r <= 0x2F:
		c.place = inMarked
	case r >= 0x30 && r <= 0x7E:
		// A sequence of two characters, complete.
	default:
		c.text(r)
	}
}

// marked takes a character after ESC and an intermediate one.
func (c *cleaner) marked(r rune) {
	if r >= 0x20 && r <= 0x2F {
		return
	}
	c.place = inText
	if r < 0x20 || r > 0x7E {
		c.text(r)
	}
}

// csi takes a character after ESC [.
func (c *cleaner) csi(r rune) {
	switch {
	case r >= 0x20 && r <= 0x3F:
		if len(c.parameters) <= maxSGR {
			c.parameters = append(c.parameters, byte(r))
		}
	case r >= 0x40 && r <= 0x7E:
		c.place = inText
		if r == 'm' {
			c.sgr()
		}
	default:
		c.place = inText
		c.text(r)
	}
}

// sgr keeps the sequence that has just ended, if it is a colour: parameters
// that begin with a private mark, such as ">4;1", configure the keyboard.
func (c *cleaner) sgr() {
	p := string(c.parameters)
	if len(p) > maxSGR || strings.Trim(p, "0123456789;:") != "" {
		return
	}
	c.endReturn()
	c.out = append(append(append(c.out, "\x1b["...), p...), 'm')
	c.colored = strings.Trim(p, "0") != ""
}

// text takes a character that is not part of a sequence.
func (c *cleaner) text(r rune) {
	switch {
	case r == '\r':
		c.returned = true
		return
	case r == '\n':
		if c.returned {
			c.out = append(c.out, '\r')
		}
		c.out = append(c.out, '\n')
		c.returned, c.inLine = false, false
		return
	case r < 0x20 && r != '\t' || r == 0x7F:
		return
	case reorders(r):
		r = utf8.RuneError
	}
	c.endReturn()
	c.out = utf8.AppendRune(c.out, r)
	c.inLine = true
}

// endReturn makes a line end of a "\r" that no "\n" followed.
func (c *cleaner) endReturn() {
	if c.returned && c.inLine {
		c.out = append(c.out, '\n')
		c.inLine = false
	}
	c.returned = false
}

// end is the end of the text.
func (c *cleaner) end() {
	c.endReturn()
	c.place = inText
	if c.colored {
		c.out = append(c.out, "\x1b[0m"...)
		c.colored = false
	}
}

// reorders reports whether r makes a terminal show text in another order than
// it stands in: the embeddings, overrides and isolates of Unicode (UAX #9).
// The marks that only hint at a direction are kept; Hebrew and Arabic need
// them.
func reorders(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}
