package diag

import (
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// The measures of an excerpt, in terminal cells.
const (
	maxExcerpt = 100 // of a line of source
	lead       = 40  // what is kept before the place when a line is cut
	tabWidth   = 4
)

// sources reads each file once.
type sources struct {
	read  func(string) ([]byte, error)
	lines map[string][]string
	// last is the line that was asked for last, in characters: a long one may
	// have many faults.
	last struct {
		file   string
		number int
		runes  []rune
	}
}

// characters are those of a line of file, counted from 1, without its line
// break.
func (s *sources) characters(file string, number int) ([]rune, bool) {
	if s.last.number == number && s.last.file == file && number > 0 {
		return s.last.runes, true
	}
	line, ok := s.line(file, number)
	if !ok {
		return nil, false
	}
	s.last.file, s.last.number, s.last.runes = file, number, []rune(line)
	return s.last.runes, true
}

// line is a line of file as text.
func (s *sources) line(file string, number int) (string, bool) {
	if s.read == nil || number < 1 {
		return "", false
	}
	lines, known := s.lines[file]
	if !known {
		if data, err := s.read(file); err == nil {
			lines = splitLines(string(data))
		}
		s.lines[file] = lines
	}
	if number > len(lines) {
		return "", false
	}
	return lines[number-1], true
}

// splitLines splits at every kind of line break, as readers count them.
func splitLines(text string) []string {
	text = strings.TrimPrefix(text, "\uFEFF")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
}

// excerpt is a line as shown, and where its carets go.
type excerpt struct {
	text           string
	indent, carets int
}

// excerptOf prepares a line to be shown with r marked.
func excerptOf(runes []rune, r Range) excerpt {
	start := min(max(r.Column-1, 0), len(runes))
	end := len(runes)
	if r.EndLine <= r.Line {
		end = min(max(r.EndColumn-1, start), len(runes))
	}
	from, to := window(runes, start)
	var b strings.Builder
	if from > 0 {
		b.WriteString("…")
	}
	indent, carets := 0, 0
	if from > 0 {
		indent = 1
	}
	for i := from; i < to; i++ {
		text, cells := cell(runes[i])
		b.WriteString(text)
		switch {
		case i < start:
			indent += cells
		case i < end:
			carets += cells
		}
	}
	if to < len(runes) {
		b.WriteString("…")
	}
	return excerpt{text: strings.TrimRight(b.String(), " "), indent: indent, carets: max(carets, 1)}
}

// window is the part of a long line that is shown: what is around start.
func window(runes []rune, start int) (from, to int) {
	total := 0
	for _, r := range runes {
		if total > maxExcerpt {
			break
		}
		_, cells := cell(r)
		total += cells
	}
	if total <= maxExcerpt {
		return 0, len(runes)
	}
	for from = start; from > 0; from-- {
		if _, cells := span(runes[from-1 : start]); cells > lead {
			break
		}
	}
	cells := 0
	for to = from; to < len(runes); to++ {
		_, c := cell(runes[to])
		if cells += c; cells > maxExcerpt {
			break
		}
	}
	return from, to
}

// span is how runes are shown, and how many cells that takes.
func span(runes []rune) (string, int) {
	var b strings.Builder
	total := 0
	for _, r := range runes {
		text, cells := cell(r)
		b.WriteString(text)
		total += cells
	}
	return b.String(), total
}

// cell is how one character is shown, and how many cells that takes. What
// would act on a terminal, or turn the direction of text, is made visible.
func cell(r rune) (string, int) {
	switch {
	case r == '\t':
		return strings.Repeat(" ", tabWidth), tabWidth
	case r < 0x20:
		return string(0x2400 + r), 1
	case r == 0x7F:
		return "\u2421", 1
	case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029:
		return "\uFFFD", 1
	}
	// Not the locale of this machine decides, so that output is the same
	// everywhere.
	return string(r), (&runewidth.Condition{StrictEmojiNeutral: true}).RuneWidth(r)
}

// visible is text on one line, without anything that acts on a terminal.
func visible(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return r < 0x20 || r > 0x7E }) < 0 {
		return text
	}
	out, _ := span([]rune(text))
	return out
}
