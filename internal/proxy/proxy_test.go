package proxy_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/proxy"
)

func TestRequestsComeToTheDoors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ address, audience, manager, data, suffix string }{
		{"https://management.azure.com/subscriptions/x", "https://management.azure.com", "https://management.azure.com", "https://local.api.azureml.ms", "blob.core.windows.net"},
		{"https://management.azure.com/subscriptions/x", "https://management.core.windows.net/", "https://management.azure.com", "https://local.api.azureml.ms", "blob.core.windows.net"},
		{"https://local.api.azureml.ms/history/v1.0", "https://ml.azure.com", "https://management.azure.com", "https://local.api.azureml.ms", "blob.core.windows.net"},
		{"https://account.blob.core.windows.net/c/b", "https://storage.azure.com/", "https://management.azure.com", "https://local.api.azureml.ms", "blob.core.windows.net"},
		{"https://management.usgovcloudapi.net/subscriptions/x", "https://management.usgovcloudapi.net", "https://management.usgovcloudapi.net", "https://local.api.ml.azure.us", "blob.core.usgovcloudapi.net"},
		{"https://management.chinacloudapi.cn/subscriptions/x", "https://management.core.chinacloudapi.cn/", "https://management.chinacloudapi.cn", "https://local.api.ml.azure.cn", "blob.core.chinacloudapi.cn"},
	} {
		r := newRig(t, nil)
		a := r.send("POST", c.address, "the body", "Authorization: Bearer "+r.token(c.audience), "Cookie: ischia_session_1=x",
			"X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: evil.com", "Forwarded: for=1.2.3.4", "X-Ms-Version: 2021-12-02")
		came := r.requests()
		if a.StatusCode != http.StatusOK || a.body != "from the door" || len(came) != 1 {
			t.Errorf("%s: got %s %q and %d requests, want one", c.address, a.Status, a.body, len(came))
			continue
		}
		got := came[0]
		want := "https://" + got.host + got.path
		if want != c.address || got.method != "POST" || got.body != "the body" {
			t.Errorf("%s: got %+v", c.address, got)
		}
		if v := got.header.Values("Authorization"); len(v) != 1 || v[0] != "Bearer "+homeToken {
			t.Errorf("%s: got credentials %q, want the home's", c.address, v)
		}
		for _, name := range []string{"Cookie", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "Proxy-Authorization", "Proxy-Connection"} {
			if got.header.Get(name) != "" {
				t.Errorf("%s: %s came through", c.address, name)
			}
		}
		if got.header.Get("X-Ms-Version") == "" || a.ProtoMajor != 2 {
			t.Errorf("%s: got HTTP/%d and headers %v", c.address, a.ProtoMajor, got.header)
		}
		if h := got.hosts; h.Manager != c.manager || h.Data != c.data || h.BlobSuffix != c.suffix || h.Pages != "http://127.0.0.1:1" {
			t.Errorf("%s: got %+v", c.address, got.hosts)
		}
	}
}

// A token is good for the services it was asked for, if it is one of ours.
func TestTokens(t *testing.T) {
	t.Parallel()
	r, strangers := newRig(t, nil), newRig(t, nil)
	ours := func(audience string) string { return "Bearer " + r.token(audience) }
	const arm, blob = "https://management.azure.com/subscriptions", "https://account.blob.core.windows.net/c/b"
	for name, c := range map[string]struct{ address, token string }{
		"none":                  {arm, ""},
		"empty":                 {arm, "Bearer "},
		"the home's own":        {arm, "Bearer " + homeToken},
		"for storage":           {arm, ours("https://storage.azure.com")},
		"for vaults":            {arm, ours("https://vault.azure.net")},
		"for Graph":             {arm, ours("https://graph.microsoft.com")},
		"for a like name":       {arm, ours("https://management.azure.com.evil.com")},
		"for another cloud":     {arm, ours("https://management.usgovcloudapi.net")},
		"another directory's":   {arm, "Bearer " + strangers.token("https://management.azure.com")},
		"no signature":          {arm, "Bearer " + ours("https://management.azure.com")[7:40] + ".e30."},
		"another scheme":        {arm, "Basic eDp5"},
		"ARM's, at storage":     {blob, ours("https://management.azure.com")},
		"another's, at storage": {blob, "Bearer " + strangers.token("https://storage.azure.com")},
	} {
		headers := []string{}
		if c.token != "" {
			headers = append(headers, "Authorization: "+c.token)
		}
		a := r.send("GET", c.address, "", headers...)
		if a.StatusCode != http.StatusUnauthorized || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer authorization_uri=") ||
			!strings.Contains(a.Header.Get("WWW-Authenticate"), "https://login.microsoftonline.com/"+tenant) {
			t.Errorf("%s: got %s with %q, want 401 and a challenge", name, a.Status, a.Header.Get("WWW-Authenticate"))
		}
		if strings.Contains(a.body, homeToken) {
			t.Errorf("%s: the answer has the home's token", name)
		}
	}
	a := r.send("GET", arm, "", "Authorization: "+ours("https://management.azure.com"), "Authorization: Bearer x")
	if a.StatusCode != http.StatusUnauthorized {
		t.Errorf("two tokens: got %s, want 401", a.Status)
	}
	if came := r.requests(); len(came) != 0 {
		t.Errorf("%d requests came to the doors", len(came))
	}
}

// Keys and signatures of storage are the door's to judge.
func TestStorageJudgesItself(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, given := range []string{"SharedKey account:AAAA", ""} {
		var headers []string
		if given != "" {
			headers = append(headers, "Authorization: "+given)
		}
		a := r.send("GET", "https://account.blob.core.windows.net/c/b?sig=x", "", headers...)
		came := r.requests()
		if a.StatusCode != http.StatusOK || came[len(came)-1].header.Get("Authorization") != given {
			t.Errorf("%q: got %s, want that the door sees it", given, a.Status)
		}
	}
}

// Documents that clients read before they have a token.
func TestDocuments(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	if a := r.send("GET", "https://local.api.azureml.ms/discovery", ""); a.StatusCode != http.StatusOK || a.body != "from the door" {
		t.Errorf("discovery: got %s", a.Status)
	}
	a := r.send("GET", "https://management.azure.com/metadata/endpoints?api-version=2019-05-01", "")
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.body, "[") || !strings.Contains(a.body, `"name":"AzureCloud"`) {
		t.Errorf("clouds: got %s %s", a.Status, a.body)
	}
	a = r.send("GET", "https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration", "")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "token_endpoint") {
		t.Errorf("OpenID: got %s %s", a.Status, a.body)
	}
	a = r.send("GET", "https://ml.azure.com/runs/brave_kite?wsid=/subscriptions/s", "")
	if a.StatusCode != http.StatusFound || a.Header.Get("Location") != "http://127.0.0.1:1/jobs/brave_kite?wsid=%2Fsubscriptions%2Fs" {
		t.Errorf("studio: got %s to %s", a.Status, a.Header.Get("Location"))
	}
	a = r.send("GET", "https://name.vault.azure.net/secrets/s?api-version=7.4", "", "Authorization: Bearer "+r.token("https://vault.azure.net"))
	if a.StatusCode != http.StatusNotFound || !strings.Contains(a.body, "SecretNotFound") {
		t.Errorf("vault: got %s %s", a.Status, a.body)
	}
}

// What is not supported is refused by its name and never passed on.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	for _, address := range []string{
		"https://graph.microsoft.com/v1.0/me", "https://account.dfs.core.windows.net/c", "https://account.file.core.windows.net/c",
		"https://registry.azurecr.io/v2/",
	} {
		a := r.send("GET", address, "")
		host := strings.Split(address, "/")[2]
		if a.StatusCode != http.StatusNotImplemented || !strings.Contains(a.body, host) || !strings.Contains(a.body, "GET /") {
			t.Errorf("%s: got %s %s, want 501 with host and operation", address, a.Status, a.body)
		}
	}
	if a := r.send("PUT", "https://name.vault.azure.net/secrets/s?api-version=7.4", "{}", "Authorization: Bearer "+r.token("https://vault.azure.net")); a.StatusCode != http.StatusNotImplemented {
		t.Errorf("a secret is put: got %s, want 501", a.Status)
	}
	for _, target := range []string{
		"portal.azure.com:443", "eastus.management.azure.com:443", "blob.core.windows.net:443", "management.azure.com:8443", "MANAGEMENT.azure.com.:80",
		"169.254.169.254:80", "[::ffff:169.254.169.254]:80", "168.63.129.16:80",
	} {
		_, a, body := r.raw("CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\nProxy-Authorization: " + r.credentials() + "\r\n\r\n")
		if a.StatusCode != http.StatusNotImplemented {
			t.Errorf("%s: got %s %s, want 501", target, a.Status, body)
		}
	}
	for address, want := range map[string]int{
		"http://169.254.169.254/metadata/identity/oauth2/token": 501, "http://management.azure.com/subscriptions": 400,
		"http://portal.azure.com/": 501, "http://account.blob.core.windows.net/c": 400,
	} {
		if a := r.send("GET", address, ""); a.StatusCode != want {
			t.Errorf("%s: got %s, want %d", address, a.Status, want)
		}
	}
}

func TestOtherHosts(t *testing.T) {
	t.Parallel()
	far := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("far " + r.Host)) }))
	t.Cleanup(far.Close)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Method + " " + r.RequestURI + " " + r.Header.Get("Proxy-Authorization") + r.Header.Get("Via") + " " + r.Host + " " + r.Header.Get("X-Forwarded-For")))
	}))
	t.Cleanup(plain.Close)
	dial := dialer{"far.example.com:443": far.Listener.Addr().String(), "plain.example.com:80": plain.Listener.Addr().String(), "public.blob.core.windows.net:443": far.Listener.Addr().String()}
	r := newRig(t, func(c *proxy.Config) { c.Dial, c.Pass = dial.dial, []string{"public.blob.core.windows.net"} })
	client := r.client()
	client.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = true //nolint:forcetypeassert // it is ours
	for _, address := range []string{"https://far.example.com/", "https://public.blob.core.windows.net/"} {
		q, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = a.Body.Close()
		if got := a.TLS.PeerCertificates[0]; !got.Equal(far.Certificate()) {
			t.Errorf("%s: got the certificate of %s, want the host's own", address, got.Subject)
		}
	}
	if a := r.send("GET", "http://plain.example.com/a%2Fb?x=1", ""); a.body != "GET /a%2Fb?x=1  plain.example.com " {
		t.Errorf("plain: got %s %q", a.Status, a.body)
	}
	if a := r.send("GET", "http://nowhere.example.com/", ""); a.StatusCode != http.StatusBadGateway {
		t.Errorf("nowhere: got %s, want 502", a.Status)
	}
	offline := newRig(t, func(c *proxy.Config) { c.Dial, c.Offline = dial.dial, true })
	if a := offline.send("GET", "http://plain.example.com/", ""); a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "--offline") {
		t.Errorf("offline, plain: got %s %q, want 403 and why", a.Status, a.body)
	}
	_, a, body := offline.raw("CONNECT far.example.com:443 HTTP/1.1\r\nHost: far.example.com:443\r\nProxy-Authorization: " + offline.credentials() + "\r\n\r\n")
	if a.StatusCode != http.StatusForbidden || !strings.Contains(body, "--offline") {
		t.Errorf("offline: got %s %q, want 403 and why", a.Status, body)
	}
	if a := offline.send("GET", plain.URL, ""); a.StatusCode != http.StatusOK {
		t.Errorf("offline, this machine: got %s, want 200", a.Status)
	}
}

func TestTheCallersProxy(t *testing.T) {
	t.Parallel()
	far := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("far")) }))
	t.Cleanup(far.Close)
	// The caller's proxy is another of ours, which knows the way.
	dial := dialer{"far.example.com:443": far.Listener.Addr().String()}
	upper := newRig(t, func(c *proxy.Config) { c.Dial = dial.dial })
	r := newRig(t, func(c *proxy.Config) {
		c.Environ = append(c.Environ, "https_proxy="+upper.proxy.URL(), "NO_PROXY=near.example.com", "ALL_PROXY=socks5://127.0.0.1:9")
	})
	client := r.client()
	client.Transport.(*http.Transport).TLSClientConfig.InsecureSkipVerify = true //nolint:forcetypeassert // it is ours
	q, err := http.NewRequestWithContext(t.Context(), "GET", "https://far.example.com/", nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := client.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	client.CloseIdleConnections()
	if a.StatusCode != http.StatusOK {
		t.Errorf("got %s, want 200", a.Status)
	}
	// The workspace is not asked by way of it.
	if a := r.send("GET", "https://local.api.azureml.ms/discovery", ""); a.StatusCode != http.StatusOK || len(upper.requests()) != 0 {
		t.Errorf("discovery: got %s, and %d requests above", a.Status, len(upper.requests()))
	}
	env := r.environ()
	if env["NO_PROXY"] != "127.0.0.1,localhost" || env["no_proxy"] != env["NO_PROXY"] || env["ALL_PROXY"] != "" || env["https_proxy"] != r.proxy.URL() {
		t.Errorf("got the environment %v", env)
	}
	if _, err := proxy.Start(t.Context(), proxy.Config{Environ: []string{"HTTPS_PROXY=socks5://127.0.0.1:9"}}); err == nil || !strings.Contains(err.Error(), "socks5") {
		t.Errorf("a proxy that is not supported: got %v", err)
	}
}
