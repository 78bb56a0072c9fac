package yamlnode

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/diag"
)

// maxEncodingFaults bounds the list for a file that is no text at all.
const maxEncodingFaults = 20

// decode takes a byte order mark off and makes data text that YAML allows, so
// that reading can go on: each byte or character that may not be there is
// complained about, once a line, and replaced. It is false when there is no
// point in going on.
func decode(file string, data []byte, faults *diag.List) ([]byte, bool) {
	if bytes.HasPrefix(data, []byte("\xFF\xFE")) || bytes.HasPrefix(data, []byte("\xFE\xFF")) {
		faults.Errorf(firstChar(file), diag.CodeYAMLEncoding, "the file is UTF-16, not UTF-8").
			Hint = "save the file as UTF-8"
		return nil, false
	}
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	if allAllowed(data) {
		return data, true
	}
	d := decoder{file: file, faults: faults, out: make([]byte, 0, len(data)+64), line: 1, column: 1}
	for len(data) > 0 && d.count < maxEncodingFaults {
		data = data[d.next(data):]
	}
	return d.out, d.count < maxEncodingFaults
}

// allAllowed reports whether there is nothing to replace, the usual case.
func allAllowed(data []byte) bool {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if (r == utf8.RuneError && n == 1) || !allowed(r) {
			return false
		}
		i += n
	}
	return true
}

// allowed reports whether YAML lets r stand in a file, as PyYAML's reader does.
func allowed(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == 0x85:
		return true
	case r < 0x20 || (r >= 0x7F && r < 0xA0):
		return false
	default:
		return r != 0xFFFE && r != 0xFFFF
	}
}

// decoder copies text and replaces what may not be there.
type decoder struct {
	file         string
	faults       *diag.List
	out          []byte
	line, column int
	faultLine    int // the last line that was complained about
	count        int
}

// next copies one character of data and returns its length.
func (d *decoder) next(data []byte) int {
	r, n := utf8.DecodeRune(data)
	switch {
	case r == utf8.RuneError && n == 1:
		d.fault(fmt.Sprintf("byte 0x%02X is not valid UTF-8", data[0]), "save the file as UTF-8")
		r = utf8.RuneError
	case !allowed(r):
		d.fault(fmt.Sprintf("the control character U+%04X may not stand in YAML", r), `remove it, or write it as an escape within double quotes`)
		r = utf8.RuneError
	}
	d.out = utf8.AppendRune(d.out, r)
	d.column++
	if r == '\n' || (r == '\r' && (len(data) < 2 || data[1] != '\n')) {
		d.line++
		d.column = 1
	}
	return n
}

// fault complains once a line.
func (d *decoder) fault(message, hint string) {
	if d.faultLine == d.line {
		return
	}
	d.faultLine = d.line
	d.count++
	at := diag.Pos{File: d.file, Line: d.line, Column: d.column}
	d.faults.Errorf(diag.Range{Pos: at, EndLine: d.line, EndColumn: d.column + 1}, diag.CodeYAMLEncoding, "%s", message).Hint = hint
}
