package blobapi

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// level is what kind of thing a URL names.
type level int

const (
	accountLevel level = iota
	containerLevel
	blobLevel
)

// kind is the level's word in error codes.
func (l level) kind() string {
	if l == blobLevel {
		return "Blob"
	}
	return "Container"
}

// place is what a URL names. Names are as the client sent them, decoded, and
// not yet checked.
type place struct {
	account, container, blob string
	level                    level
	// prefix is what of the path comes before the container.
	prefix string
}

// locate says what a URL names. Before the account comes prefix.
func (h *Handler) locate(r *http.Request, host string, u *url.URL, prefix string) (place, error) {
	var p place
	rest := strings.TrimPrefix(u.Path, "/")
	if account := h.AccountOf(r, host); account != "" {
		p.account = account
	} else {
		var ok bool
		if rest, ok = strings.CutPrefix(u.Path, prefix+"/"); !ok {
			return place{}, badURI("it names no account")
		}
		p.account, rest, _ = strings.Cut(rest, "/")
		p.prefix = prefix + "/" + p.account
	}
	p.container, p.blob, _ = strings.Cut(rest, "/")
	switch {
	case p.blob != "":
		p.level = blobLevel
	case p.container != "":
		p.level = containerLevel
	}
	return p, nil
}

var (
	accountForm   = regexp.MustCompile(`^[a-z0-9]{3,24}$`)
	containerForm = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)
)

// CheckContainer says whether name may be a container's: 3 to 63 lower-case
// letters, digits and single hyphens between them.
func CheckContainer(name string) error {
	if len(name) < 3 || len(name) > 63 || !containerForm.MatchString(name) {
		return no(400, "InvalidResourceName", "The specified resource name contains invalid characters.")
	}
	return nil
}

// CheckBlob says whether name may be a blob's: UTF-8 that XML can hold, at most
// 1024 characters, whose segments are names. What some system would take for a
// way out of a folder is not.
func CheckBlob(name string) error {
	if name == "" || !utf8.ValidString(name) || utf8.RuneCountInString(name) > 1024 {
		return badURI("a blob's name has 1 to 1024 characters of UTF-8")
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == '\\' || r == 0xfffe || r == 0xffff {
			return badURI("a blob's name has no control characters and no backslash")
		}
	}
	for segment := range strings.SplitSeq(name, "/") {
		if segment == "" || segment == "." || segment == ".." {
			return badURI("no segment of a blob's name is empty, '.' or '..'")
		}
	}
	return nil
}

// check says whether the names may be names.
func (p place) check() error {
	if p.level >= containerLevel {
		if err := CheckContainer(p.container); err != nil {
			return err
		}
	}
	if p.level == blobLevel {
		return CheckBlob(p.blob)
	}
	return nil
}
