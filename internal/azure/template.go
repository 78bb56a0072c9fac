package azure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// object is a part of a template.
type object map[string]any

// companions are the names of what a workspace of Azure's needs beside it. They
// follow from the workspace, so that the same request again makes nothing
// twice; names of accounts and vaults are unique in all of Azure.
type companions struct{ storage, vault, logs, insights string }

// companionsOf: at most 24 small letters and digits, a letter first.
func companionsOf(s Scope) companions {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s.Workspace))
	sum := sha256.Sum256([]byte(strings.ToLower(s.String())))
	rest := plain[:min(len(plain), 8)] + hex.EncodeToString(sum[:7])
	return companions{storage: "st" + rest, vault: "kv" + rest, logs: "la" + rest, insights: "ai" + rest}
}

// The versions of the interfaces to what the template makes: those that
// azure-ai-ml 1.35 has in its own.
const (
	deploymentsVersion = "2020-06-01"
	storageVersion     = "2023-04-01"
	vaultVersion       = "2023-07-01"
	logsVersion        = "2020-08-01"
	insightsVersion    = "2020-02-02"
	workspaceVersion   = "2024-04-01"
)

// template is a workspace and what it needs.
func template(s Scope, location string) object {
	names := companionsOf(s)
	id := func(kind, name string) string {
		return "/subscriptions/" + s.Subscription + "/resourceGroups/" + s.ResourceGroup + "/providers/" + kind + "/" + name
	}
	storage, vault := id("Microsoft.Storage/storageAccounts", names.storage), id("Microsoft.KeyVault/vaults", names.vault)
	logs, insights := id("Microsoft.OperationalInsights/workspaces", names.logs), id("Microsoft.Insights/components", names.insights)
	return object{
		"$schema":        "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
		"contentVersion": "1.0.0.0",
		"resources": []object{
			storageAccount(names.storage, location), keyVault(names.vault, location),
			{
				"type": "Microsoft.OperationalInsights/workspaces", "apiVersion": logsVersion, "name": names.logs, "location": location,
				"properties": object{},
			},
			{
				"type": "Microsoft.Insights/components", "apiVersion": insightsVersion, "name": names.insights, "location": location,
				"kind": "web", "dependsOn": []string{logs},
				"properties": object{"Application_Type": "web", "WorkspaceResourceId": logs},
			},
			{
				"type": "Microsoft.MachineLearningServices/workspaces", "apiVersion": workspaceVersion, "name": s.Workspace, "location": location,
				"dependsOn": []string{storage, vault, insights}, "identity": object{"type": "SystemAssigned"}, "kind": "Default",
				"properties": object{
					"friendlyName": s.Workspace, "description": s.Workspace, "storageAccount": storage, "keyVault": vault, "applicationInsights": insights,
					"publicNetworkAccess": "Enabled",
				},
			},
		},
	}
}

func storageAccount(name, location string) object {
	on := object{"enabled": true}
	return object{
		"type": "Microsoft.Storage/storageAccounts", "apiVersion": storageVersion, "name": name, "location": location,
		"kind": "StorageV2", "sku": object{"name": "Standard_LRS"},
		"properties": object{
			"encryption":               object{"services": object{"blob": on, "file": on}, "keySource": "Microsoft.Storage"},
			"supportsHttpsTrafficOnly": true, "allowBlobPublicAccess": false, "minimumTlsVersion": "TLS1_2",
		},
	}
}

func keyVault(name, location string) object {
	return object{
		"type": "Microsoft.KeyVault/vaults", "apiVersion": vaultVersion, "name": name, "location": location,
		"properties": object{
			// The one thing that only the service knows.
			"tenantId": "[subscription().tenantId]",
			"sku":      object{"name": "standard", "family": "A"}, "accessPolicies": []object{}, "enableRbacAuthorization": true,
		},
	}
}

// deployment is what the service says of a template's deployment.
type deployment struct {
	Properties struct {
		ProvisioningState string          `json:"provisioningState"`
		Error             json.RawMessage `json:"error"`
	} `json:"properties"`
}

// deployWorkspace makes the workspace and what it needs, and waits for it. An
// earlier try that is still at work is waited for, and then made sure of.
func (c *Client) deployWorkspace(ctx context.Context) error {
	err := c.putDeployment(ctx)
	for isActive(err) {
		if err := sleep(ctx, c.interval()); err != nil {
			return err
		}
		err = c.putDeployment(ctx)
	}
	return err
}

func (c *Client) putDeployment(ctx context.Context) error {
	s := c.target.Scope
	address := runtime.JoinPaths(c.resource.Endpoint(), "subscriptions", url.PathEscape(s.Subscription), "resourcegroups", url.PathEscape(s.ResourceGroup),
		"providers/Microsoft.Resources/deployments", deploymentOf(s))
	req, err := runtime.NewRequest(ctx, http.MethodPut, address)
	if err != nil {
		return err
	}
	req.Raw().URL.RawQuery = url.Values{"api-version": {deploymentsVersion}}.Encode()
	body := object{"properties": object{"mode": "Incremental", "template": template(s, c.target.Location), "parameters": object{}}}
	if err := runtime.MarshalAsJSON(req, body); err != nil {
		return err
	}
	res, err := c.resource.Pipeline().Do(req) //nolint:bodyclose // the poller reads it
	if err != nil {
		return err
	}
	if !runtime.HasStatusCode(res, http.StatusOK, http.StatusCreated, http.StatusAccepted) {
		return runtime.NewResponseError(res)
	}
	poller, err := runtime.NewPoller[deployment](res, c.resource.Pipeline(), nil)
	if err != nil {
		return err
	}
	_, err = poller.PollUntilDone(ctx, poll())
	return err
}

// deploymentOf is the name of the deployment of a workspace.
func deploymentOf(s Scope) string {
	sum := sha256.Sum256([]byte(strings.ToLower(s.String())))
	return "ischia-" + hex.EncodeToString(sum[:10])
}

// isActive reports whether a deployment of that name is at work already.
func isActive(err error) bool {
	var r *azcore.ResponseError
	return errors.As(err, &r) && r.StatusCode == http.StatusConflict && r.ErrorCode == "DeploymentActive"
}

// isConflict reports whether what is there is being made or changed by an
// earlier request.
func isConflict(err error) bool {
	var r *azcore.ResponseError
	return errors.As(err, &r) && r.StatusCode == http.StatusConflict
}
