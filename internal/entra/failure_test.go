package entra_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ischia-ml/ischia/internal/entra"
)

// always fails every request in one way.
func always(f entra.Failure) func(*http.Request) *entra.Failure {
	return func(*http.Request) *entra.Failure { return &f }
}

func TestFailuresAreWorded(t *testing.T) {
	t.Parallel()
	s, token := openVault(t)
	cases := []struct {
		failure entra.Failure
		code    int
		vault   string
	}{
		{entra.Failure{Status: 429, RetryAfter: 1500 * time.Millisecond}, 90055, `"code":"Throttled"`},
		{entra.Failure{Status: 503, RetryAfter: 2 * time.Second}, 90033, `"code":"InternalError"`},
		{entra.Failure{Status: 500, RetryAfter: 2 * time.Second}, 50000, `"code":"InternalError"`},
	}
	for _, c := range cases {
		s.directory.Fail(always(c.failure))
		a := s.post(t, tokenPath, asApp()...)
		if a.Status != c.failure.Status || a.Header.Get("Retry-After") != "2" || !slices.Equal(a.Codes, []int{c.code}) {
			t.Errorf("%+v: %d %v %s", c.failure, a.Status, a.Header, a.Text)
		}
		a = s.get(t, vaultURL+"/secrets/client-secret?api-version=7.4", "Authorization", "Bearer "+token)
		if a.Status != c.failure.Status || a.Header.Get("Retry-After") != "2" || !strings.Contains(a.Text, c.vault) {
			t.Errorf("%+v: vault: %d %s", c.failure, a.Status, a.Text)
		}
	}
	s.directory.Fail(always(entra.Failure{Status: 418, Body: "tea"}))
	if a := s.post(t, tokenPath, asApp()...); a.Status != 418 || a.Text != "tea" {
		t.Errorf("a body of one's own: %d %s", a.Status, a.Text)
	}
	s.directory.Fail(nil)
	if a := s.post(t, tokenPath, asApp()...); a.Access == "" {
		t.Errorf("afterwards: %s", a.Text)
	}
}

func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	s.directory.Fail(always(entra.Failure{Cut: true}))
	if response, err := s.client.Get(login + "/" + tenant + "/discovery/keys"); err == nil {
		_ = response.Body.Close()
		t.Error("an answer came through")
	}
	s.directory.Fail(always(entra.Failure{Half: true}))
	response, err := s.client.Get(login + "/" + tenant + "/discovery/keys")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); !errors.Is(err, io.ErrUnexpectedEOF) || len(text) == 0 {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}

func TestSlowAnswersAreAnswers(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	s.directory.Fail(always(entra.Failure{Wait: time.Millisecond}))
	if a := s.post(t, tokenPath, asApp()...); a.Access == "" {
		t.Error(a.Text)
	}
}

// A client that is throttled once waits and comes back.
func TestClientsWaitAsTold(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	var asked atomic.Int32
	s.directory.Fail(func(r *http.Request) *entra.Failure {
		if strings.HasSuffix(r.URL.Path, "/token") && asked.Add(1) == 1 {
			return &entra.Failure{Status: 429, RetryAfter: time.Second}
		}
		return nil
	})
	credential, err := azidentity.NewClientSecretCredential(tenant, appID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: s.options()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := credential.GetToken(t.Context(), managerScope()); err != nil || asked.Load() != 2 {
		t.Errorf("asked %d times: %v", asked.Load(), err)
	}
}
