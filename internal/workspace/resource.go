package workspace

import (
	"context"
	"encoding/json"
	"time"
)

// Collection is the kind of a resource, in ARM's word for it.
type Collection string

// What a workspace keeps besides jobs and files. A registry keeps some of them
// too: see [RegistryScope].
const (
	Codes        Collection = "codes"
	Data         Collection = "data"
	Environments Collection = "environments"
	Components   Collection = "components"
	Models       Collection = "models"
	Computes     Collection = "computes"
	DataStores   Collection = "datastores"
	Endpoints    Collection = "batchEndpoints"
	// Deployments are named ENDPOINT/DEPLOYMENT.
	Deployments Collection = "deployments"
	Schedules   Collection = "schedules"
	// Pipelines are published pipelines, named by their GUID; the name of a
	// pipeline endpoint is its batch endpoint's.
	Pipelines Collection = "pipelines"
	// Workspaces have one entry in their own scope, under the workspace's name.
	Workspaces Collection = "workspaces"
	// Groups are resource groups; their scope is (subscription, group, "-").
	Groups Collection = "resourceGroups"
	// Registries have one entry, in their own scope.
	Registries Collection = "registries"
)

// Versioned reports whether resources of the collection have versions: those
// are assets. The container of an asset, which has the empty version, is made
// with the first version.
func (c Collection) Versioned() bool {
	switch c {
	case Codes, Data, Environments, Components, Models:
		return true
	}
	return false
}

// RegistryScope is where the assets of a registry of this home are kept. The
// name of a registry is unique in a home, as it is on Azure.
func RegistryScope(name string) Scope {
	return Scope{Subscription: "registries", ResourceGroup: "registries", Workspace: name}
}

// ResourceKey names a resource. Names are compared ignoring the case of ASCII
// letters, except those of assets and their versions; the spelling that came
// first is the one that comes back.
type ResourceKey struct {
	Scope      Scope
	Collection Collection
	// Name is on the allow-list of [CheckName]; that of a deployment is two
	// such names with a slash between.
	Name string
	// Version is empty for what has none, and for the container of an asset.
	Version string
}

// Resource is something registered in a workspace.
type Resource struct {
	ResourceKey
	// Created is when it was first put, Modified when it was put last; both are
	// set by the store, UTC, to the microsecond, and Created grows strictly
	// within a collection.
	Created, Modified time.Time
	CreatedBy         string
	// Archived hides it from lists; Anonymous are versions that a client made
	// for itself, which lists leave out as well.
	Archived, Anonymous bool
	// Body is a JSON object, kept as it came: what ARM's envelope holds besides
	// id, name, type and systemData. {"properties":{...},"location":...,"tags":{...}}
	Body json.RawMessage
	// Digests are the blobs that the body refers to, which are kept as long as
	// it is.
	Digests []string
}

// ResourceQuery selects resources of one collection.
type ResourceQuery struct {
	Scope      Scope
	Collection Collection
	// AllScopes ignores the workspace of Scope, or with an empty subscription
	// all of it: workspaces of a group, groups of a subscription.
	AllScopes bool
	// Name, when not empty, selects the versions of one asset. Without it the
	// containers of assets are selected, or resources that have no versions.
	Name string
	// Under selects the deployments of one endpoint.
	Under string
	// Archived: "" active only, "only", "all".
	Archived string
	// Anonymous also selects anonymous ones.
	Anonymous bool
	// Newest first by Created; otherwise by name, ignoring case.
	Newest bool
	// Limit 0 is no limit. Skip comes first.
	Limit, Skip int
}

// ResourceStore keeps resources. Like a Store's methods each is one
// transaction. Bad keys are ErrInvalid.
type ResourceStore interface {
	// Resource is one by key. ErrNotFound when there is none.
	Resource(ctx context.Context, key ResourceKey) (*Resource, error)
	// Resources lists those that q selects.
	Resources(ctx context.Context, q ResourceQuery) ([]*Resource, error)
	// LatestVersion is the version of an asset that was created last and is
	// not archived. ErrNotFound when there is none.
	LatestVersion(ctx context.Context, scope Scope, c Collection, name string) (*Resource, error)
	// NextVersion is what AddVersion would give.
	NextVersion(ctx context.Context, scope Scope, c Collection, name string) (string, error)
	// ChangeResource gives change the resource at key, nil when there is none,
	// and writes what it answers, deletes it when that is nil; when it fails,
	// nothing is done. No other writer comes in between, so change must be
	// quick. made reports that it was not there before. Deleting a container
	// deletes its versions, deleting an endpoint its deployments.
	ChangeResource(
		ctx context.Context, key ResourceKey, change func(old *Resource) (*Resource, error),
	) (now *Resource, made bool, err error)
	// PutResources adds or replaces all of them, or none.
	PutResources(ctx context.Context, list ...*Resource) error
	// AddVersion registers r under the next version of its name: one more than
	// the highest that is a decimal number, "1" for the first.
	AddVersion(ctx context.Context, r *Resource) (*Resource, error)
	// ResourceDigests calls yield for every digest that a resource refers to,
	// in any scope.
	ResourceDigests(ctx context.Context, yield func(digest string) error) error
}
