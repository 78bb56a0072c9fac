package blobapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxSkew is how far a signed request's clock may be from ours.
const maxSkew = 15 * time.Minute

// checkSharedKey checks the credential of "Authorization: SharedKey
// ACCOUNT:SIGNATURE".
func (c *call) checkSharedKey(a *Account, credential string) error {
	i := strings.LastIndexByte(credential, ':')
	if i < 0 {
		return authenticationFailed("The Authorization header has no signature.")
	}
	name, signature := credential[:i], credential[i+1:]
	// Clients that take the whole path of a loopback address for the account
	// sign with it.
	if name != a.Name && name != strings.TrimPrefix(c.at.prefix, "/") {
		return authenticationFailed("The Authorization header is for another account.")
	}
	if err := c.checkDate(); err != nil {
		return err
	}
	got, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return authenticationFailed("The signature is not base64.")
	}
	// The service sorts headers by the rules of a language; so do newer SDKs,
	// while others sort by bytes. They differ only for names with "_" or digits.
	for _, order := range []func(a, b string) int{compareHeaders, strings.Compare} {
		if a.signs(stringToSign(c.r, name, c.query, order), got) {
			return nil
		}
	}
	return authenticationFailed("The signature does not match.")
}

// signs says whether a signature is that of text with one of the keys.
func (a *Account) signs(text string, signature []byte) bool {
	found := false
	for _, k := range a.Keys {
		if len(k) > 0 && hmac.Equal(k.sign(text), signature) {
			found = true
		}
	}
	return found
}

func (k Key) sign(text string) []byte {
	h := hmac.New(sha256.New, k)
	h.Write([]byte(text))
	return h.Sum(nil)
}

func (c *call) checkDate() error {
	text := c.r.Header.Get("X-Ms-Date")
	if text == "" {
		text = c.r.Header.Get("Date")
	}
	t, err := http.ParseTime(text)
	if err != nil {
		return authenticationFailed("The Date header cannot be read.")
	}
	if d := c.now.Sub(t); d > maxSkew || d < -maxSkew {
		return authenticationFailed("Request date header too old or too new: '" + t.UTC().Format(http.TimeFormat) + "'.")
	}
	return nil
}

// stringToSign is what a request signs with a shared key, in the form of
// version 2015-02-21 and later.
func stringToSign(r *http.Request, account string, query url.Values, order func(a, b string) int) string {
	length, date := "", r.Header.Get("Date")
	if r.ContentLength > 0 {
		length = strconv.FormatInt(r.ContentLength, 10)
	}
	if r.Header.Get("X-Ms-Date") != "" {
		date = ""
	}
	get := r.Header.Get
	lines := []string{
		r.Method, get("Content-Encoding"), get("Content-Language"), length, get("Content-MD5"), get("Content-Type"), date,
		get("If-Modified-Since"), get("If-Match"), get("If-None-Match"), get("If-Unmodified-Since"), get("Range"),
	}
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	return strings.Join(lines, "\n") + "\n" + canonicalHeaders(r.Header, order) + "/" + account + path + canonicalQuery(query)
}

func canonicalHeaders(h http.Header, order func(a, b string) int) string {
	values := map[string]string{}
	var names []string
	for name, v := range h {
		if name = strings.ToLower(name); strings.HasPrefix(name, "x-ms-") {
			values[name] = strings.Join(v, ",")
			names = append(names, name)
		}
	}
	slices.SortFunc(names, order)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + ":" + values[name] + "\n")
	}
	return b.String()
}

// compareHeaders orders names as the service does: a hyphen counts only between
// names that are otherwise equal, and an underscore comes before digits and
// letters.
func compareHeaders(a, b string) int {
	plain := strings.NewReplacer("-", "", "_", "\x01")
	if d := strings.Compare(plain.Replace(a), plain.Replace(b)); d != 0 {
		return d
	}
	return strings.Compare(b, a)
}

func canonicalQuery(q url.Values) string {
	values := map[string][]string{}
	for name, v := range q {
		name = strings.ToLower(name)
		values[name] = append(values[name], v...)
	}
	var names []string
	for name, v := range values {
		slices.Sort(v)
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString("\n" + name + ":" + strings.Join(values[name], ","))
	}
	return b.String()
}
