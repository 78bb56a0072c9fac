package workspace

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
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
	// Groups are resource groups; their scope is (subscription, group,
	// [NoWorkspace]).
	Groups Collection = "resourceGroups"
	// Registries have one entry, in their own scope.
	Registries Collection = "registries"
	// Templates are deployments of templates of the resource manager; their
	// scope is that of a resource group.
	Templates Collection = "templateDeployments"
)

// Versioned reports whether resources of the collection have versions: those
// are assets. The container of an asset, which has the empty version, is made
// with the first version. It is anonymous as long as all versions are, and stays
// when the last is deleted.
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
	// AllScopes ignores the workspace of Scope, and the resource group when that
	// is empty, and all of it when the subscription is: workspaces of a group,
	// workspaces or groups of a subscription, all there are.
	AllScopes bool
	// Name, when not empty, selects the versions of one asset. Without it the
	// containers of assets are selected, or resources that have no versions.
	Name string
	// Hash, when not empty, selects the versions, whatever their name, of which
	// their client said that they have it: properties.properties.hash_sha256 of
	// the body. Name is not looked at then.
	Hash string
	// Under selects the deployments of one endpoint.
	Under string
	// Archived: "" active only, "only", "all".
	Archived string
	// Anonymous also selects anonymous ones.
	Anonymous bool
	// Newest first by Created; otherwise by name, ignoring case, and the versions
	// of an asset by Created, the oldest first.
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
	// PutResources adds or replaces all of them, in their order, or none.
	PutResources(ctx context.Context, list ...*Resource) error
	// AddVersion registers r under the next version of its name: one more than
	// the highest that is a decimal number, "1" for the first.
	AddVersion(ctx context.Context, r *Resource) (*Resource, error)
	// ResourceDigests calls yield for every digest that a resource refers to,
	// in any scope.
	ResourceDigests(ctx context.Context, yield func(digest string) error) error
}

// Check says whether the key may name a resource. The error is ErrInvalid.
func (k ResourceKey) Check() error {
	if !k.Collection.known() {
		return fmt.Errorf("collection %q: there is none of that name: %w", k.Collection, ErrInvalid)
	}
	if err := k.checkScope(); err != nil {
		return err
	}
	name := k.Name
	if k.Collection == Deployments {
		endpoint, deployment, _ := strings.Cut(name, "/")
		if err := CheckName(endpoint); err != nil {
			return fmt.Errorf("endpoint of deployment: %w", err)
		}
		name = deployment
	}
	if err := CheckName(name); err != nil {
		return err
	}
	if k.Version == "" {
		return nil
	}
	if !k.Collection.Versioned() {
		return fmt.Errorf("version %q of %s %q: these have no versions: %w", k.Version, k.Collection, k.Name, ErrInvalid)
	}
	if err := CheckName(k.Version); err != nil {
		return fmt.Errorf("version: %w", err)
	}
	return nil
}

// checkScope is Scope.Check, but for what belongs to a resource group.
func (k ResourceKey) checkScope() error {
	s := k.Scope
	if (k.Collection == Groups || k.Collection == Templates) && s.Workspace == NoWorkspace {
		s.Workspace = s.ResourceGroup
	}
	return s.Check()
}

func (c Collection) known() bool {
	switch c {
	case Computes, DataStores, Endpoints, Deployments, Schedules, Pipelines, Workspaces, Groups, Registries, Templates:
		return true
	}
	return c.Versioned()
}

// NoWorkspace stands for the workspace in the scope of resource groups.
const NoWorkspace = "-"

// Fold is a name of the collection as it is compared.
func (c Collection) Fold(name string) string {
	if c.Versioned() {
		return name
	}
	return lowerASCII(name)
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}

// Check says whether the resource may be kept: its key, and that its body is a
// JSON object.
func (r *Resource) Check() error {
	if err := r.ResourceKey.Check(); err != nil {
		return err
	}
	if body := bytes.TrimLeft(r.Body, " \t\r\n"); len(body) > 0 && (body[0] != '{' || !json.Valid(body)) {
		return fmt.Errorf("%s %q: its body is not a JSON object: %w", r.Collection, r.Name, ErrInvalid)
	}
	return nil
}

// SameContent reports whether a version that is to be registered is the one
// that is there: of the same blobs, or described in the same words.
func (r *Resource) SameContent(there *Resource) bool {
	return len(r.Digests) > 0 && slices.Equal(r.Digests, there.Digests) || bytes.Equal(r.Body, there.Body)
}

// versionDigits is how long a version may be that counts as a number: what is
// longer is a name that consists of digits.
const versionDigits = 18

// VersionNumber is a version that is a decimal number.
func VersionNumber(version string) (int64, bool) {
	if version == "" || len(version) > versionDigits {
		return 0, false
	}
	for _, c := range version {
		if c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(version, 10, 64)
	return n, err == nil
}

// ID is a workspace's id, a GUID: it depends on the scope alone.
func ID(scope Scope) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(lowerASCII(scope.ARMID()))).String()
}

// Resources are the things that are registered.
func (w *Workspace) Resources() ResourceStore { return w.store.Resources() }
