package armapi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// subscriptionHandlers are the operations on subscriptions and the directory.
// Every subscription that is named is there, as a home is one person's; those
// with something in them are listed.
func subscriptionHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"SubscriptionsClient.List":          (*call).listSubscriptions,
		"SubscriptionsClient.Get":           (*call).getSubscription,
		"SubscriptionsClient.ListLocations": (*call).listLocations,
		"TenantsClient.List":                (*call).listTenants,
		"ProvidersClient.List":              (*call).listProviders,
		"ProvidersClient.Get":               (*call).getProvider,
		"ProvidersClient.Register":          (*call).getProvider,
	}
}

func (c *call) subscription(id string) map[string]any {
	return map[string]any{
		"id": "/subscriptions/" + id, "subscriptionId": id, "tenantId": c.Tenant, "displayName": id, "state": "Enabled",
		"subscriptionPolicies": map[string]string{"quotaId": "Internal_2014-09-01", "spendingLimit": "Off"},
		"authorizationSource":  "RoleBased", "managedByTenants": []any{},
	}
}

func (c *call) getSubscription() error {
	return c.reply(http.StatusOK, c.subscription(c.scope.Subscription))
}

// listSubscriptions lists the built-in one and those that hold a group.
func (c *call) listSubscriptions() error {
	all, err := c.resources().Resources(c.ctx(), workspace.ResourceQuery{Collection: workspace.Groups, AllScopes: true})
	if err != nil {
		return err
	}
	ids := []string{workspace.BuiltIn().Subscription}
	for _, r := range all {
		known := func(id string) bool { return strings.EqualFold(id, r.Scope.Subscription) }
		if !slices.ContainsFunc(ids, known) {
			ids = append(ids, r.Scope.Subscription)
		}
	}
	slices.Sort(ids[1:])
	out := []any{}
	for _, id := range ids {
		out = append(out, c.subscription(id))
	}
	return c.reply(http.StatusOK, list{Value: out})
}

// listLocations lists the one place that there is.
func (c *call) listLocations() error {
	return c.reply(http.StatusOK, list{Value: []any{map[string]any{
		"id": "/subscriptions/" + c.scope.Subscription + "/locations/" + c.Location, "name": c.Location,
		"displayName": c.Location, "regionalDisplayName": c.Location, "type": "Region",
		"metadata": map[string]string{"regionType": "Physical", "regionCategory": "Recommended"},
	}}})
}

func (c *call) listTenants() error {
	return c.reply(http.StatusOK, list{Value: []any{map[string]any{
		"id": "/tenants/" + c.Tenant, "tenantId": c.Tenant, "displayName": c.Location, "tenantCategory": "Home", "domains": []string{},
	}}})
}

const providerNamespace = "Microsoft.MachineLearningServices"

func (c *call) provider() map[string]any {
	return map[string]any{
		"id":        "/subscriptions/" + c.scope.Subscription + "/providers/" + providerNamespace,
		"namespace": providerNamespace, "registrationState": "Registered", "registrationPolicy": "RegistrationRequired",
		"resourceTypes": []any{},
	}
}

// getProvider also answers its registration, which there always is.
func (c *call) getProvider() error { return c.reply(http.StatusOK, c.provider()) }

func (c *call) listProviders() error {
	return c.reply(http.StatusOK, list{Value: []any{c.provider()}})
}
