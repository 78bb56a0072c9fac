package hosts_test

import (
	"crypto/tls"
	"net/http"
	"testing"

	"github.com/ischia-ml/ischia/internal/hosts"
)

func TestOneHost(t *testing.T) {
	t.Parallel()
	r := &http.Request{Host: "127.0.0.1:4000"}
	h := hosts.Of(r)
	if h.Manager != "http://127.0.0.1:4000" || h.Account("a") != "http://127.0.0.1:4000/blob/a" || h.AccountOf("a.blob.core.windows.net") != "" {
		t.Errorf("got %+v", h)
	}
	r.TLS = &tls.ConnectionState{}
	if got := hosts.Of(r).Data; got != "https://127.0.0.1:4000" {
		t.Errorf("over TLS: %s", got)
	}
}

func TestManyHosts(t *testing.T) {
	t.Parallel()
	want := hosts.Hosts{Manager: "https://management.azure.com", BlobSuffix: "blob.core.windows.net"}
	h := hosts.Of((&http.Request{Host: "x"}).WithContext(hosts.With(t.Context(), want)))
	if h != want || h.Account("a") != "https://a.blob.core.windows.net" {
		t.Errorf("got %+v, account at %s", h, h.Account("a"))
	}
	for host, account := range map[string]string{
		"a.blob.core.windows.net": "a", "A.blob.core.windows.net:443": "a",
		"a.blob.core.windows.net:8443": "", "a.b.blob.core.windows.net": "", "blob.core.windows.net": "", "a.blob.core.windows.net.evil": "",
	} {
		if got := h.AccountOf(host); got != account {
			t.Errorf("%s stands for account %q, want %q", host, got, account)
		}
	}
}
