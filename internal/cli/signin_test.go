package cli_test

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ischia-ml/ischia/internal/entra"
)

// What a script finds in the directory that `entra` starts.
const (
	scriptTenant = "aaaaaaaa-0000-4000-8000-000000000001"
	scriptApp    = "bbbbbbbb-0000-4000-8000-000000000002"
	scriptSecret = "the secret of the app, 1+1/2=?"
)

// entraCommand starts a cloud with a directory and a resource manager, over TLS
// on one address, and has the environment name it: `entra` for one that refuses
// what the service refuses, `entra open` for one that lets everybody in. $TENANT,
// $APP and $APP_SECRET are an app of it.
func entraCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 1 {
		ts.Fatalf("usage: entra [open]")
	}
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	ts.Defer(server.Close)
	d, err := entra.New(entra.Config{
		Tenant: scriptTenant, Login: server.URL, Resources: []string{server.URL}, Open: len(args) == 1,
		Apps:  []entra.App{{ClientID: scriptApp, Secrets: []entra.Secret{{Value: scriptSecret}}}},
		Users: []entra.User{{Name: "ada@contoso.example"}},
	})
	ts.Check(err)
	mux.Handle("/", d.Handler())
	mux.HandleFunc("/subscriptions", func(w http.ResponseWriter, r *http.Request) { listSubscriptions(w, r, d, server.URL) })
	mux.HandleFunc("/metadata", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{
			"name": "TestCloud", "portal": "https://portal.azure.test/", "resourceManager": server.URL,
			"authentication": map[string]any{"loginEndpoint": server.URL},
			"suffixes":       map[string]any{"storage": "core.azure.test", "keyVaultDns": "vault.azure.test"},
		})
	})
	authority := filepath.Join(ts.Getenv("WORK"), "authority.pem")
	ts.Check(os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	for name, value := range map[string]string{
		"SSL_CERT_FILE": authority, "AZURE_CLOUD": "TestCloud", "ARM_CLOUD_METADATA_URL": server.URL + "/metadata",
		"TENANT": scriptTenant, "APP": scriptApp, "APP_SECRET": scriptSecret, "CI": "", "GITHUB_ACTIONS": "", "TF_BUILD": "",
	} {
		ts.Setenv(name, value)
	}
}

func listSubscriptions(w http.ResponseWriter, r *http.Request, d *entra.Directory, audience string) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, err := d.Verify(token, audience); err != nil {
		http.Error(w, `{"error":{"code":"AuthenticationFailed","message":"Authentication failed."}}`, http.StatusUnauthorized)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"value": []any{map[string]any{
		"subscriptionId": "cccccccc-0000-4000-8000-000000000003", "displayName": "Penguins", "state": "Enabled", "tenantId": scriptTenant,
	}}})
}
