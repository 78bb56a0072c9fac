package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Version is that of the description's form. It is part of every key: a new
// form never answers from entries of an old one.
const Version = 1

// Key names the result of a step: 64 lower-case hexadecimal digits.
type Key string

// ParseKey checks the form of a key that came from outside.
func ParseKey(s string) (Key, error) {
	if b, err := hex.DecodeString(s); err != nil || len(b) != sha256.Size || strings.ToLower(s) != s {
		return "", fmt.Errorf("%q is not a step key", s)
	}
	return Key(s), nil
}

// Line is one thing that a step's result depends on.
type Line struct {
	// Field is what it is: "command", "input data", "variable SEED". Fields
	// of one description differ.
	Field string
	// Value is what it was: text, or the digest of content.
	Value string
}

// Description is all that a step's result depends on, in a fixed order.
type Description struct {
	Lines []Line
}

// Add appends a line.
func (d *Description) Add(field, value string) {
	d.Lines = append(d.Lines, Line{field, value})
}

// Get is the value of a field, and whether there is one.
func (d Description) Get(field string) (string, bool) {
	for _, l := range d.Lines {
		if l.Field == field {
			return l.Value, true
		}
	}
	return "", false
}

const header = "ischia step key "

// Text is the description as it is printed and hashed: a header, then a line
// for each field. Fields and values are quoted as Go does it, so that no value
// can pass for two lines.
func (d Description) Text() string {
	var b strings.Builder
	b.WriteString(header + strconv.Itoa(Version) + "\n")
	for _, l := range d.Lines {
		b.WriteString(strconv.Quote(l.Field))
		b.WriteByte(' ')
		b.WriteString(strconv.Quote(l.Value))
		b.WriteByte('\n')
	}
	return b.String()
}

// Key is the description's digest.
func (d Description) Key() Key { return keyOf(d.Text()) }

func keyOf(text string) Key {
	sum := sha256.Sum256([]byte(text))
	return Key(hex.EncodeToString(sum[:]))
}

// Identity is a description with its text and key, made once.
type Identity struct {
	Description
	Text string
	Key  Key
}

// Identity is d with its text and key.
func (d Description) Identity() *Identity {
	text := d.Text()
	return &Identity{d, text, keyOf(text)}
}

// ParseDescription reads what Text printed.
func ParseDescription(text string) (Description, error) {
	first, rest, ok := strings.Cut(text, "\n")
	if !ok || first != header+strconv.Itoa(Version) {
		return Description{}, fmt.Errorf("a step key of another version: %.40q", first)
	}
	var d Description
	for rest != "" {
		line, after, ok := strings.Cut(rest, "\n")
		if !ok {
			return Description{}, errors.New("a step key that ends within a line")
		}
		l, err := parseLine(line)
		if err != nil {
			return Description{}, err
		}
		d.Lines = append(d.Lines, l)
		rest = after
	}
	return d, nil
}

func parseLine(line string) (Line, error) {
	field, err := strconv.QuotedPrefix(line)
	if err != nil || !strings.HasPrefix(line[len(field):], " ") {
		return Line{}, fmt.Errorf("not a line of a step key: %.60q", line)
	}
	f, err := strconv.Unquote(field)
	if err != nil || strconv.Quote(f) != field {
		return Line{}, fmt.Errorf("not a line of a step key: %.60q", line)
	}
	value := line[len(field)+1:]
	v, err := strconv.Unquote(value)
	if err != nil || strconv.Quote(v) != value {
		return Line{}, fmt.Errorf("not a line of a step key: %.60q", line)
	}
	return Line{f, v}, nil
}

// Difference is a field in which two descriptions differ. A field that one of
// them lacks has an empty value there, and Added or Removed set.
type Difference struct {
	Field, Old, New string
	Added, Removed  bool
}

// Diff is what has changed from old to now, in the order of now; fields that
// are gone come last.
func Diff(old, now Description) []Difference {
	before := make(map[string]string, len(old.Lines))
	for _, l := range old.Lines {
		before[l.Field] = l.Value
	}
	var out []Difference
	for _, l := range now.Lines {
		v, ok := before[l.Field]
		delete(before, l.Field)
		if !ok || v != l.Value {
			out = append(out, Difference{Field: l.Field, Old: v, New: l.Value, Added: !ok})
		}
	}
	for _, l := range old.Lines {
		if v, left := before[l.Field]; left {
			out = append(out, Difference{Field: l.Field, Old: v, Removed: true})
		}
	}
	return out
}
