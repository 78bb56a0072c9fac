package mask

import (
	"io"
	"strings"
)

// stars is what is shown in place of a secret.
const stars = "***"

// Masker replaces secrets. It never changes, so any number of goroutines may
// use one; nil is a Masker without secrets.
type Masker struct {
	auto *automaton // nil when there is nothing to mask
}

// New makes a Masker of secrets. Of each, it masks
//
//   - the text itself, with and without white space at its ends,
//   - its URL-escaped and JSON-escaped forms,
//   - its base64 forms, standard and URL-safe, padded or not, also where the
//     secret stands inside longer data that was encoded ("user:secret"),
//   - the same of each line of a secret that has several, because logs indent
//     and prefix lines; lines under six characters ("{", "END") are let pass.
//
// A secret shorter than three bytes is ignored: masking "1" or "no" would make
// a log unreadable, and by its gaps tell what was masked.
func New(secrets []string) *Masker {
	patterns := map[string]bool{}
	for _, secret := range secrets {
		addSecret(patterns, secret)
	}
	if len(patterns) == 0 {
		return &Masker{}
	}
	return &Masker{auto: newAutomaton(patterns)}
}

// Empty reports whether there is nothing to mask.
func (m *Masker) Empty() bool { return m == nil || m.auto == nil }

// String is s with each secret replaced by "***". Where secrets overlap or
// touch, one "***" stands for all of them, so that no remainder of the shorter
// one is left.
func (m *Masker) String(s string) string {
	if m.Empty() {
		return s
	}
	var b strings.Builder
	w := m.Writer(&b)
	// A strings.Builder never fails.
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

// Writer passes on to w what is written to it, masked as by String, also where
// a secret is split between writes. It holds back only bytes that could be the
// beginning of a secret, so that a live log is not delayed. Close writes what
// is held back; it does not close w. A Writer is for one goroutine at a time.
func (m *Masker) Writer(w io.Writer) io.WriteCloser {
	if m.Empty() {
		return plainWriter{w}
	}
	return &writer{out: w, auto: m.auto}
}

// plainWriter is the Writer of a Masker without secrets.
type plainWriter struct{ io.Writer }

func (plainWriter) Close() error { return nil }
