package proxy

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// cliFolder is the folder of Azure CLI's own, in that of the run. Its user's own
// must not be touched: a token that is got here would take the place of the
// real one there, and the real one would be sent here.
const cliFolder = "azure"

// writeCLI writes a profile in which Azure CLI finds itself signed in, with the
// managed identity that the child has, to the subscription of the workspace.
func (p *Proxy) writeCLI(s Scope) error {
	profile, err := json.Marshal(map[string]any{
		"installationId": "00000000-0000-0000-0000-000000000000",
		"subscriptions": []any{map[string]any{
			"id": s.Subscription, "name": "ischia", "state": "Enabled", "isDefault": true, "environmentName": "AzureCloud",
			"tenantId": p.Tenant, "homeTenantId": p.Tenant, "managedByTenants": []any{},
			"user": map[string]string{"name": "systemAssignedIdentity", "type": "servicePrincipal", "assignedIdentityInfo": "MSI"},
		}},
	})
	if err != nil {
		return fmt.Errorf("write a profile for Azure CLI: %w", err)
	}
	config := fmt.Sprintf("[core]\ncollect_telemetry = no\nfirst_run = no\n[auto-upgrade]\nenable = no\n[defaults]\ngroup = %s\nworkspace = %s\n", s.ResourceGroup, s.Workspace)
	dir := filepath.Join(p.folder, cliFolder)
	err = errors.Join(os.Mkdir(dir, 0o700),
		writeClosed(filepath.Join(dir, "azureProfile.json"), profile), writeClosed(filepath.Join(dir, "config"), []byte(config)))
	if err != nil {
		return fmt.Errorf("write a profile for Azure CLI: %w", err)
	}
	return nil
}

// extensions is where Azure CLI finds its extensions: where it does without us.
func (p *Proxy) extensions() string {
	if dir := lookUp(p.Environ, "AZURE_EXTENSION_DIR"); dir != "" {
		return dir
	}
	config := lookUp(p.Environ, "AZURE_CONFIG_DIR")
	if config == "" {
		home := lookUp(p.Environ, "HOME")
		if home == "" {
			home = lookUp(p.Environ, "USERPROFILE")
		}
		config = filepath.Join(home, ".azure")
	}
	return filepath.Join(config, "cliextensions")
}
