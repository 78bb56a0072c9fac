package blobapi

import (
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The versions that decide the form of what is signed. Before the first, other
// things were signed, and no SDK of today does that.
const (
	firstSAS = "2018-11-09"
	// withScope added the encryption scope.
	withScope = "2020-12-06"
)

// sas is a shared access signature: for a container, a folder or a blob
// (resource is c, d or b), or for the account (resource is empty).
type sas struct {
	version, permissions, start, expiry, ip, protocol, identifier, scope string

	resource string
	// depth is the number of segments of a folder's path.
	depth int
	// overrides are the headers of the answer: cache control, content
	// disposition, encoding, language and type.
	overrides [5]string

	// services and types are those of a signature for the account.
	services, types string

	signature []byte
}

// overrideNames are the parameters of overrides, in the order in which they
// are signed.
func overrideNames() [5]string { return [5]string{"rscc", "rscd", "rsce", "rscl", "rsct"} }

// parseSAS reads the parameters of a signature.
func parseSAS(q url.Values) (*sas, error) {
	bad := func(why string) (*sas, error) { return nil, authenticationFailed(why) }
	for _, name := range []string{
		"sv", "sp", "st", "se", "sip", "spr", "si", "ses", "sr", "sdd", "ss", "srt", "sig", "rscc", "rscd", "rsce", "rscl", "rsct",
	} {
		if len(q[name]) > 1 {
			return bad("The signature's parameter " + name + " is there twice.")
		}
	}
	if q.Has("skoid") || q.Has("sktid") {
		return bad("Signatures with a user's key are not supported.")
	}
	s := &sas{
		version: q.Get("sv"), permissions: q.Get("sp"), start: q.Get("st"), expiry: q.Get("se"), ip: q.Get("sip"),
		protocol: q.Get("spr"), identifier: q.Get("si"), scope: q.Get("ses"), resource: q.Get("sr"),
		services: q.Get("ss"), types: q.Get("srt"),
	}
	for i, name := range overrideNames() {
		s.overrides[i] = q.Get(name)
	}
	if _, err := time.Parse(time.DateOnly, s.version); err != nil || s.version < firstSAS {
		return bad("sv must be a version, " + firstSAS + " or later.")
	}
	if s.identifier != "" {
		return bad("Stored access policies are not supported.")
	}
	if (s.resource == "") == (s.services == "" || s.types == "") {
		return bad("It must have either sr, or ss and srt.")
	}
	return s.parseRest(q)
}

func (s *sas) parseRest(q url.Values) (*sas, error) {
	var err error
	switch s.resource {
	case "", "b", "c":
	case "d":
		s.depth, err = strconv.Atoi(q.Get("sdd"))
		if err != nil || s.depth < 1 || s.depth > 1024 {
			return nil, authenticationFailed("sdd must be the number of segments of the folder's path.")
		}
	default:
		return nil, authenticationFailed("sr must be b, c or d.")
	}
	// A plus sign that was not escaped has become a blank.
	s.signature, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(q.Get("sig"), " ", "+"))
	if err != nil {
		return nil, authenticationFailed("sig is not base64.")
	}
	return s, nil
}

// text is what is signed. canonical is the resource, without a leading slash.
func (s *sas) text(account, canonical string) string {
	var lines []string
	if s.resource == "" {
		lines = []string{account, s.permissions, s.services, s.types, s.start, s.expiry, s.ip, s.protocol, s.version}
		if s.version >= withScope {
			lines = append(lines, s.scope)
		}
		return strings.Join(lines, "\n") + "\n"
	}
	const snapshot = ""
	lines = []string{
		s.permissions, s.start, s.expiry, "/blob/" + account + "/" + canonical, s.identifier, s.ip, s.protocol, s.version, s.resource, snapshot,
	}
	if s.version >= withScope {
		lines = append(lines, s.scope)
	}
	return strings.Join(append(lines, s.overrides[:]...), "\n")
}

// verify says whether the account has signed s for what a request is about.
// directory is the path that a signature for a folder has to be about.
func (s *sas) verify(a *Account, at place, directory string) error {
	mismatch := authenticationFailed("The signature does not match, or is for something else.")
	canonical := at.container
	switch s.resource {
	case "b":
		if at.level != blobLevel {
			return mismatch
		}
		canonical += "/" + at.blob
	case "d":
		segments := strings.SplitN(directory, "/", s.depth+1)
		// A list has to be bounded to what is in the folder: the prefix ends it
		// with a slash.
		if len(segments) < s.depth || at.level != blobLevel && len(segments) == s.depth {
			return mismatch
		}
		canonical += "/" + strings.Join(segments[:s.depth], "/")
	}
	if !a.signs(s.text(a.Name, canonical), s.signature) {
		return mismatch
	}
	return nil
}

// parseTime reads a time of a signature.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text) // fractions too
	for _, form := range []string{"2006-01-02T15:04Z", time.DateOnly} {
		if err != nil {
			t, err = time.Parse(form, text)
		}
	}
	return t, err
}

// checkTimes says whether s is valid now.
func (s *sas) checkTimes(now time.Time) error {
	end, err := parseTime(s.expiry)
	if err != nil {
		return authenticationFailed("se cannot be read.")
	}
	if !now.Before(end) {
		return authenticationFailed("Signature not valid in the specified time frame: it ended at " + s.expiry + ".")
	}
	if s.start == "" {
		return nil
	}
	start, err := parseTime(s.start)
	if err != nil {
		return authenticationFailed("st cannot be read.")
	}
	if now.Before(start) {
		return authenticationFailed("Signature not valid in the specified time frame: it begins at " + s.start + ".")
	}
	return nil
}

// checkCaller says whether the caller's address and protocol are allowed.
func (s *sas) checkCaller(remote string, tls bool) error {
	if s.protocol != "" && s.protocol != "https" && s.protocol != "https,http" {
		return authenticationFailed("spr must be https, or https,http.")
	}
	if s.protocol == "https" && !tls {
		return no(http.StatusForbidden, "AuthorizationProtocolMismatch",
			"This request is not authorized to perform this operation using this protocol.")
	}
	if s.ip == "" || fromRange(remote, s.ip) {
		return nil
	}
	return no(http.StatusForbidden, "AuthorizationSourceIPMismatch",
		"This request is not authorized to perform this operation using this source IP.")
}

// fromRange says whether a remote address is in "FIRST-LAST", or is the one.
func fromRange(remote, ips string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	ip, err := netip.ParseAddr(host)
	first, last, isRange := strings.Cut(ips, "-")
	if !isRange {
		last = first
	}
	from, errFrom := netip.ParseAddr(first)
	to, errTo := netip.ParseAddr(last)
	if err != nil || errFrom != nil || errTo != nil {
		return false
	}
	ip = ip.Unmap()
	return from.Compare(ip) <= 0 && ip.Compare(to) <= 0
}

// checkResource says whether s is for such a thing at all.
func (s *sas) checkResource(l level, op operation) error {
	if s.resource != "" {
		if !op.service {
			return permissionMismatch()
		}
		return nil
	}
	if !strings.Contains(s.services, "b") {
		return no(http.StatusForbidden, "AuthorizationServiceMismatch",
			"This request is not authorized to perform this operation using this service.")
	}
	letter := map[level]string{accountLevel: "s", containerLevel: "c", blobLevel: "o"}[l]
	if !strings.Contains(s.types, letter) {
		return no(http.StatusForbidden, "AuthorizationResourceTypeMismatch",
			"This request is not authorized to perform this operation using this resource type.")
	}
	return nil
}

// Link is what a signature of ours allows.
type Link struct {
	// Container, and Blob unless it is for all of the container.
	Container, Blob string
	// Permissions are letters in the protocol's order: racwdl.
	Permissions string
	// Start may be zero: it is valid from the beginning of time.
	Start, Expiry time.Time
	// ContentType and ContentDisposition, when given, are those of the answer.
	ContentType, ContentDisposition string
}

// SAS signs a link with the account's first key, which has to be there, and
// returns the query that makes a URL one.
func (a *Account) SAS(l Link) string {
	s := &sas{
		version: latest, permissions: l.Permissions, expiry: signedTime(l.Expiry), resource: "c",
		overrides: [5]string{1: l.ContentDisposition, 4: l.ContentType},
	}
	canonical := l.Container
	if l.Blob != "" {
		s.resource = "b"
		canonical += "/" + l.Blob
	}
	q := url.Values{"sv": {s.version}, "sr": {s.resource}, "sp": {s.permissions}, "se": {s.expiry}}
	if !l.Start.IsZero() {
		s.start = signedTime(l.Start)
		q.Set("st", s.start)
	}
	for i, name := range overrideNames() {
		if s.overrides[i] != "" {
			q.Set(name, s.overrides[i])
		}
	}
	q.Set("sig", base64.StdEncoding.EncodeToString(a.Keys[0].sign(s.text(a.Name, canonical))))
	return q.Encode()
}

func signedTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
