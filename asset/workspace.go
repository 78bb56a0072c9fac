package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Workspace is a workspace, or a hub or project, which are workspaces of a
// special kind.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-workspace
type Workspace struct {
	Head
	// Type is default, hub, project or featurestore; the YAML says kind.
	Type          pipeline.Text `az:"kind"`
	DisplayName   pipeline.Text `az:"display_name"`
	Location      pipeline.Text `az:"location"`
	ResourceGroup pipeline.Text `az:"resource_group"`
	// HBI: the workspace holds data of high business impact.
	HBI *bool `az:"hbi_workspace"`

	// ARM ids of what the workspace uses; without them the service makes it.
	StorageAccount      pipeline.Text `az:"storage_account"`
	ContainerRegistry   pipeline.Text `az:"container_registry"`
	KeyVault            pipeline.Text `az:"key_vault"`
	ApplicationInsights pipeline.Text `az:"application_insights"`

	CustomerManagedKey *CustomerManagedKey `az:"customer_managed_key"`
	// ImageBuildCompute is the name of a cluster.
	ImageBuildCompute pipeline.Text `az:"image_build_compute"`
	// PublicNetworkAccess is enabled or disabled.
	PublicNetworkAccess pipeline.Text   `az:"public_network_access"`
	NetworkACLs         *NetworkACLs    `az:"network_acls"`
	ManagedNetwork      *ManagedNetwork `az:"managed_network"`
	ProvisionNetworkNow *bool           `az:"provision_network_now"`
	// SystemDatastoresAuthMode is accesskey, identity or userdelegationsas.
	SystemDatastoresAuthMode pipeline.Text `az:"system_datastores_auth_mode"`
	Identity                 *Identity     `az:"identity"`
	// PrimaryUserIdentity is the ARM id of one of the identities.
	PrimaryUserIdentity   pipeline.Text      `az:"primary_user_assigned_identity"`
	DataIsolation         *bool              `az:"enable_data_isolation"`
	RoleAssignmentOnGroup *bool              `az:"allow_roleassignment_on_rg"`
	Serverless            *ServerlessCompute `az:"serverless_compute"`
	// Hub is the ARM id of the hub that the workspace belongs to.
	Hub pipeline.Text `az:"workspace_hub"`

	// Of projects: the ARM id of the hub. Of hubs: where projects go.
	HubID                pipeline.Text `az:"hub_id"`
	DefaultResourceGroup pipeline.Text `az:"default_resource_group"`

	// Of feature stores, as YAML text.
	ComputeRuntime          pipeline.Text `az:"compute_runtime,tree"`
	OfflineStore            pipeline.Text `az:"offline_store,tree"`
	OnlineStore             pipeline.Text `az:"online_store,tree"`
	MaterializationIdentity pipeline.Text `az:"materialization_identity,tree"`

	MLflowTrackingURI pipeline.Text `az:"mlflow_tracking_uri"`
	DiscoveryURL      pipeline.Text `az:"discovery_url"`
}

// Kind is [WorkspaceKind].
func (w *Workspace) Kind() string { return WorkspaceKind }

// CustomerManagedKey encrypts what the workspace stores.
type CustomerManagedKey struct {
	// KeyVault is an ARM id, KeyURI the address of a key in it.
	KeyVault pipeline.Text `az:"key_vault"`
	KeyURI   pipeline.Text `az:"key_uri"`
	// CosmosDB, Storage and Search are ARM ids of resources of one's own.
	CosmosDB pipeline.Text `az:"cosmosdb_id"`
	Storage  pipeline.Text `az:"storage_id"`
	Search   pipeline.Text `az:"search_id"`
	Range    diag.Range    `az:",place"`
}

// NetworkACLs say who may reach the workspace.
type NetworkACLs struct {
	// DefaultAction is Allow or Deny.
	DefaultAction pipeline.Text `az:"default_action"`
	IPRules       []IPRule      `az:"ip_rules"`
	Range         diag.Range    `az:",place"`
}

// IPRule lets an address or a range of addresses in.
type IPRule struct {
	Value pipeline.Text `az:"value"`
}

// ManagedNetwork is the virtual network that the service keeps for a workspace.
type ManagedNetwork struct {
	// IsolationMode is disabled, allow_internet_outbound or
	// allow_only_approved_outbound.
	IsolationMode pipeline.Text  `az:"isolation_mode"`
	OutboundRules []OutboundRule `az:"outbound_rules"`
	// FirewallSKU is standard or basic.
	FirewallSKU pipeline.Text `az:"firewall_sku"`
	Range       diag.Range    `az:",place"`
}

// OutboundRule lets traffic out of a managed network.
type OutboundRule struct {
	Name pipeline.Text `az:"name"`
	// Type is fqdn, private_endpoint or service_tag.
	Type        pipeline.Text   `az:"type"`
	Destination *Destination    `az:"destination"`
	FQDNs       []pipeline.Text `az:"fqdns"`
	Range       diag.Range      `az:",place"`
}

// Destination is where traffic may go.
type Destination struct {
	// FQDN is the name of a host; a star may stand at its beginning.
	FQDN pipeline.Text `az:",scalar"`
	// Of private endpoints: the ARM id of a resource, and what of it.
	ServiceResourceID pipeline.Text `az:"service_resource_id"`
	SubresourceTarget pipeline.Text `az:"subresource_target"`
	SparkEnabled      *bool         `az:"spark_enabled"`
	// Of service tags: Protocol is TCP, UDP, ICMP or *, PortRanges "80, 443".
	ServiceTag      pipeline.Text   `az:"service_tag"`
	Protocol        pipeline.Text   `az:"protocol"`
	PortRanges      pipeline.Text   `az:"port_ranges"`
	AddressPrefixes []pipeline.Text `az:"address_prefixes"`
}

// ServerlessCompute says where serverless computes run.
type ServerlessCompute struct {
	// CustomSubnet is an ARM id, or None.
	CustomSubnet pipeline.Text `az:"custom_subnet"`
	NoPublicIP   *bool         `az:"no_public_ip"`
	Range        diag.Range    `az:",place"`
}
