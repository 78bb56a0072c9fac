package gitinfo

import (
	"net/url"
	"strings"
)

// cleanRemote takes what `git ls-remote --get-url` printed. Without any
// remote, git prints the name it would have used ("origin"), which is no URL.
func cleanRemote(text string) string {
	text = strings.TrimSpace(text)
	if !strings.ContainsAny(text, `/\:`) {
		return ""
	}
	return cleanURL(text)
}

// cleanURL removes user names, passwords, tokens and queries. It keeps the
// user of ssh, which is no secret and without which the address is wrong.
// When in doubt it removes too much.
func cleanURL(text string) string {
	// A transport helper: codecommit::https://...
	if helper, address, ok := strings.Cut(text, "::"); ok && !strings.ContainsAny(helper, "/[@") {
		return helper + "::" + cleanURL(address)
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok {
		return cleanSCP(text)
	}
	u, err := url.Parse(text)
	if err != nil || strings.ContainsAny(rest, "?#") || isDoubtful(u) {
		return scheme + "://" + afterLast(rest, "@")
	}
	name := u.User.Username()
	u.User = nil
	if name != "" && isSSH(scheme) {
		u.User = url.User(name)
	}
	if !isSSH(scheme) {
		u.Path, u.RawPath = cleanPath(u.Path), ""
	}
	return u.String()
}

// isDoubtful finds a password with / in it, which parses into the wrong parts:
// an @ in the path, behind what may be the beginning of the credentials.
func isDoubtful(u *url.URL) bool {
	if !strings.Contains(u.Path, "@") {
		return false
	}
	return u.User != nil || strings.Contains(u.Host, ":") || !strings.Contains(u.Host, ".")
}

func isSSH(scheme string) bool {
	return strings.HasSuffix(strings.ToLower(scheme), "ssh")
}

// cleanSCP handles user@host:path, which may not, but might, hold a password;
// and plain paths.
func cleanSCP(text string) string {
	user, address, ok := strings.Cut(text, "@")
	if ok && strings.Contains(user, ":") {
		return address
	}
	return text
}

// cleanPath removes a token from https://dev.azure.com/TOKEN@organization/...,
// a form that Azure's own client looks for.
func cleanPath(path string) string {
	first, rest, more := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if !strings.Contains(first, "@") || strings.HasPrefix(first, "@") {
		return path
	}
	first = afterLast(first, "@")
	if more {
		first += "/" + rest
	}
	return "/" + first
}

// afterLast returns what follows the last separator, without query and
// fragment.
func afterLast(text, separator string) string {
	text = text[strings.LastIndex(text, separator)+1:]
	if end := strings.IndexAny(text, "?#"); end >= 0 {
		text = text[:end]
	}
	return text
}
