package workspace

import (
	_ "embed"
	"fmt"
	"path"
	"regexp"
	"strings"
)

//go:embed words/adjectives.txt
var adjectives string

//go:embed words/nouns.txt
var nouns string

// suffixLetters are what the end of a generated name is made of, and
// suffixLength how many: 36^10 is enough that two homes hardly ever draw the
// same name, and one home never notices.
const (
	suffixLetters = "abcdefghijklmnopqrstuvwxyz0123456789"
	suffixLength  = 10
)

var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// CheckName says whether name may be the name of a job, or of anything else
// that has a name in a workspace. The error is ErrInvalid. Every door asks it
// of what comes from outside, so that a name can be part of a path or a URL.
func CheckName(name string) error {
	if len(name) <= 255 && nameForm.MatchString(name) {
		return nil
	}
	const most = 60 // of a bad name, enough to recognise it
	if len(name) > most {
		name = name[:most] + "..."
	}
	return fmt.Errorf("name %q: must start with a letter or digit and hold only letters, digits, "+
		"'.', '_' and '-', at most 255: %w", name, ErrInvalid)
}

// Check says whether each part of the scope is a good name.
func (s Scope) Check() error {
	parts := []struct{ what, name string }{
		{"subscription", s.Subscription}, {"resource group", s.ResourceGroup}, {"workspace", s.Workspace},
	}
	for _, p := range parts {
		if err := CheckName(p.name); err != nil {
			return fmt.Errorf("%s: %w", p.what, err)
		}
	}
	return nil
}

// Check says whether the file may be put on a datastore: it has one, and its
// path is slash-separated, relative, clean and inside.
func (f File) Check() error {
	if f.Datastore == "" {
		return fmt.Errorf("file %q: no datastore: %w", f.Path, ErrInvalid)
	}
	p := f.Path
	if p == "" || p == "." || p == ".." || p != path.Clean(p) ||
		strings.HasPrefix(p, "/") || strings.HasPrefix(p, "../") {
		return fmt.Errorf("path %q on datastore %s: must be relative, clean and inside the datastore: %w",
			p, f.Datastore, ErrInvalid)
	}
	return nil
}

// names makes names for root jobs, as Azure ML does: brave_sun_1a2b3c4d5e.
type names struct {
	adjectives, nouns []string
	// pick returns a number in [0,n).
	pick func(n int) int
}

func newNames(pick func(n int) int) *names {
	return &names{strings.Fields(adjectives), strings.Fields(nouns), pick}
}

func (n *names) next() string {
	var b strings.Builder
	b.WriteString(n.adjectives[n.pick(len(n.adjectives))])
	b.WriteByte('_')
	b.WriteString(n.nouns[n.pick(len(n.nouns))])
	b.WriteByte('_')
	for range suffixLength {
		b.WriteByte(suffixLetters[n.pick(len(suffixLetters))])
	}
	return b.String()
}
