package entra_test

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/entra"
)

// TestPythonClients has Microsoft's unmodified libraries for Python sign in.
// Whoever has azure-identity names the interpreter.
func TestPythonClients(t *testing.T) {
	t.Parallel()
	python := os.Getenv("ISCHIA_IDENTITY_PYTHON")
	if python == "" {
		t.Skip("needs azure-identity: ISCHIA_IDENTITY_PYTHON is not set")
	}
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	c := config()
	c.Login = server.URL
	d, err := entra.New(c)
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/", d.Handler())
	mux.Handle("/msi", d.ManagedIdentity("the header"))
	authority := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(authority, text, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "testdata/msal_client.py", server.URL, tenant, appID, secret, "the header")
	cmd.Env = append(os.Environ(), "REQUESTS_CA_BUNDLE="+authority, "SSL_CERT_FILE="+authority, "NO_PROXY=*", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	checkTokens(t, d, string(out))
}

// checkTokens looks at what the script printed.
func checkTokens(t *testing.T, d *entra.Directory, out string) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 7 {
		t.Errorf("%d sign-ins, want 7:\n%s", len(lines), out)
	}
	for _, line := range lines {
		name, token, _ := strings.Cut(line, " ")
		if _, err := d.Verify(token, manager); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
