package jmespath

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
)

// compactJSON writes a value as to_string() does: no spaces, keys in order,
// and everything outside ASCII escaped, as Python's json.dumps.
func compactJSON(v any) string {
	var b strings.Builder
	writeCompact(&b, v)
	return b.String()
}

func quoteJSON(text string) string {
	var b strings.Builder
	writeASCII(&b, text)
	return b.String()
}

func writeCompact(b *strings.Builder, v any) {
	switch v := v.(type) {
	case nil:
		b.WriteString("null")
	case bool:
		b.WriteString(strconv.FormatBool(v))
	case json.Number:
		b.WriteString(string(v))
	case string:
		writeASCII(b, v)
	case []any:
		b.WriteByte('[')
		for i, item := range v {
			separate(b, i)
			writeCompact(b, item)
		}
		b.WriteByte(']')
	case *Object:
		b.WriteByte('{')
		for i, key := range v.keys {
			separate(b, i)
			writeASCII(b, key)
			b.WriteByte(':')
			writeCompact(b, v.values[key])
		}
		b.WriteByte('}')
	}
}

func separate(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

func writeASCII(b *strings.Builder, text string) {
	b.WriteByte('"')
	for _, r := range text {
		writeASCIIRune(b, r)
	}
	b.WriteByte('"')
}

func writeASCIIRune(b *strings.Builder, r rune) {
	const short = "\b\f\n\r\t\"\\"
	switch i := strings.IndexRune(short, r); {
	case i >= 0:
		b.WriteByte('\\')
		b.WriteByte(`bfnrt"\`[i])
	case r >= ' ' && r < 0x7f:
		b.WriteRune(r)
	case r > 0xffff:
		high, low := utf16.EncodeRune(r)
		writeEscape(b, high)
		writeEscape(b, low)
	default:
		writeEscape(b, r)
	}
}

func writeEscape(b *strings.Builder, r rune) {
	hex := strconv.FormatInt(int64(r), 16)
	b.WriteString(`\u` + strings.Repeat("0", 4-len(hex)) + hex)
}
