package asset

import (
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Validate checks what the workspace means; see [Validator].
func (w *Workspace) Validate(fs.FS) diag.List {
	c := &checker{}
	c.name(w.Name, "name", workspaceName())
	c.resources(w)
	c.identity(w.Identity, "identity", 0)
	if w.CustomerManagedKey != nil {
		c.managedKey(w.CustomerManagedKey)
	}
	if w.NetworkACLs != nil {
		c.networkACLs(w.NetworkACLs)
	}
	if w.ManagedNetwork != nil {
		c.managedNetwork(w.ManagedNetwork)
	}
	if w.Serverless != nil {
		c.serverless(w.Serverless)
	}
	return c.errs
}

// resources checks the ids of what the workspace uses.
func (c *checker) resources(w *Workspace) {
	c.armID(w.StorageAccount, "storage_account")
	c.armID(w.ContainerRegistry, "container_registry")
	c.armID(w.KeyVault, "key_vault")
	c.armID(w.ApplicationInsights, "application_insights")
	c.armID(w.Hub, "workspace_hub")
	c.armID(w.HubID, "hub_id")
	c.armID(w.PrimaryUserIdentity, "primary_user_assigned_identity")
}

func (c *checker) managedKey(k *CustomerManagedKey) {
	c.armID(k.KeyVault, "customer_managed_key.key_vault")
	c.armID(k.CosmosDB, "customer_managed_key.cosmosdb_id")
	c.armID(k.Storage, "customer_managed_key.storage_id")
	c.armID(k.Search, "customer_managed_key.search_id")
}

// networkACLs checks the rules of who may reach a workspace.
// Source: azure-ai-ml, _schema/workspace/network_acls.py.
func (c *checker) networkACLs(a *NetworkACLs) {
	if strings.EqualFold(a.DefaultAction.Value, "deny") && len(a.IPRules) == 0 {
		c.errorf(a.DefaultAction.Range, diag.CodeMissingField, "network_acls.ip_rules", "default_action Deny lets nobody in: there are no ip_rules").Hint = "add ip_rules"
	}
	for i, r := range a.IPRules {
		if blank(r.Value) || isAddress(r.Value.Value) {
			continue
		}
		c.errorf(r.Value.Range, diag.CodeBadValue, fmt.Sprintf("network_acls.ip_rules[%d].value", i), "%q is not an address or a range of them", r.Value.Value).Hint =
			"write 203.0.113.7, or 203.0.113.0/24"
	}
}

func isAddress(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	_, err := netip.ParsePrefix(s)
	return err == nil
}

// managedNetwork checks the ways out of a managed network.
func (c *checker) managedNetwork(n *ManagedNetwork) {
	names := map[string]diag.Range{}
	for i, r := range n.OutboundRules {
		at := fmt.Sprintf("managed_network.outbound_rules[%d]", i)
		c.unique(names, r.Name, join(at, "name"), "two outbound rules are named %s")
		if d := r.Destination; d != nil {
			c.armID(d.ServiceResourceID, join(at, "destination.service_resource_id"))
		}
	}
	if len(n.OutboundRules) > 0 && strings.EqualFold(n.IsolationMode.Value, "disabled") {
		c.warnf(n.Range, diag.CodeBadValue, "managed_network.outbound_rules", "outbound rules mean nothing while isolation_mode is disabled")
	}
}

func (c *checker) serverless(s *ServerlessCompute) {
	at := "serverless_compute"
	given := !s.CustomSubnet.IsZero() && s.CustomSubnet.Value != "None"
	if given {
		c.armID(s.CustomSubnet, join(at, "custom_subnet"))
	}
	if s.NoPublicIP != nil && *s.NoPublicIP && !given {
		c.errorf(s.Range, diag.CodeMissingField, join(at, "custom_subnet"), "no_public_ip needs a custom_subnet").Hint = "add custom_subnet"
	}
}
