package server

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// SignedLink is target, a path of ours with its query, with a signature that
// lets whoever has the link read that one thing until end. Only what is behind
// a [signable] path can be read so.
func SignedLink(token, target string, end time.Time) string {
	path, query, _ := strings.Cut(target, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		values = url.Values{}
	}
	values.Set("se", strconv.FormatInt(end.Unix(), 10))
	values.Set("sig", signature(token, path, values))
	return path + "?" + values.Encode()
}

// signature covers the path as it is sent, and the query but for itself.
func signature(token, path string, values url.Values) string {
	bare := url.Values{}
	for name, list := range values {
		if name != "sig" {
			bare[name] = list
		}
	}
	h := hmac.New(sha256.New, []byte("ischia link\n"+token))
	h.Write([]byte(path + "\n" + bare.Encode()))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// signable reports whether a path is that of a job's log, or of the log of a
// pipeline in run history: the only things that links are signed for.
func signable(path string) bool {
	parts := strings.Split(path, "/")
	if len(parts) == 6 && parts[1] == "jobs" && parts[3] == "log" {
		return true
	}
	return strings.HasPrefix(path, "/history/v1.0/") && strings.HasSuffix(path, "/logs/azureml/executionlogs.txt") && len(parts) == 16
}

// isSigned reports whether r asks, with a signature that holds, to read what
// was signed.
func (s *Server) isSigned(r *http.Request) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || !signable(r.URL.EscapedPath()) {
		return false
	}
	values := r.URL.Query()
	end, err := strconv.ParseInt(values.Get("se"), 10, 64)
	if err != nil || !s.Now().Before(time.Unix(end, 0)) {
		return false
	}
	return hmac.Equal([]byte(values.Get("sig")), []byte(signature(s.Token, r.URL.EscapedPath(), values)))
}
