package identity_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/ischia-ml/ischia/internal/identity"
)

func TestLookUp(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config"), []byte("[core]\nname = x\n[cloud]\nname = AzureChinaCloud\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		asked   string
		environ map[string]string
		want    string
	}{
		"the usual":         {want: "AzureCloud"},
		"by name":           {asked: "azureusgovernment", want: "AzureUSGovernment"},
		"short":             {asked: "AzureChina", want: "AzureChinaCloud"},
		"AZURE_CLOUD":       {environ: map[string]string{"AZURE_CLOUD": "AzureChinaCloud", "AZUREML_CURRENT_CLOUD": "AzureCloud"}, want: "AzureChinaCloud"},
		"Azure ML's":        {environ: map[string]string{"AZUREML_CURRENT_CLOUD": "AzureUSGovernment"}, want: "AzureUSGovernment"},
		"the Azure CLI's":   {environ: map[string]string{"AZURE_CONFIG_DIR": dir}, want: "AzureChinaCloud"},
		"no such":           {asked: "AzureMoon"},
		"none is described": {asked: "AzureMoon", environ: map[string]string{"ARM_CLOUD_METADATA_URL": "http://moon.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := identity.LookUp(t.Context(), c.asked, func(name string) string { return c.environ[name] }, nil)
			var fault *identity.Error
			if got.Name != c.want || c.want == "" && !errors.As(err, &fault) {
				t.Errorf("got %+v, %v, want %q", got, err, c.want)
			}
		})
	}
}

// TestDescribedCloud is one that only its own resource manager knows.
func TestDescribedCloud(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const one = `{"name":"Moon","portal":"https://portal.azure.moon.example/","resourceManager":"https://manage.moon.example/",` +
		`"authentication":{"loginEndpoint":"https://login.moon.example/"},"suffixes":{"storage":"core.moon.example","keyVaultDns":".vault.moon.example"}}`
	environ := map[string]string{"AZURE_CLOUD": "moon", "ARM_CLOUD_METADATA_URL": "https://manage.moon.example/metadata"}
	for _, body := range []string{one, "[" + one + "]", `[]`, `<html>`} {
		w.hosts["manage.moon.example"] = http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte(body)) })
		got, err := identity.LookUp(t.Context(), "", func(name string) string { return environ[name] }, w.transport())
		if len(body) < len(one) {
			if err == nil {
				t.Errorf("%s: got %+v", body, got)
			}
			continue
		}
		want := identity.Cloud{Name: "Moon", Manager: "https://manage.moon.example", Login: "https://login.moon.example", MLResource: "https://ml.azure.moon.example",
			StorageSuffix: "core.moon.example", VaultSuffix: "vault.moon.example"}
		if err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}
