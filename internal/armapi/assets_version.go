package armapi

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"reflect"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// listVersions answers with the versions of an asset, the newest first unless
// another order is asked for. Code with a hash is found whatever its name.
func (k *kind) listVersions(c *call) error {
	view, err := c.view()
	if err != nil {
		return err
	}
	key := k.key(c)
	q := workspace.ResourceQuery{
		Scope: c.scope, Collection: k.collection, Name: key.Name, Archived: view, Hash: k.hash(c.r.URL.Query()),
		Anonymous: k.collection == workspace.Codes || isReservedName(key.Name), Newest: true,
	}
	switch order := strings.ToLower(strings.Join(strings.Fields(c.query("$orderBy")), " ")); order {
	case "", "createdtime desc":
	case "createdtime", "createdtime asc":
		q.Newest = false
	default:
		return badRequest("InvalidQueryParameter", "$orderBy=%.60q: versions are ordered by createdtime, asc or desc", order)
	}
	show := func(r *workspace.Resource) (any, error) { return k.version(c, r) }
	wanted := k.selection(c)
	if wanted == nil {
		return c.listResources(q, "$top", show)
	}
	list, err := c.selected(q, wanted)
	if err != nil {
		return err
	}
	return paged(c, "$top", cut(list), show)
}

// selection is what the query wants of the versions; nil for all.
func (k *kind) selection(c *call) func(*workspace.Resource, object) bool {
	q := c.r.URL.Query()
	version := q.Get("version")
	var of func(object) bool
	if k.selects != nil {
		of = k.selects(q)
	}
	if of == nil && (version == "" || k.collection != workspace.Models) {
		return nil
	}
	return func(r *workspace.Resource, p object) bool {
		return (version == "" || k.collection != workspace.Models || r.Version == version) && (of == nil || of(p))
	}
}

// selected are the resources of q that are wanted.
func (c *call) selected(q workspace.ResourceQuery, wanted func(*workspace.Resource, object) bool) ([]*workspace.Resource, error) {
	list, err := c.resources().Resources(c.ctx(), q)
	if err != nil {
		return nil, err
	}
	kept := list[:0]
	for _, r := range list {
		p, err := propertiesOf(r)
		if err != nil {
			return nil, err
		}
		if wanted(r, p) {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

func (k *kind) getVersion(c *call) error {
	key := k.key(c)
	r, err := c.resources().Resource(c.ctx(), key)
	if errors.Is(err, workspace.ErrNotFound) {
		return notFound("version %s of %s is not among the %s of this %s", key.Version, key.Name, k.collection, c.place())
	}
	if err != nil {
		return err
	}
	shown, err := k.version(c, r)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, shown)
}

// version is a version as ARM shows it.
func (k *kind) version(c *call, r *workspace.Resource) (any, error) {
	collection := string(k.collection)
	id := c.home() + "/" + collection + "/" + r.Name + "/versions/" + r.Version
	return show(r, id, c.parent()+"/"+collection+"/versions", func(p object) {
		k.common(r, p)
		p.set("isAnonymous", r.Anonymous)
		if k.present != nil {
			k.present(p)
		}
	})
}

// putVersion registers a version, or changes what may be changed of one.
func (k *kind) putVersion(c *call) error {
	d, err := k.draft(c)
	if err != nil {
		return err
	}
	r, made, err := c.resources().ChangeResource(c.ctx(), d.key, d.over)
	if err != nil {
		return err
	}
	shown, err := k.version(c, r)
	if err != nil {
		return err
	}
	return c.done(r.ResourceKey, made, shown)
}

// draft is a version as a client put it.
type draft struct {
	// at is where the content lies, when that is in this home.
	at place
	*kind
	key        workspace.ResourceKey
	body       object
	properties object
	// text is that of the properties, as received.
	text json.RawMessage
	own
	digests []string
	// by is who puts it.
	by string
}

// ownMember is the member of a resource's body that holds an [own]. Clients
// are not shown it, and cannot set it.
const ownMember = "ischia"

// own is what this package keeps of an asset for itself.
type own struct {
	// Content is the name, for use in an Order, of the content as it was when
	// the version was put; empty when there was none in this home.
	Content string `json:"content,omitempty"`
	// Place is where it lay.
	Place string `json:"place,omitempty"`
	// Subscription and ResourceGroup are where a registry is.
	Subscription  string `json:"subscription,omitempty"`
	ResourceGroup string `json:"resourceGroup,omitempty"`
}

// ownOf is what was kept of a resource.
func ownOf(r *workspace.Resource) own {
	var body struct {
		Own own `json:"ischia"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return own{} // it was made by somebody who keeps nothing here
	}
	return body.Own
}

// propertiesOf are the properties of a resource's body.
func propertiesOf(r *workspace.Resource) (object, error) {
	body, err := parseObject(r.Body)
	if err != nil {
		return nil, err
	}
	return parseObject(body["properties"])
}

// over is the draft as it is kept when old is there already. What a version
// consists of is never changed: the same put again is fine, so is what is named
// by its content, and anything else is refused.
func (d *draft) over(old *workspace.Resource) (*workspace.Resource, error) {
	body, properties := maps.Clone(d.body), maps.Clone(d.properties)
	r := &workspace.Resource{
		ResourceKey: d.key, CreatedBy: d.by, Digests: d.digests,
		Archived: d.properties.isTrue("isArchived"), Anonymous: isAnonymous(d.key, d.properties),
	}
	kept := d.own
	if old != nil {
		before, err := propertiesOf(old)
		if err != nil {
			return nil, err
		}
		if err := d.checkSame(old, before); err != nil {
			return nil, err
		}
		r.CreatedBy = old.CreatedBy
		for _, name := range d.fixed {
			if text, ok := before[name]; ok {
				properties[name] = text
			}
		}
		if was := ownOf(old); was.Content != "" || len(old.Digests) > 0 {
			kept, r.Digests = was, old.Digests
		}
	}
	body.set("properties", properties)
	if kept != (own{}) {
		body.set(ownMember, kept)
	}
	var err error
	r.Body, err = body.raw()
	return r, err
}

// checkSame says whether the draft is the version that is there.
func (d *draft) checkSame(old *workspace.Resource, before object) error {
	if old.Anonymous && isAnonymous(d.key, d.properties) || d.sameContent(old, before) {
		return nil
	}
	shown, now := maps.Clone(before), maps.Clone(d.properties)
	if d.present != nil { // a client may put what it was shown
		d.present(shown)
		d.present(now)
	}
	for _, name := range d.fixed {
		if sameJSON(shown[name], now[name]) {
			continue
		}
		if name == d.uri && d.Place != "" && d.Place == ownOf(old).Place {
			continue // the same address in another form
		}
		if name == d.uri {
			// These words are those that azure-ai-ml knows.
			return &fault{
				status: http.StatusBadRequest, code: "UserError", message: "Asset paths cannot be updated.", target: "properties." + name,
			}
		}
		return &fault{
			status: http.StatusConflict, code: "Conflict", target: "properties." + name,
			message: "version " + d.key.Version + " of " + d.key.Name + " is registered with another " + name +
				": a version never changes; take a new one",
		}
	}
	return nil
}

// sameContent: what is named by its content is there, wherever it was uploaded
// to this time.
func (d *draft) sameContent(old *workspace.Resource, before object) bool {
	if d.collection != workspace.Codes {
		return false
	}
	if d.Content != "" && d.Content == ownOf(old).Content {
		return true
	}
	hash := hashOf(d.properties)
	return hash != "" && hash == hashOf(before)
}

// sameJSON compares values; null is what is not there.
func sameJSON(a, b json.RawMessage) bool {
	va, errA := plainJSON(a)
	vb, errB := plainJSON(b)
	return errA == nil && errB == nil && reflect.DeepEqual(va, vb)
}

func plainJSON(text json.RawMessage) (any, error) {
	if len(text) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	return withoutNulls(v), err
}

// withoutNulls drops members that are null.
func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if member == nil {
				delete(v, name)
				continue
			}
			v[name] = withoutNulls(member)
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}
