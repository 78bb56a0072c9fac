package armapi

import (
	"net/url"
	"strings"
)

// Specified are the operations of the service, without those beside it.
func Specified() []Operation {
	all := Operations()
	return all[:strings.Count(specifiedText, "\n")]
}

// Handlers are what is implemented, by operation.
func Handlers() map[string]func(*call) error { return handlers() }

// Routes finds operations, many times.
type Routes struct{ r *routes }

// NewRoutes are those of the package.
func NewRoutes() Routes { return Routes{newRoutes()} }

// Match finds the operation of a request.
func (r Routes) Match(method string, u *url.URL) (*Operation, map[string]string, error) {
	return r.r.match(method, u)
}

// Ambiguous are the places in the tree of paths where both a word and a
// parameter may stand: a word there hides a name.
func Ambiguous() []string {
	var found []string
	var walk func(l *level, at string)
	walk = func(l *level, at string) {
		if len(l.words) > 0 && l.any != nil {
			found = append(found, at)
		}
		for word, next := range l.words {
			walk(next, at+"/"+word)
		}
		if l.any != nil {
			walk(l.any, at+"/{}")
		}
	}
	walk(newRoutes().root, "")
	return found
}

// FaultStatus is the status of an answer that an error stands for.
func FaultStatus(err error) int {
	if f, ok := err.(*fault); ok { //nolint:errorlint // match wraps nothing
		return f.status
	}
	return 0
}
