package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Registry shares assets among workspaces.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-registry
type Registry struct {
	Head
	// Location is the primary region.
	Location pipeline.Text `az:"location"`
	// PublicNetworkAccess is enabled or disabled.
	PublicNetworkAccess pipeline.Text `az:"public_network_access"`
	// Replication names the regions that hold copies, the primary one among
	// them.
	Replication          []Region              `az:"replication_locations"`
	ContainerRegistry    *ContainerRegistry    `az:"container_registry"`
	IntellectualProperty *IntellectualProperty `az:"intellectual_property"`
}

// Kind is [RegistryKind].
func (r *Registry) Kind() string { return RegistryKind }

// Region is a region in which a registry holds a copy.
type Region struct {
	Location pipeline.Text   `az:"location"`
	Storage  *RegionsStorage `az:"storage_config"`
	Range    diag.Range      `az:",place"`
}

// RegionsStorage is either ARM ids of storage accounts, or how the service
// makes one.
type RegionsStorage struct {
	Accounts []pipeline.Text `az:",whole"`
	// HierarchicalNamespace makes it a data lake.
	HierarchicalNamespace *bool `az:"storage_account_hns"`
	// Type is a redundancy: standard_lrs, standard_grs, ...
	Type             pipeline.Text `az:"storage_account_type"`
	ReplicationCount pipeline.Text `az:"replication_count,plain"`
}

// ContainerRegistry is either the ARM id of one, or how the service makes it.
type ContainerRegistry struct {
	ID pipeline.Text `az:",scalar"`
	// SKU is premium.
	SKU pipeline.Text `az:"acr_account_sku"`
}

// IntellectualProperty names who publishes protected assets.
type IntellectualProperty struct {
	Publisher pipeline.Text `az:"publisher"`
}
