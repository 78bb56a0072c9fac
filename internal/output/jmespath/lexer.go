package jmespath

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

type kind string

// The kinds of token. Punctuation is its own name.
const (
	tEOF      kind = "the end"
	tName     kind = "name"
	tQuoted   kind = "quoted name"
	tNumber   kind = "number"
	tLiteral  kind = "literal"
	tFilter   kind = "[?"
	tFlatten  kind = "[]"
	tLbracket kind = "["
	tRbracket kind = "]"
	tLbrace   kind = "{"
	tRbrace   kind = "}"
	tLparen   kind = "("
	tRparen   kind = ")"
	tDot      kind = "."
	tStar     kind = "*"
	tComma    kind = ","
	tColon    kind = ":"
	tCurrent  kind = "@"
	tExpref   kind = "&"
	tAnd      kind = "&&"
	tOr       kind = "||"
	tPipe     kind = "|"
	tNot      kind = "!"
	tEQ       kind = "=="
	tNE       kind = "!="
	tLT       kind = "<"
	tLE       kind = "<="
	tGT       kind = ">"
	tGE       kind = ">="
)

type token struct {
	kind   kind
	text   string // of a name
	number int    // of a number
	value  any    // of a literal
	offset int
}

// SyntaxError says what is wrong with a query and where.
type SyntaxError struct {
	// Query is the text and Offset the byte at fault, counted from 0.
	Query   string
	Offset  int
	Message string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s at column %d", e.Message, e.Offset+1)
}

type lexer struct {
	query  string
	offset int
}

func tokenize(query string) ([]token, error) {
	l := &lexer{query: query}
	var tokens []token
	for {
		l.skipSpace()
		start := l.offset
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		t.offset = start
		tokens = append(tokens, t)
		if t.kind == tEOF {
			return tokens, nil
		}
	}
}

func (l *lexer) skipSpace() {
	for l.offset < len(l.query) && strings.IndexByte(" \t\r\n", l.query[l.offset]) >= 0 {
		l.offset++
	}
}

func (l *lexer) next() (token, error) {
	if l.offset == len(l.query) {
		return token{kind: tEOF}, nil
	}
	switch c := l.query[l.offset]; {
	case isNameStart(c):
		return token{kind: tName, text: l.take(isNameByte)}, nil
	case c == '-' || isDigit(c):
		return l.number()
	case c == '"':
		return l.quoted()
	case c == '\'':
		return l.rawString()
	case c == '`':
		return l.literal()
	default:
		return l.punctuation()
	}
}

func (l *lexer) punctuation() (token, error) {
	rest := l.query[l.offset:]
	// The longer ones first.
	for _, k := range []kind{
		tFilter, tFlatten, tAnd, tOr, tEQ, tNE, tLE, tGE,
		tLbracket, tRbracket, tLbrace, tRbrace, tLparen, tRparen, tDot, tStar,
		tComma, tColon, tCurrent, tExpref, tPipe, tNot, tLT, tGT,
	} {
		if strings.HasPrefix(rest, string(k)) {
			l.offset += len(k)
			return token{kind: k}, nil
		}
	}
	return token{}, l.fail(l.offset, "unknown character %q", []rune(rest)[0])
}

func (l *lexer) number() (token, error) {
	start := l.offset
	if l.query[l.offset] == '-' {
		l.offset++
	}
	digits := l.take(isDigit)
	n, err := strconv.Atoi(l.query[start:l.offset])
	if digits == "" || err != nil {
		return token{}, l.fail(start, "bad number %q", l.query[start:l.offset])
	}
	return token{kind: tNumber, number: n}, nil
}

func (l *lexer) quoted() (token, error) {
	start := l.offset
	inner, err := l.until('"')
	if err != nil {
		return token{}, err
	}
	var name string
	if err := json.Unmarshal([]byte(`"`+inner+`"`), &name); err != nil {
		return token{}, l.fail(start, "bad quoted name: %v", err)
	}
	return token{kind: tQuoted, text: name}, nil
}

func (l *lexer) rawString() (token, error) {
	inner, err := l.until('\'')
	if err != nil {
		return token{}, err
	}
	return token{kind: tLiteral, value: strings.ReplaceAll(inner, `\'`, `'`)}, nil
}

// literal reads `...`: JSON, or else bare text taken as a string. The latter
// is long deprecated, and much used: [?name==`x`].
func (l *lexer) literal() (token, error) {
	start := l.offset
	inner, err := l.until('`')
	if err != nil {
		return token{}, err
	}
	inner = strings.ReplaceAll(inner, "\\`", "`")
	value, err := Decode([]byte(inner))
	if err != nil {
		value, err = Decode([]byte(`"` + strings.TrimLeft(inner, " \t\r\n") + `"`))
	}
	if err != nil {
		return token{}, l.fail(start, "bad literal %s", inner)
	}
	return token{kind: tLiteral, value: value}, nil
}

// until consumes a delimited text, in which a backslash protects the next
// byte, and returns what is inside.
func (l *lexer) until(delimiter byte) (string, error) {
	start := l.offset
	for i := start + 1; i < len(l.query); i++ {
		switch l.query[i] {
		case '\\':
			i++
		case delimiter:
			l.offset = i + 1
			return l.query[start+1 : i], nil
		}
	}
	return "", l.fail(start, "%c is not closed", delimiter)
}

func (l *lexer) take(accept func(byte) bool) string {
	start := l.offset
	for l.offset < len(l.query) && accept(l.query[l.offset]) {
		l.offset++
	}
	return l.query[start:l.offset]
}

func (l *lexer) fail(offset int, format string, args ...any) error {
	return &SyntaxError{Query: l.query, Offset: offset, Message: fmt.Sprintf(format, args...)}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isNameStart(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func isNameByte(c byte) bool { return isNameStart(c) || isDigit(c) }
