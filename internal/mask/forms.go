package mask

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
)

const (
	// minSecret is the length of the shortest secret that is masked.
	minSecret = 3
	// minLine is the same for one line of a secret with several.
	minLine = 6
	// minCore is the same for that part of an encoded secret which does not
	// depend on its neighbours: shorter ones occur by accident.
	minCore = 8
)

// addSecret adds what is to be masked because of secret.
func addSecret(patterns map[string]bool, secret string) {
	addForms(patterns, secret, minSecret)
	trimmed := strings.TrimSpace(secret)
	addForms(patterns, trimmed, minSecret)
	if !strings.ContainsAny(trimmed, "\r\n") {
		return
	}
	for line := range strings.FieldsFuncSeq(trimmed, func(r rune) bool { return r == '\n' || r == '\r' }) {
		addForms(patterns, strings.TrimSpace(line), minLine)
	}
	// A pseudo-terminal, and Windows, end lines with both.
	addForms(patterns, strings.ReplaceAll(strings.ReplaceAll(trimmed, "\r\n", "\n"), "\n", "\r\n"), minSecret)
}

// addForms adds the forms of one text, unless it is shorter than least.
func addForms(patterns map[string]bool, text string, least int) {
	if len(text) < least {
		return
	}
	patterns[text] = true
	for _, form := range urlForms(text) {
		patterns[form] = true
	}
	for _, form := range jsonForms(text) {
		patterns[form] = true
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		addBase64(patterns, encoding, text)
	}
}

// urlForms are the ways in which libraries escape text in a URL: for a query
// (space is "+"), for a path, and everything that is not a letter or digit.
// Hexadecimal digits come in both cases.
func urlForms(text string) []string {
	forms := []string{url.QueryEscape(text), url.PathEscape(text), url.UserPassword("", text).String()[1:], percentAll(text)}
	forms = append(forms, strings.ReplaceAll(forms[0], "+", "%20"))
	for _, form := range forms {
		forms = append(forms, lowerHex(form))
	}
	return forms
}

// percentAll escapes every byte that RFC 3986 does not call unreserved.
func percentAll(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if letter || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// lowerHex rewrites %2F as %2f.
func lowerHex(escaped string) string {
	b := []byte(escaped)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i+1:i+3], strings.ToLower(string(b[i+1:i+3])))
			i += 2
		}
	}
	return string(b)
}

// jsonForms are the texts between the quotes of a JSON string: as Go writes it
// for HTML, as most others do, in ASCII only as Python does, and with the slash
// escaped as PHP does.
func jsonForms(text string) []string {
	marshaled, err := json.Marshal(text)
	if err != nil {
		return nil // no string is beyond JSON
	}
	html := string(marshaled[1 : len(marshaled)-1])
	usual := strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(html)
	return []string{html, usual, asciiOnly(usual), strings.ReplaceAll(usual, "/", `\/`)}
}

// asciiOnly escapes all that is not ASCII.
func asciiOnly(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < 0x80 {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// addBase64 adds text encoded by itself, padded and not, and the part of its
// encoding that is always there when text follows other bytes: how it looks
// depends on how many bytes, modulo three, precede it.
func addBase64(patterns map[string]bool, encoding *base64.Encoding, text string) {
	patterns[encoding.EncodeToString([]byte(text))] = true
	raw := encoding.WithPadding(base64.NoPadding)
	patterns[raw.EncodeToString([]byte(text))] = true
	for before := range 3 {
		encoded := raw.EncodeToString(append(make([]byte, before), text...))
		bits := (before + len(text)) * 8
		core := encoded[(before*8+5)/6 : bits/6]
		if len(core) >= minCore {
			patterns[core] = true
		}
	}
}
