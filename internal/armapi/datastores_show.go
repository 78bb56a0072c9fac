package armapi

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// storeURL is the property of a datastore of the workspace's own account that
// says where its container is: the account's host name, which clients put
// together themselves, does not resolve everywhere.
const storeURL = "ischia.url"

// ownDatastores are the datastores that every workspace has, as resources.
func (c *call) ownDatastores() []*workspace.Resource {
	var list []*workspace.Resource
	for _, d := range workspace.Datastores() {
		place := "containerName"
		if d.Type == "AzureFile" {
			place = "fileShareName"
		}
		p := object{}
		p.set("datastoreType", d.Type)
		p.set("accountName", c.Storage.Account(c.scope))
		p.set(place, c.Storage.Container(c.scope, d.Name))
		p.set("credentials", map[string]string{"credentialsType": "AccountKey"})
		p.set("resourceGroup", c.scope.ResourceGroup)
		p.set("subscriptionId", c.scope.Subscription)
		body := object{}
		body.set("properties", p)
		r := c.builtIn(c.key(workspace.DataStores, d.Name))
		r.Body, _ = body.raw() // an object of texts
		list = append(list, r)
	}
	return list
}

// showDatastore is a datastore as ARM shows it.
func (c *call) showDatastore(r *workspace.Resource) (object, error) {
	return envelope(r, c.scope.ARMID()+"/datastores/"+r.Name, "workspaces/datastores", func(p object) {
		p.set("isDefault", strings.EqualFold(r.Name, workspace.BlobStore))
		p.setIfMissing("credentials", map[string]string{"credentialsType": "None"})
		p.setIfMissing("serviceDataAccessAuthIdentity", "None")
		p.setIfMissing("description", "")
		p.setIfMissing("tags", object{})
		p.setIfMissing("properties", object{})
		if c.isOwn(p.string("accountName")) {
			c.ownEndpoint(p)
			return
		}
		p.setIfMissing("protocol", "https")
		p.setIfMissing("endpoint", "core.windows.net")
	})
}

// ownEndpoint says where the workspace's own account is: by protocol and
// endpoint, as clients know it, and by URL.
func (c *call) ownEndpoint(p object) {
	at := c.Storage.URL(c.r, c.scope)
	u, err := url.Parse(at)
	if err != nil {
		return // no address that a client could use
	}
	p.set("protocol", u.Scheme)
	// Where accounts have hosts of their own, clients put the account before it.
	p.set("endpoint", byName(strings.TrimPrefix(u.Host, p.string("accountName")+".blob.")))
	container := p.string("containerName")
	if container == "" {
		return // a share, which no door serves
	}
	properties, err := parseObject(p["properties"])
	if err != nil {
		properties = object{}
	}
	properties.set(storeURL, at+"/"+container)
	p.set("properties", properties)
}

// byName is a host under which names can be made: those below localhost are
// this machine's as well, those below 127.0.0.1 are nothing.
func byName(host string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return host
	}
	if a, err := netip.ParseAddr(name); err == nil && a.IsLoopback() {
		return net.JoinHostPort("localhost", port)
	}
	return host
}

// listDatastores lists the workspace's own datastores, then the registered
// ones, unless the request orders them otherwise.
func (c *call) listDatastores() error {
	registered, err := c.resources().Resources(c.ctx(), workspace.ResourceQuery{
		Scope: c.scope, Collection: workspace.DataStores, Archived: "all",
	})
	if err != nil {
		return err
	}
	all := slices.DeleteFunc(append(c.ownDatastores(), registered...), func(r *workspace.Resource) bool {
		return !c.wantsDatastore(r.Name)
	})
	if err := c.orderDatastores(all); err != nil {
		return err
	}
	return paged(c, "count", cut(all), func(r *workspace.Resource) (any, error) { return c.showDatastore(r) })
}

// wantsDatastore reports whether the query selects a datastore.
func (c *call) wantsDatastore(name string) bool {
	if c.query("isDefault") == "true" && !strings.EqualFold(name, workspace.BlobStore) {
		return false
	}
	if !strings.Contains(strings.ToLower(name), strings.ToLower(c.query("searchText"))) {
		return false
	}
	names := strings.FieldsFunc(strings.Join(c.r.URL.Query()["names"], ","), func(r rune) bool { return r == ',' })
	return len(names) == 0 || slices.ContainsFunc(names, func(n string) bool {
		return strings.EqualFold(strings.TrimSpace(n), name)
	})
}

// orderDatastores puts them into the order that the query asks for, if any.
func (c *call) orderDatastores(all []*workspace.Resource) error {
	var compare func(a, b *workspace.Resource) int
	switch by := strings.ToLower(c.query("orderBy")); by {
	case "":
		return nil // orderByAsc alone, as some clients send it, orders nothing
	case "name":
		compare = func(a, b *workspace.Resource) int {
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		}
	case "createdtime":
		compare = func(a, b *workspace.Resource) int { return a.Created.Compare(b.Created) }
	case "modifiedtime":
		compare = func(a, b *workspace.Resource) int { return a.Modified.Compare(b.Modified) }
	default:
		return badRequest("InvalidQueryParameter", "orderBy=%.40q: must be createdtime, modifiedtime or name", by)
	}
	slices.SortStableFunc(all, func(a, b *workspace.Resource) int {
		if c.query("orderByAsc") == "false" {
			a, b = b, a
		}
		return compare(a, b)
	})
	return nil
}
