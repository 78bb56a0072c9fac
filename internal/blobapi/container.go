package blobapi

import (
	"cmp"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// builtIn is the container that stands for a datastore of the workspace, as it
// is before anybody said something about it.
func (a *Account) builtIn(name string) *workspace.Container {
	datastore, ok := a.Datastores[name]
	if !ok {
		return nil
	}
	return &workspace.Container{Scope: a.Scope, Name: name, Datastore: datastore, Created: a.Created, Modified: a.Created}
}

// findContainer finds where a container's files are filed. What is said of a
// datastore's own container need not be right: see describedContainer.
func (c *call) findContainer(a *Account, name string) (*workspace.Container, error) {
	if b := a.builtIn(name); b != nil {
		return b, nil
	}
	return c.describedContainer(a, name)
}

// describedContainer finds a container with what is said of it.
func (c *call) describedContainer(a *Account, name string) (*workspace.Container, error) {
	found, err := c.h.Index.Container(c.r.Context(), a.Scope, name)
	if errors.Is(err, workspace.ErrNotFound) {
		if b := a.builtIn(name); b != nil {
			return b, nil
		}
		return nil, containerNotFound()
	}
	return found, err
}

func containerETag(c *workspace.Container) string { return etag(c.Name, c.Modified) }

func (c *call) stampContainer(found *workspace.Container) {
	c.w.Header().Set("Etag", containerETag(found))
	c.w.Header().Set("Last-Modified", found.Modified.UTC().Format(http.TimeFormat))
}

// createContainer makes a container.
func (c *call) createContainer() error {
	metadata, err := readMetadata(c.r.Header)
	if err != nil {
		return err
	}
	a := c.grant.account
	exists := no(http.StatusConflict, "ContainerAlreadyExists", "The specified container already exists.")
	if a.builtIn(c.at.container) != nil {
		return exists
	}
	made, err := c.h.Index.ChangeContainer(c.r.Context(), a.Scope, c.at.container,
		func(old *workspace.Container) (*workspace.Container, error) {
			if old != nil {
				return nil, exists
			}
			return &workspace.Container{
				Datastore: workspace.ContainerDatastore(c.at.container), Created: c.now, Modified: c.now, Metadata: metadata,
			}, nil
		})
	if err != nil {
		return err
	}
	c.stampContainer(made)
	c.w.WriteHeader(http.StatusCreated)
	return nil
}

// getContainer answers with what is known of a container.
func (c *call) getContainer() error {
	found, err := c.describedContainer(c.grant.account, c.at.container)
	if err != nil {
		return err
	}
	c.stampContainer(found)
	head := c.w.Header()
	if c.op.comp == "" {
		for name, v := range map[string]string{
			"X-Ms-Lease-State": "available", "X-Ms-Lease-Status": "unlocked", "X-Ms-Has-Immutability-Policy": "false",
			"X-Ms-Has-Legal-Hold": "false", "X-Ms-Immutable-Storage-With-Versioning-Enabled": "false",
		} {
			head.Set(name, v)
		}
	}
	metadataHeaders(head, found.Metadata)
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// containerConditions checks what a request makes a change of a container
// depend on.
func containerConditions(h http.Header, found *workspace.Container) error {
	when, err := readConditions(h, "")
	if err != nil {
		return err
	}
	if when.reading(containerETag(found), found.Modified) != nil {
		return conditionNotMet()
	}
	return nil
}

// setContainerMetadata replaces all metadata of a container.
func (c *call) setContainerMetadata() error {
	metadata, err := readMetadata(c.r.Header)
	if err != nil {
		return err
	}
	a := c.grant.account
	now, err := c.h.Index.ChangeContainer(c.r.Context(), a.Scope, c.at.container,
		func(old *workspace.Container) (*workspace.Container, error) {
			found := cmp.Or(old, a.builtIn(c.at.container))
			if found == nil {
				return nil, containerNotFound()
			}
			if err := containerConditions(c.r.Header, found); err != nil {
				return nil, err
			}
			changed := *found
			changed.Metadata, changed.Modified = metadata, c.now
			return &changed, nil
		})
	if err != nil {
		return err
	}
	c.stampContainer(now)
	c.w.WriteHeader(http.StatusOK)
	return nil
}

// deleteContainer deletes a container with all that is in it.
func (c *call) deleteContainer() error {
	a := c.grant.account
	if a.builtIn(c.at.container) != nil {
		return no(http.StatusForbidden, "InsufficientAccountPermissions",
			"The container stands for a datastore of the workspace, and holds what its jobs have made.")
	}
	_, err := c.h.Index.ChangeContainer(c.r.Context(), a.Scope, c.at.container,
		func(old *workspace.Container) (*workspace.Container, error) {
			if old == nil {
				return nil, containerNotFound()
			}
			return nil, containerConditions(c.r.Header, old)
		})
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusAccepted)
	return nil
}

// containerList is the answer of List Containers.
type containerList struct {
	XMLName         xml.Name `xml:"EnumerationResults"`
	ServiceEndpoint string   `xml:",attr"`
	Prefix          string   `xml:",omitempty"`
	Marker          string   `xml:",omitempty"`
	MaxResults      int      `xml:",omitempty"`
	Containers      struct{ Container []containerXML }
	NextMarker      string
}

type containerXML struct {
	Name       string
	Properties struct {
		LastModified string `xml:"Last-Modified"`
		Etag         string
		LeaseStatus  string
		LeaseState   string
		Immutable    bool `xml:"HasImmutabilityPolicy"`
		LegalHold    bool `xml:"HasLegalHold"`
	}
	Metadata *metadataXML
}

func toContainerXML(found workspace.Container, metadata bool) containerXML {
	x := containerXML{Name: found.Name}
	x.Properties.LastModified = found.Modified.UTC().Format(http.TimeFormat)
	x.Properties.Etag = strings.Trim(containerETag(&found), `"`)
	x.Properties.LeaseStatus, x.Properties.LeaseState = "unlocked", "available"
	if metadata {
		x.Metadata = &metadataXML{found.Metadata}
	}
	return x
}

// listContainers lists the containers of an account.
func (c *call) listContainers() error {
	p, err := c.page()
	if err != nil {
		return err
	}
	a := c.grant.account
	// Those of the datastores are few: they are merged into each page.
	list, err := c.h.Index.Containers(c.r.Context(), a.Scope, p.prefix, p.after, p.limit+1)
	if err != nil {
		return err
	}
	byName := map[string]workspace.Container{}
	for name := range a.Datastores {
		if strings.HasPrefix(name, p.prefix) && name > p.after {
			byName[name] = *a.builtIn(name)
		}
	}
	for _, found := range list {
		byName[found.Name] = found
	}
	names := slices.Sorted(maps.Keys(byName))
	answer := containerList{ServiceEndpoint: c.endpoint(), Prefix: p.prefix, Marker: p.marker, MaxResults: p.asked}
	for _, name := range names[:min(p.limit, len(names))] {
		answer.Containers.Container = append(answer.Containers.Container, toContainerXML(byName[name], p.metadata))
	}
	if len(names) > p.limit {
		answer.NextMarker = toMarker(names[p.limit-1])
	}
	c.xml(http.StatusOK, answer)
	return nil
}

// page is what a request to list says about which part of the list it wants.
type page struct {
	prefix, marker, after, delimiter string
	// asked is the number that was asked for, limit the one that holds.
	asked, limit int
	metadata     bool
}

func (c *call) page() (page, error) {
	p := page{prefix: c.query.Get("prefix"), marker: c.query.Get("marker"), delimiter: c.query.Get("delimiter"), limit: maxPage}
	for name, v := range map[string]string{"prefix": p.prefix, "delimiter": p.delimiter} {
		if !utf8.ValidString(v) {
			return p, badQuery(name, "not UTF-8")
		}
	}
	if text := c.query.Get("maxresults"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, badQuery("maxresults", "not a number")
		}
		if n < 1 {
			return p, no(http.StatusBadRequest, "OutOfRangeQueryParameterValue",
				"A query parameter specified in the request URI is outside the permissible range: maxresults.")
		}
		p.asked, p.limit = n, min(n, maxPage)
	}
	var err error
	if p.after, err = fromMarker(p.marker); err != nil {
		return p, badQuery("marker", "not one that this service has given")
	}
	for what := range strings.SplitSeq(strings.Join(c.query["include"], ","), ",") {
		switch strings.ToLower(strings.TrimSpace(what)) {
		case "metadata":
			p.metadata = true
		case "", "copy", "snapshots", "deleted", "versions", "deletedwithversions", "tags", "legalhold", "immutabilitypolicy", "system", "permissions":
			// What a copy was made from is always there; of the rest there is nothing.
		case "uncommittedblobs":
			return p, notImplemented("A list of blobs that are not committed")
		default:
			return p, badQuery("include", "the service has no such part")
		}
	}
	return p, nil
}

// toMarker is the marker after which comes what follows last.
func toMarker(last string) string { return base64.RawURLEncoding.EncodeToString([]byte("1" + last)) }

func fromMarker(marker string) (string, error) {
	if marker == "" {
		return "", nil
	}
	text, err := base64.RawURLEncoding.DecodeString(marker)
	if err != nil || len(text) == 0 || text[0] != '1' {
		return "", errors.New("no marker")
	}
	return string(text[1:]), nil
}

// endpoint is the address of the account, as the client knows it.
func (c *call) endpoint() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host + c.at.prefix + "/"
}

// metadataXML is metadata as a list shows it: an element for each.
type metadataXML struct{ m map[string]string }

// MarshalXML implements xml.Marshaler.
func (x *metadataXML) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(x.m)) {
		if err := e.EncodeElement(x.m[name], xml.StartElement{Name: xml.Name{Local: name}}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// httpTime is a time as lists show it; empty when it is not known.
func httpTime(t time.Time) string { return t.UTC().Format(http.TimeFormat) }
