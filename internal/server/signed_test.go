package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/server"
)

// A signed link reads the log that it was made for, until its time is over, and
// nothing else; nobody can make one without the token.
func TestSignedLinks(t *testing.T) {
	t.Parallel()
	s := start(t)
	now := time.Now()
	const log = "/jobs/a_job/log/user_logs/std_log.txt"
	good := server.SignedLink(token, log+"?wsid=%2Fsubscriptions%2Fs", now.Add(time.Hour))
	for _, tt := range []struct {
		method, target string
		want           int
	}{
		{http.MethodGet, good, http.StatusOK},
		{http.MethodHead, good, http.StatusOK},
		{http.MethodPost, good, http.StatusUnauthorized},
		{http.MethodGet, log, http.StatusUnauthorized},
		{http.MethodGet, server.SignedLink(token, log, now.Add(-time.Second)), http.StatusUnauthorized},
		{http.MethodGet, server.SignedLink("guessed", log, now.Add(time.Hour)), http.StatusUnauthorized},
		{http.MethodGet, strings.Replace(good, "a_job", "b_job", 1), http.StatusUnauthorized},
		{http.MethodGet, strings.Replace(good, "subscriptions", "subscription2", 1), http.StatusUnauthorized},
		{http.MethodGet, strings.Replace(good, "user_logs/std_log.txt", "user_logs/other.txt", 1), http.StatusUnauthorized},
		{http.MethodGet, good + "&more=1", http.StatusUnauthorized},
		{http.MethodGet, server.SignedLink(token, "/jobs/a_job", now.Add(time.Hour)), http.StatusUnauthorized},
		{http.MethodGet, server.SignedLink(token, "/subscriptions", now.Add(time.Hour)), http.StatusUnauthorized},
		{http.MethodGet, server.SignedLink(token, "/datastores/a/log/b/c", now.Add(time.Hour)), http.StatusUnauthorized},
	} {
		if got := s.do(http.DefaultClient, tt.method, tt.target, "").status; got != tt.want {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.target, got, tt.want)
		}
	}
}
