package workspacetest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// memoryResources is what is registered in a Memory.
type memoryResources struct{ m *Memory }

// Resources implements workspace.Store.
func (m *Memory) Resources() workspace.ResourceStore { return memoryResources{m} }

func cloneResource(r *workspace.Resource) *workspace.Resource {
	c := *r
	c.Body, c.Digests = slices.Clone(r.Body), slices.Clone(r.Digests)
	return &c
}

func sameKey(a, b workspace.ResourceKey) bool {
	return fold(a.Scope) == fold(b.Scope) && a.Collection == b.Collection && a.Version == b.Version &&
		a.Collection.Fold(a.Name) == b.Collection.Fold(b.Name)
}

func (l *ledger) resource(key workspace.ResourceKey) *workspace.Resource {
	for _, r := range l.resources {
		if sameKey(r.ResourceKey, key) {
			return r
		}
	}
	return nil
}

// versions are those of an asset, the oldest first.
func (l *ledger) versions(key workspace.ResourceKey) []*workspace.Resource {
	var list []*workspace.Resource
	for _, r := range l.resources {
		k := r.ResourceKey
		k.Version = key.Version
		if r.Version != "" && sameKey(k, key) {
			list = append(list, r)
		}
	}
	return list
}

func (l *ledger) nextVersion(key workspace.ResourceKey) string {
	next := int64(1)
	for _, r := range l.versions(key) {
		if n, ok := workspace.VersionNumber(r.Version); ok {
			next = max(next, n+1)
		}
	}
	return strconv.FormatInt(next, 10)
}

// putResource writes a resource, after its container if it needs one.
func (l *ledger) putResource(r *workspace.Resource) (*workspace.Resource, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	now := cloneResource(r)
	now.Scope = l.spell(r.Scope)
	if len(now.Body) == 0 {
		now.Body = json.RawMessage(`{"properties":{}}`)
	}
	now.Modified = time.Now().UTC().Truncate(time.Microsecond)
	if old := l.resource(r.ResourceKey); old != nil {
		now.Name, now.Created, now.CreatedBy = old.Name, old.Created, cmp.Or(r.CreatedBy, old.CreatedBy)
		if !now.Modified.After(old.Modified) {
			now.Modified = old.Modified.Add(time.Microsecond)
		}
		*old = *now
		return cloneResource(now), nil
	}
	if r.Version != "" {
		l.meetContainer(now)
	}
	for _, other := range l.resources {
		if other.Collection == now.Collection && !now.Modified.After(other.Created) {
			now.Modified = other.Created.Add(time.Microsecond)
		}
	}
	now.Created = now.Modified
	l.resources = append(l.resources, now)
	return cloneResource(now), nil
}

// register adds a version of an asset, unless it is there.
func (l *ledger) register(own workspace.Scope, r *workspace.Resource) error {
	given := *r
	if given.Scope == (workspace.Scope{}) {
		given.Scope = own
	}
	if err := checkAsset(given.ResourceKey); err != nil {
		return err
	}
	if given.Version == "" {
		given.Version = l.nextVersion(given.ResourceKey)
	}
	if old := l.resource(given.ResourceKey); old != nil {
		if given.SameContent(old) {
			return nil
		}
		return fmt.Errorf("register %s:%s: it is there already: %w", given.Name, given.Version, workspace.ErrInvalid)
	}
	_, err := l.putResource(&given)
	return err
}

func (l *ledger) meetContainer(r *workspace.Resource) {
	key := r.ResourceKey
	key.Version = ""
	c := l.resource(key)
	if c == nil {
		// Its key is that of r, which has been checked.
		_, _ = l.putResource(&workspace.Resource{ResourceKey: key, CreatedBy: r.CreatedBy, Anonymous: r.Anonymous})
		return
	}
	c.Anonymous = c.Anonymous && r.Anonymous
}

func (l *ledger) deleteResource(key workspace.ResourceKey) {
	l.resources = slices.DeleteFunc(l.resources, func(r *workspace.Resource) bool {
		k := r.ResourceKey
		if key.Version == "" {
			k.Version = ""
		}
		below := key.Collection == workspace.Endpoints && r.Collection == workspace.Deployments &&
			fold(r.Scope) == fold(key.Scope) && underEndpoint(r.Name, key.Name)
		return below || sameKey(k, key)
	})
}

// underEndpoint: a deployment is one of an endpoint.
func underEndpoint(name, endpoint string) bool {
	return strings.HasPrefix(strings.ToLower(name), strings.ToLower(endpoint)+"/")
}

func (rs memoryResources) Resource(_ context.Context, key workspace.ResourceKey) (*workspace.Resource, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	rs.m.mu.Lock()
	defer rs.m.mu.Unlock()
	r := rs.m.resource(key)
	if r == nil {
		return nil, fmt.Errorf("%s %s: %w", key.Collection, key.Name, workspace.ErrNotFound)
	}
	return cloneResource(r), nil
}

func (rs memoryResources) Resources(_ context.Context, q workspace.ResourceQuery) ([]*workspace.Resource, error) {
	rs.m.mu.Lock()
	defer rs.m.mu.Unlock()
	var found []*workspace.Resource
	for _, r := range rs.m.resources {
		if selected(r, q) {
			found = append(found, cloneResource(r))
		}
	}
	slices.SortStableFunc(found, func(a, b *workspace.Resource) int {
		switch {
		case q.Newest:
			return b.Created.Compare(a.Created)
		case q.Name != "" || q.Hash != "":
			return a.Created.Compare(b.Created)
		}
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	found = found[min(q.Skip, len(found)):]
	if q.Limit > 0 {
		found = found[:min(q.Limit, len(found))]
	}
	return found, nil
}

func selected(r *workspace.Resource, q workspace.ResourceQuery) bool {
	here, there := fold(q.Scope), fold(r.Scope)
	if q.AllScopes {
		there.Workspace = here.Workspace
		if here.ResourceGroup == "" || here.Subscription == "" {
			there.ResourceGroup = here.ResourceGroup
		}
		if here.Subscription == "" {
			there.Subscription = ""
		}
	}
	return here == there && r.Collection == q.Collection &&
		ofName(r, q) &&
		(q.Under == "" || underEndpoint(r.Name, q.Under)) &&
		(q.Archived == "all" || r.Archived == (q.Archived == "only")) &&
		(q.Anonymous || !r.Anonymous)
}

// ofName: it is one of the versions that q selects, or q selects none and it is none.
func ofName(r *workspace.Resource, q workspace.ResourceQuery) bool {
	switch {
	case q.Hash != "":
		var body struct {
			Properties struct {
				Properties struct {
					Hash string `json:"hash_sha256"`
				}
			}
		}
		return r.Version != "" && json.Unmarshal(r.Body, &body) == nil && body.Properties.Properties.Hash == q.Hash
	case q.Name != "":
		return r.Version != "" && q.Collection.Fold(q.Name) == q.Collection.Fold(r.Name)
	}
	return r.Version == ""
}

func (rs memoryResources) LatestVersion(
	_ context.Context, scope workspace.Scope, c workspace.Collection, name string,
) (*workspace.Resource, error) {
	key := workspace.ResourceKey{Scope: scope, Collection: c, Name: name}
	if err := key.Check(); err != nil {
		return nil, err
	}
	rs.m.mu.Lock()
	defer rs.m.mu.Unlock()
	for _, r := range slices.Backward(rs.m.versions(key)) {
		if !r.Archived {
			return cloneResource(r), nil
		}
	}
	return nil, fmt.Errorf("latest version of %s %s: %w", c, name, workspace.ErrNotFound)
}

func (rs memoryResources) NextVersion(
	_ context.Context, scope workspace.Scope, c workspace.Collection, name string,
) (string, error) {
	key := workspace.ResourceKey{Scope: scope, Collection: c, Name: name}
	if err := checkAsset(key); err != nil {
		return "", err
	}
	rs.m.mu.Lock()
	defer rs.m.mu.Unlock()
	return rs.m.nextVersion(key), nil
}

func checkAsset(key workspace.ResourceKey) error {
	if !key.Collection.Versioned() {
		return fmt.Errorf("%s have no versions: %w", key.Collection, workspace.ErrInvalid)
	}
	return key.Check()
}

func (rs memoryResources) ChangeResource(
	ctx context.Context, key workspace.ResourceKey, change func(old *workspace.Resource) (*workspace.Resource, error),
) (now *workspace.Resource, made bool, err error) {
	if err := key.Check(); err != nil {
		return nil, false, err
	}
	err = rs.m.write(ctx, func(l *ledger) error {
		old := l.resource(key)
		made = old == nil
		if old != nil {
			old = cloneResource(old)
		}
		changed, err := change(old)
		if err != nil {
			return err
		}
		if changed == nil {
			made = false
			l.deleteResource(key)
			return nil
		}
		c := *changed
		c.ResourceKey = key
		now, err = l.putResource(&c)
		return err
	})
	if err != nil {
		return nil, false, err
	}
	return now, made, nil
}

func (rs memoryResources) PutResources(ctx context.Context, list ...*workspace.Resource) error {
	return rs.m.write(ctx, func(l *ledger) error {
		for _, r := range list {
			if _, err := l.putResource(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func (rs memoryResources) AddVersion(ctx context.Context, r *workspace.Resource) (now *workspace.Resource, err error) {
	key := r.ResourceKey
	key.Version = ""
	if err := checkAsset(key); err != nil {
		return nil, err
	}
	err = rs.m.write(ctx, func(l *ledger) (err error) {
		c := *r
		c.Version = l.nextVersion(r.ResourceKey)
		if l.resource(c.ResourceKey) != nil {
			return fmt.Errorf("version %s of %s: %w", c.Version, c.Name, workspace.ErrConflict)
		}
		now, err = l.putResource(&c)
		return err
	})
	return now, err
}

func (rs memoryResources) ResourceDigests(_ context.Context, yield func(digest string) error) error {
	rs.m.mu.Lock()
	var digests []string
	for _, r := range rs.m.resources {
		digests = append(digests, r.Digests...)
	}
	rs.m.mu.Unlock()
	for _, d := range digests {
		if err := yield(d); err != nil {
			return err
		}
	}
	return nil
}
