package identity

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// checkLine refuses what is not one line that a terminal may show.
func checkLine(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			t.Errorf("got %q, want one line of plain text", text)
			return
		}
	}
}

// checkFault refuses an error that is not one of ours with everything in it.
func checkFault(t *testing.T, err error) {
	t.Helper()
	var fault *Error
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return
	}
	if !errors.As(err, &fault) || fault.Kind == "" || fault.Doing == "" || fault.Cause == "" {
		t.Errorf("got %#v, want an error with a kind and a cause", err)
		return
	}
	checkLine(t, fault.Error())
}

// FuzzAzureCLI makes one line of anything that az prints.
func FuzzAzureCLI(f *testing.F) {
	f.Add("", "AzureCLICredential: ERROR: AADSTS700082: x\r\nTrace ID: 1")
	f.Add("T", "WARNING: y\nERROR: \x1b[31mz\x00")
	f.Add("T", "Run this command then retry the operation: az login --claims-challenge e")
	f.Fuzz(func(t *testing.T, tenant, text string) {
		s := &cliSource{o: Options{}.withDefaults()}
		checkFault(t, s.explain(tenant, text).masked(nil))
	})
}

// FuzzStore reads a sign-in that anybody may have spoilt: it is one, or it is
// none, and what is made of it works without the network or says why not.
func FuzzStore(f *testing.F) {
	f.Add([]byte(`{"id":"1","kind":"user","user":"ada","tenant":"t","cloud":"AzureCloud","account":"a.b","tokens":"e30="}`))
	f.Add([]byte(`{"id":"1","kind":"servicePrincipal","user":"app","tenant":"t","cloud":"AzureCloud","variable":"X"}`))
	f.Add([]byte(`{"id":"1","cloud":"AzureCloud","tokens":"eyJSZWZyZXNoVG9rZW4iOnsiYSI6eyJzZWNyZXQiOiJzIn19fQ=="}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := store{t.TempDir()}
		if err := os.WriteFile(s.path(), data, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := s.load(t.Context()); err != nil {
			t.Fatalf("got %v, want a sign-in or none", err)
		}
		checkClosed(t, s.dir)
		c, err := New(Options{Folder: s.dir, NoPrompt: true, Transport: deaf{}})
		if err != nil {
			t.Fatal(err)
		}
		found, err := c.kept(t.Context(), "", "https://management.azure.com/.default")
		if err != nil {
			checkFault(t, c.clean(err))
			return
		}
		if found != nil {
			_, err := found.token(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://ml.azure.com/.default"}})
			if err != nil {
				checkFault(t, c.clean(err))
			}
		}
	})
}

// deaf reaches nobody.
type deaf struct{}

func (deaf) Do(*http.Request) (*http.Response, error) { return nil, lastingError{errors.New("nobody")} }

// spoken answers requests with texts, by the end of their paths.
type spoken map[string]string

func (s spoken) Do(r *http.Request) (*http.Response, error) {
	for end, text := range s {
		if strings.HasSuffix(r.URL.Path, end) {
			status := http.StatusOK
			if json.Valid([]byte(text)) && strings.Contains(text, `"error"`) {
				status = http.StatusBadRequest
			}
			return &http.Response{
				StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader(text)),
			}, nil
		}
	}
	return nil, lastingError{errors.New("nobody")}
}

const openID = `{"token_endpoint":"https://login.microsoftonline.com/organizations/oauth2/v2.0/token",` +
	`"authorization_endpoint":"https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize",` +
	`"device_authorization_endpoint":"https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode",` +
	`"issuer":"https://login.microsoftonline.com/{tenantid}/v2.0"}`

// FuzzDeviceCode signs in with any answers. A person is shown one line that does
// nothing to the terminal; what goes wrong is one line, too.
func FuzzDeviceCode(f *testing.F) {
	f.Add(`{"user_code":"ABC","device_code":"d","verification_uri":"https://x.example","expires_in":900,"interval":1}`, `{"error":"authorization_declined"}`)
	f.Add(`{"user_code":"A\u001b[2JB\nC","device_code":"d","verification_uri":"x\ry","expires_in":"900","interval":0}`, `{"access_token":"a","expires_in":1,"id_token":"e30.e30.e30"}`)
	f.Add(`{"error":"invalid_client","error_description":"AADSTS7000218: x\r\nTrace ID: y"}`, ``)
	f.Add(`<html>`, `[]`)
	f.Fuzz(func(t *testing.T, code, token string) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		var prompt bytes.Buffer
		c, err := LogIn(ctx, Options{Prompt: &prompt, Transport: spoken{"/devicecode": code, "/token": token, "/openid-configuration": openID}})
		if err != nil {
			checkFault(t, err)
		} else if _, err := c.Who(ctx); err != nil {
			checkFault(t, err)
		}
		if shown := prompt.String(); shown != "" {
			checkLine(t, strings.TrimSuffix(shown, "\n"))
		}
	})
}

// FuzzCloud reads any description of a cloud. What it names are https addresses.
func FuzzCloud(f *testing.F) {
	f.Add([]byte(`[{"name":"Moon","portal":"https://portal.azure.moon/","resourceManager":"https://m.moon/","authentication":{"loginEndpoint":"https://l.moon/"}}]`))
	f.Add([]byte(`{"name":"moon","resourceManager":"http://m.moon"}`))
	f.Add([]byte(`{"name":"moon","resourceManager":"https://[::1","authentication":{"loginEndpoint":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		environ := map[string]string{"ARM_CLOUD_METADATA_URL": "https://moon.example/metadata"}
		c, err := LookUp(t.Context(), "moon", func(name string) string { return environ[name] }, spoken{"/metadata": string(data)})
		if err != nil {
			checkFault(t, err)
			return
		}
		if !strings.HasPrefix(c.Login, "https://") || !strings.HasPrefix(c.Manager, "https://") {
			t.Errorf("got %+v", c)
		}
	})
}
