package proxy_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/proxy"
)

// A client finds the workspace in its environment, and nothing that tells it how
// to behave: what one release reads as a number, another takes for a text.
func TestEnvironNamesTheWorkspace(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	all := r.environ()
	for name, want := range map[string]string{
		"AZURE_TENANT_ID": tenant, "AZURE_SUBSCRIPTION_ID": "s",
		"AZUREML_ARM_SUBSCRIPTION": "s", "AZUREML_ARM_RESOURCEGROUP": "g", "AZUREML_ARM_WORKSPACE_NAME": "w",
	} {
		if all[name] != want {
			t.Errorf("%s=%q, want %q", name, all[name], want)
		}
	}
	// The user's own sign-in is for Azure: nothing that runs here sends it.
	if all["ISCHIA_LOGIN_DIR"] == "" || filepath.Dir(all["ISCHIA_LOGIN_DIR"]) != filepath.Dir(all["AZURE_CONFIG_DIR"]) {
		t.Errorf("sign-ins are kept in %q", all["ISCHIA_LOGIN_DIR"])
	}
	for name := range all {
		if strings.HasPrefix(name, "AZUREML_") && !strings.HasPrefix(name, "AZUREML_ARM_") {
			t.Errorf("%s is set, and nobody asked for it", name)
		}
	}
}

// What the caller has set himself stays, unless he chose a workspace by option.
func TestEnvironOfTheCaller(t *testing.T) {
	t.Parallel()
	own := []string{"AZURE_TENANT_ID=theirs", "AZURE_SUBSCRIPTION_ID=theirs", "AZUREML_RUN_POLLING_INTERVAL_MIN=3", "AZUREML_ARM_WORKSPACE_NAME=theirs"}
	for _, chosen := range []bool{false, true} {
		r := newRig(t, func(c *proxy.Config) { c.Environ, c.Chosen = append(c.Environ, own...), chosen })
		all := r.environ()
		want := map[string]string{"AZURE_TENANT_ID": "theirs", "AZUREML_RUN_POLLING_INTERVAL_MIN": "3", "AZURE_SUBSCRIPTION_ID": "theirs", "AZUREML_ARM_WORKSPACE_NAME": "theirs"}
		if chosen {
			want["AZURE_SUBSCRIPTION_ID"], want["AZUREML_ARM_WORKSPACE_NAME"] = "s", "w"
		}
		for name, text := range want {
			if all[name] != text {
				t.Errorf("chosen %v: %s=%q, want %q", chosen, name, all[name], text)
			}
		}
	}
}
