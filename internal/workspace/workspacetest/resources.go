package workspacetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ischia-ml/ischia/internal/workspace"
)

func resourceKey(c workspace.Collection, name string) workspace.ResourceKey {
	name, version, _ := strings.Cut(name, ":")
	return workspace.ResourceKey{Scope: scope(), Collection: c, Name: name, Version: version}
}

// registered puts resources called NAME or NAME:VERSION.
func registered(t *testing.T, s workspace.Store, c workspace.Collection, names ...string) {
	t.Helper()
	for _, name := range names {
		must(t, s.Resources().PutResources(t.Context(), &workspace.Resource{ResourceKey: resourceKey(c, name)}))
	}
}

func resource(t *testing.T, s workspace.Store, c workspace.Collection, name string) *workspace.Resource {
	t.Helper()
	r, err := s.Resources().Resource(t.Context(), resourceKey(c, name))
	must(t, err)
	return r
}

func resourceNames(t *testing.T, s workspace.Store, q workspace.ResourceQuery) []string {
	t.Helper()
	if q.Scope == (workspace.Scope{}) && !q.AllScopes {
		q.Scope = scope()
	}
	list, err := s.Resources().Resources(t.Context(), q)
	must(t, err)
	names := []string{}
	for _, r := range list {
		name := r.Name
		if r.Version != "" {
			name += ":" + r.Version
		}
		names = append(names, name)
	}
	return names
}

func resourceAndBack(t *testing.T, s workspace.Store) {
	rs := s.Resources()
	key := resourceKey(workspace.Computes, "CPU")
	_, err := rs.Resource(t.Context(), key)
	expect(t, err, workspace.ErrNotFound)
	body := json.RawMessage(`{"properties": {"z":1, "a":"<&>", "n":1.0}}`)
	r := &workspace.Resource{ResourceKey: key, CreatedBy: "me", Body: body, Digests: []string{two, one}}
	must(t, rs.PutResources(t.Context(), r))
	first := resource(t, s, workspace.Computes, "cpu")
	want := *r
	want.Created, want.Modified = first.Created, first.Created
	same(t, "resource", first, &want)
	same(t, "body", string(first.Body), string(body))
	if first.Created.IsZero() || first.Created.Location().String() != "UTC" {
		t.Errorf("created %v", first.Created)
	}
	// Under another spelling it is the same, and keeps the one it has.
	must(t, rs.PutResources(t.Context(), &workspace.Resource{ResourceKey: resourceKey(workspace.Computes, "cpu"), Archived: true}))
	second := resource(t, s, workspace.Computes, "CPU")
	if !second.Modified.After(first.Modified) || !second.Created.Equal(first.Created) {
		t.Errorf("modified %v after %v, created %v after %v", second.Modified, first.Modified, second.Created, first.Created)
	}
	if second.Name != "CPU" || second.CreatedBy != "me" || !second.Archived || len(second.Digests) > 0 {
		t.Errorf("got %+v", second)
	}
	same(t, "body of one that has none", string(second.Body), `{"properties":{}}`)
	other := key
	other.Scope.Workspace = "other"
	_, err = rs.Resource(t.Context(), other)
	expect(t, err, workspace.ErrNotFound)
	_, err = rs.Resource(t.Context(), resourceKey(workspace.DataStores, "CPU"))
	expect(t, err, workspace.ErrNotFound)
	same(t, "names", resourceNames(t, s, workspace.ResourceQuery{Collection: workspace.Computes, Archived: "all"}), []string{"CPU"})
}

func resourcesInvalid(t *testing.T, s workspace.Store) {
	rs := s.Resources()
	for _, key := range []workspace.ResourceKey{
		resourceKey("nothings", "a"),
		resourceKey(workspace.Computes, ""),
		resourceKey(workspace.Computes, "../a"),
		resourceKey(workspace.Computes, "a:1"),
		resourceKey(workspace.Deployments, "a"),
		resourceKey(workspace.Deployments, "a/b/c"),
		resourceKey(workspace.Models, "a:1/2"),
		{Scope: workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: workspace.NoWorkspace}, Collection: workspace.Computes, Name: "a"},
	} {
		_, err := rs.Resource(t.Context(), key)
		expect(t, err, workspace.ErrInvalid)
		expect(t, rs.PutResources(t.Context(), &workspace.Resource{ResourceKey: key}), workspace.ErrInvalid)
		_, _, err = rs.ChangeResource(t.Context(), key, func(*workspace.Resource) (*workspace.Resource, error) { return nil, nil })
		expect(t, err, workspace.ErrInvalid)
	}
	_, err := rs.NextVersion(t.Context(), scope(), workspace.Computes, "a")
	expect(t, err, workspace.ErrInvalid)
	_, err = rs.AddVersion(t.Context(), &workspace.Resource{ResourceKey: resourceKey(workspace.Computes, "a")})
	expect(t, err, workspace.ErrInvalid)
	good := &workspace.Resource{ResourceKey: resourceKey(workspace.Computes, "good")}
	for _, body := range []string{"[]", "{", "1", `{"a":1} x`} {
		bad := &workspace.Resource{ResourceKey: resourceKey(workspace.Computes, "a"), Body: json.RawMessage(body)}
		expect(t, rs.PutResources(t.Context(), good, bad), workspace.ErrInvalid)
	}
	_, err = rs.Resource(t.Context(), good.ResourceKey)
	expect(t, err, workspace.ErrNotFound)
	groups := resourceKey(workspace.Groups, "g")
	groups.Scope.Workspace = workspace.NoWorkspace
	must(t, rs.PutResources(t.Context(), &workspace.Resource{ResourceKey: groups}))
}

func resourceVersions(t *testing.T, s workspace.Store) {
	rs := s.Resources()
	latest := func(name, want string) {
		t.Helper()
		r, err := rs.LatestVersion(t.Context(), scope(), workspace.Models, name)
		if want == "" {
			expect(t, err, workspace.ErrNotFound)
			return
		}
		must(t, err)
		same(t, "latest", r.Version, want)
	}
	next := func(name, want string) {
		t.Helper()
		got, err := rs.NextVersion(t.Context(), scope(), workspace.Models, name)
		must(t, err)
		same(t, "next", got, want)
	}
	next("m", "1")
	latest("m", "")
	registered(t, s, workspace.Models, "m:9", "m:10", "m:x1", "M:3")
	next("m", "11")
	next("M", "4") // names of assets mind case
	latest("m", "x1")
	registered(t, s, workspace.Models, "m:2", "m:9") // the second was there
	latest("m", "2")
	for range 2 {
		n, err := rs.AddVersion(t.Context(), &workspace.Resource{ResourceKey: resourceKey(workspace.Models, "m"), CreatedBy: "me"})
		must(t, err)
		same(t, "as added", n, resource(t, s, workspace.Models, "m:"+n.Version))
	}
	latest("m", "12")
	must(t, rs.PutResources(t.Context(), &workspace.Resource{ResourceKey: resourceKey(workspace.Models, "m:12"), Archived: true}))
	latest("m", "11")
	next("m", "13")
	of := func(q workspace.ResourceQuery) []string {
		t.Helper()
		q.Collection, q.Name = workspace.Models, "m"
		return resourceNames(t, s, q)
	}
	same(t, "versions", of(workspace.ResourceQuery{}), []string{"m:9", "m:10", "m:x1", "m:2", "m:11"})
	same(t, "newest", of(workspace.ResourceQuery{Newest: true, Archived: "all"}), []string{"m:12", "m:11", "m:2", "m:x1", "m:10", "m:9"})
	same(t, "archived", of(workspace.ResourceQuery{Archived: "only"}), []string{"m:12"})
	same(t, "a page", of(workspace.ResourceQuery{Newest: true, Skip: 1, Limit: 2}), []string{"m:2", "m:x1"})
	same(t, "containers", resourceNames(t, s, workspace.ResourceQuery{Collection: workspace.Models}), []string{"m", "M"})
}

func resourceHashes(t *testing.T, s workspace.Store) {
	put := func(name, hash string, archived bool) {
		t.Helper()
		body := json.RawMessage(`{"properties":{"properties":{"hash_sha256":"` + hash + `"}}}`)
		must(t, s.Resources().PutResources(t.Context(), &workspace.Resource{
			ResourceKey: resourceKey(workspace.Codes, name), Anonymous: true, Archived: archived, Body: body,
		}))
	}
	put("a:1", "h1", false)
	put("b:1", "h2", false)
	put("c:1", "h1", false)
	put("c:2", "h1", true)
	registered(t, s, workspace.Codes, "d:1")
	of := func(hash string, newest bool) []string {
		t.Helper()
		return resourceNames(t, s, workspace.ResourceQuery{Collection: workspace.Codes, Name: "unknown", Hash: hash, Anonymous: true, Newest: newest})
	}
	same(t, "with a hash", of("h1", false), []string{"a:1", "c:1"})
	same(t, "newest with a hash", of("h1", true), []string{"c:1", "a:1"})
	same(t, "with another", of("h2", false), []string{"b:1"})
	same(t, "with one that nobody has", of("h3", false), []string{})
}

func resourceContainers(t *testing.T, s workspace.Store) {
	rs := s.Resources()
	hidden := func(name string) {
		t.Helper()
		must(t, rs.PutResources(t.Context(), &workspace.Resource{
			ResourceKey: resourceKey(workspace.Environments, name), Anonymous: true, CreatedBy: "me",
		}))
	}
	list := func(q workspace.ResourceQuery) []string {
		t.Helper()
		q.Collection = workspace.Environments
		return resourceNames(t, s, q)
	}
	hidden("e:1")
	c := resource(t, s, workspace.Environments, "e")
	if !c.Anonymous || c.CreatedBy != "me" || !c.Created.Before(resource(t, s, workspace.Environments, "e:1").Created) {
		t.Errorf("container is %+v", c)
	}
	same(t, "containers", list(workspace.ResourceQuery{}), []string{})
	same(t, "all containers", list(workspace.ResourceQuery{Anonymous: true}), []string{"e"})
	registered(t, s, workspace.Environments, "e:2")
	hidden("e:3")
	same(t, "containers", list(workspace.ResourceQuery{}), []string{"e"})
	same(t, "versions", list(workspace.ResourceQuery{Name: "e"}), []string{"e:2"})
	same(t, "all versions", list(workspace.ResourceQuery{Name: "e", Anonymous: true}), []string{"e:1", "e:2", "e:3"})

	// A container that was described stays so.
	described := &workspace.Resource{ResourceKey: resourceKey(workspace.Environments, "e"), Body: json.RawMessage(`{"tags":{}}`)}
	must(t, rs.PutResources(t.Context(), described))
	registered(t, s, workspace.Environments, "e:4")
	same(t, "body", string(resource(t, s, workspace.Environments, "e").Body), `{"tags":{}}`)

	remove(t, s, resourceKey(workspace.Environments, "e:4"))
	same(t, "versions", list(workspace.ResourceQuery{Name: "e", Anonymous: true}), []string{"e:1", "e:2", "e:3"})
	registered(t, s, workspace.Environments, "ee:1")
	remove(t, s, resourceKey(workspace.Environments, "e"))
	same(t, "versions", list(workspace.ResourceQuery{Name: "e", Anonymous: true}), []string{})
	same(t, "containers", list(workspace.ResourceQuery{Anonymous: true}), []string{"ee"})
}

func remove(t *testing.T, s workspace.Store, key workspace.ResourceKey) {
	t.Helper()
	r, made, err := s.Resources().ChangeResource(t.Context(), key,
		func(*workspace.Resource) (*workspace.Resource, error) { return nil, nil })
	if r != nil || made || err != nil {
		t.Fatalf("got %+v, %v, %v", r, made, err)
	}
}

func resourceLists(t *testing.T, s workspace.Store) {
	registered(t, s, workspace.Computes, "b", "A", "c", "a0")
	list := func(q workspace.ResourceQuery) []string {
		t.Helper()
		return resourceNames(t, s, q)
	}
	of := workspace.Computes
	same(t, "by name", list(workspace.ResourceQuery{Collection: of}), []string{"A", "a0", "b", "c"})
	same(t, "newest", list(workspace.ResourceQuery{Collection: of, Newest: true}), []string{"a0", "c", "A", "b"})
	same(t, "a page", list(workspace.ResourceQuery{Collection: of, Skip: 1, Limit: 2}), []string{"a0", "b"})
	same(t, "after the last", list(workspace.ResourceQuery{Collection: of, Skip: 9, Limit: 2}), []string{})

	registered(t, s, workspace.Endpoints, "e", "f")
	registered(t, s, workspace.Deployments, "E/two", "e/one", "e-2/three", "f/four")
	of = workspace.Deployments
	same(t, "under", list(workspace.ResourceQuery{Collection: of, Under: "e"}), []string{"e/one", "E/two"})
	same(t, "newest under", list(workspace.ResourceQuery{Collection: of, Under: "e", Newest: true, Limit: 1}), []string{"e/one"})
	remove(t, s, resourceKey(workspace.Endpoints, "E"))
	same(t, "what is left", list(workspace.ResourceQuery{Collection: of}), []string{"e-2/three", "f/four"})
	remove(t, s, resourceKey(workspace.Deployments, "F/four"))
	same(t, "what is left", list(workspace.ResourceQuery{Collection: of}), []string{"e-2/three"})
	same(t, "endpoints", list(workspace.ResourceQuery{Collection: workspace.Endpoints}), []string{"f"})
}

func resourceScopes(t *testing.T, s workspace.Store) {
	for _, at := range []workspace.Scope{
		{Subscription: "s1", ResourceGroup: "g1", Workspace: "w1"}, {Subscription: "S1", ResourceGroup: "G1", Workspace: "w2"},
		{Subscription: "s1", ResourceGroup: "g2", Workspace: "w3"}, {Subscription: "s2", ResourceGroup: "g1", Workspace: "w4"},
	} {
		must(t, s.Resources().PutResources(t.Context(), &workspace.Resource{
			ResourceKey: workspace.ResourceKey{Scope: at, Collection: workspace.Workspaces, Name: at.Workspace},
		}))
	}
	for _, c := range []struct {
		scope workspace.Scope
		want  []string
	}{
		{workspace.Scope{Subscription: "s1", ResourceGroup: "g1", Workspace: "w1"}, []string{"w1", "w2"}},
		{workspace.Scope{Subscription: "S1", ResourceGroup: "G2"}, []string{"w3"}},
		{workspace.Scope{Subscription: "s1"}, []string{"w1", "w2", "w3"}},
		{workspace.Scope{}, []string{"w1", "w2", "w3", "w4"}},
		{workspace.Scope{Subscription: "s3"}, []string{}},
	} {
		q := workspace.ResourceQuery{Scope: c.scope, AllScopes: true, Collection: workspace.Workspaces}
		same(t, fmt.Sprint("workspaces of ", c.scope), resourceNames(t, s, q), c.want)
	}
	none := workspace.ResourceQuery{Scope: workspace.Scope{Subscription: "s3", ResourceGroup: "g", Workspace: "w"}, Collection: workspace.Workspaces}
	same(t, "of a scope that is not there", resourceNames(t, s, none), []string{})
}

func resourceChanged(t *testing.T, s workspace.Store) {
	rs := s.Resources()
	key := resourceKey(workspace.Computes, "a")
	change := func(f func(old *workspace.Resource) (*workspace.Resource, error)) (*workspace.Resource, bool) {
		t.Helper()
		r, made, err := rs.ChangeResource(t.Context(), key, f)
		must(t, err)
		return r, made
	}
	first, made := change(func(old *workspace.Resource) (*workspace.Resource, error) {
		if old != nil {
			t.Errorf("got %+v, want nothing there", old)
		}
		return &workspace.Resource{CreatedBy: "me"}, nil
	})
	same(t, "made", made, true)
	same(t, "as written", resource(t, s, workspace.Computes, "a"), first)
	key.Name = "A"
	second, made := change(func(old *workspace.Resource) (*workspace.Resource, error) {
		same(t, "old", old, first)
		old.Name = "other"
		old.Body = json.RawMessage(`{"b":1}`)
		return old, nil
	})
	same(t, "made", made, false)
	same(t, "as written", resource(t, s, workspace.Computes, "a"), second)
	if second.Name != "a" || !second.Modified.After(first.Modified) || !second.Created.Equal(first.Created) {
		t.Errorf("got %+v", second)
	}
	_, _, err := rs.ChangeResource(t.Context(), key, func(*workspace.Resource) (*workspace.Resource, error) {
		return nil, errRefused
	})
	expect(t, err, errRefused)
	same(t, "after a refusal", resource(t, s, workspace.Computes, "a"), second)
	remove(t, s, key)
	remove(t, s, key) // not there: fine
	_, err = rs.Resource(t.Context(), key)
	expect(t, err, workspace.ErrNotFound)
}

// resourcesOfMany: each writer gets a version of its own, and no change is lost.
func resourcesOfMany(t *testing.T, s workspace.Store) {
	const writers, each = 4, 10
	var wg sync.WaitGroup
	var mu sync.Mutex
	var versions []string
	for range writers {
		wg.Go(func() {
			for range each {
				r, err := s.Resources().AddVersion(t.Context(), &workspace.Resource{ResourceKey: resourceKey(workspace.Data, "d")})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				versions = append(versions, r.Version)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	slices.Sort(versions)
	same(t, "versions", len(slices.Compact(versions)), writers*each)
	list, err := s.Resources().Resources(t.Context(), workspace.ResourceQuery{Scope: scope(), Collection: workspace.Data, Name: "d"})
	must(t, err)
	for i := 1; i < len(list); i++ {
		if !list[i].Created.After(list[i-1].Created) {
			t.Errorf("version %s was created %v, version %s %v", list[i].Version, list[i].Created, list[i-1].Version, list[i-1].Created)
		}
	}
}

func resourceDigests(t *testing.T, s workspace.Store) {
	put := func(name string, digests ...string) {
		t.Helper()
		r := &workspace.Resource{ResourceKey: resourceKey(workspace.Codes, name), Digests: digests}
		r.Scope.Workspace = "w" + name[:1]
		must(t, s.Resources().PutResources(t.Context(), r))
	}
	put("a:1", one, two)
	put("b:1", one)
	put("c:1")
	put("b:1", "other")
	var got []string
	must(t, s.Resources().ResourceDigests(t.Context(), func(d string) error {
		got = append(got, d)
		return nil
	}))
	slices.Sort(got)
	same(t, "digests", slices.Compact(got), []string{"other", one, two})
	expect(t, s.Resources().ResourceDigests(t.Context(), func(string) error { return errRefused }), errRefused)
}

func changesRegister(t *testing.T, s workspace.Store) {
	model := func(name, body string, digests ...string) *workspace.Resource {
		key := resourceKey(workspace.Models, name)
		key.Scope = workspace.Scope{}
		return &workspace.Resource{ResourceKey: key, Body: json.RawMessage(body), Digests: digests}
	}
	done := func(job string, list ...*workspace.Resource) workspace.Change {
		return workspace.Change{Job: job, Status: workspace.Completed, Time: at(1), Register: list}
	}
	jobs := run("a", at(0), "x", "y", "z")
	must(t, s.Create(t.Context(), jobs, done("a.x", model("m", `{"a":1}`, one), model("fixed:v", `{"a":1}`, one))))
	same(t, "body", string(resource(t, s, workspace.Models, "m:1").Body), `{"a":1}`)
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{
		done("a.y", model("m", `{"a":1}`, one), model("fixed:v", `{"a":2}`, one), model("fixed:v", `{"a":1}`, two)),
	}))
	of := func(name string) []string {
		t.Helper()
		return resourceNames(t, s, workspace.ResourceQuery{Collection: workspace.Models, Name: name})
	}
	same(t, "versions", of("m"), []string{"m:1", "m:2"})
	same(t, "the fixed one", string(resource(t, s, workspace.Models, "fixed:v").Body), `{"a":1}`)
	other := model("n", `{}`)
	other.Scope = scope()
	other.Scope.Workspace = "other"
	for _, bad := range []*workspace.Resource{
		model("fixed:v", `{"a":3}`, two), model("../m", `{}`), model("m", `[]`),
		{ResourceKey: workspace.ResourceKey{Collection: workspace.Computes, Name: "c"}},
	} {
		expect(t, s.Advance(t.Context(), scope(), []workspace.Change{done("a.z", other, model("m", `{}`), bad)}), workspace.ErrInvalid)
		same(t, "versions", of("m"), []string{"m:1", "m:2"})
		same(t, "status", read(t, s, "a.z").Status, workspace.NotStarted)
		expect(t, s.Create(t.Context(), run("b", at(0)), done("b", bad)), workspace.ErrInvalid)
	}
	must(t, s.Advance(t.Context(), scope(), []workspace.Change{done("a.z", other)}))
	_, err := s.Resources().LatestVersion(t.Context(), other.Scope, workspace.Models, "n")
	must(t, err)
}
