package blobapi

import (
	"net/http"
	"net/url"
	"strings"
)

// Operation is what tests see of an operation.
type Operation struct {
	Name, Method, Restype, Comp, Header string
	Level                               int
	Supported                           bool
}

// Operations are all that the protocol has.
func Operations() []Operation {
	var all []Operation
	for _, o := range operations() {
		all = append(all, Operation{o.name, o.method, o.restype, o.comp, o.header, int(o.level), o.run != nil})
	}
	return all
}

// ParseRange is parseRange.
func ParseRange(text string, size int64) (from, length int64, ok bool, err error) {
	s, err := parseRange(text)
	if err != nil {
		return 0, 0, false, err
	}
	from, length, ok = s.within(size)
	return from, length, ok, nil
}

// StringToSign is stringToSign, in the order of bytes or in the service's.
func StringToSign(r *http.Request, account string, query url.Values, service bool) string {
	order := strings.Compare
	if service {
		order = compareHeaders
	}
	return stringToSign(r, account, query, order)
}

// SignedText reads the parameters of a signature, and returns what is signed
// for a resource.
func SignedText(q url.Values, account, canonical string) (string, error) {
	s, err := parseSAS(q)
	if err != nil {
		return "", err
	}
	return s.text(account, canonical), nil
}

// FromMarker and ToMarker are for tests of what lists begin with.
func FromMarker(marker string) (string, error) { return fromMarker(marker) }

// ToMarker is toMarker.
func ToMarker(last string) string { return toMarker(last) }

// CompareHeaders is compareHeaders.
func CompareHeaders(a, b string) int { return compareHeaders(a, b) }
