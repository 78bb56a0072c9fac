package armapi

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// readEnvelope reads the body of a PUT: its members, less those that the
// service says itself, and its properties.
func (c *call) readEnvelope() (body, properties object, err error) {
	text, err := c.body()
	if err != nil {
		return nil, nil, err
	}
	if body, err = kept(text); err != nil {
		return nil, nil, badRequest("InvalidRequestContent", "the body: %v", err)
	}
	delete(body, ownMember)
	p, ok := body["properties"]
	if !ok || string(p) == "null" {
		return nil, nil, badRequest("InvalidRequestContent", "the body has no properties")
	}
	if properties, err = parseObject(p); err != nil {
		return nil, nil, badRequest("InvalidRequestContent", "properties: it is not a JSON object")
	}
	if properties.plainTexts("properties", "tags") {
		body.set("properties", properties)
	}
	return body, properties, nil
}

// plainTexts makes texts of the numbers and booleans in maps of texts, and says
// whether there were any. Azure does so too: azure-ai-ml sends the version of a
// hash as a number.
func (o object) plainTexts(names ...string) (changed bool) {
	for _, name := range names {
		m, err := parseObject(o[name])
		if err != nil {
			continue // what it is read into says so
		}
		before := changed
		for key, value := range m {
			if c := value[0]; c == '-' || c >= '0' && c <= '9' || c == 't' || c == 'f' {
				m.set(key, string(value))
				changed = true
			}
		}
		if changed != before {
			o.set(name, m)
		}
	}
	return changed
}

// at is the text of a member, with a dot between the words of a nested one;
// empty when there is none.
func (o object) at(path string) string {
	first, rest, nested := strings.Cut(path, ".")
	if nested {
		inner, err := parseObject(o[first])
		if err != nil {
			return ""
		}
		return inner.at(rest)
	}
	return o.string(first)
}

// draft reads and judges the version that a client puts.
func (k *kind) draft(c *call) (*draft, error) {
	body, properties, err := c.readEnvelope()
	if err != nil {
		return nil, err
	}
	d := &draft{kind: k, key: k.key(c), body: body, properties: properties, text: body["properties"], by: c.User}
	if err := d.pin(c.ctx(), c.Handler); err != nil {
		return nil, err
	}
	return d, k.check(c, d)
}

// pin takes hold of the content that the draft's address leads to, so that it
// stays as long as the version does.
func (d *draft) pin(ctx context.Context, h *Handler) error {
	uri := ""
	if d.uri != "" {
		uri = d.properties.at(d.uri)
	}
	if uri == "" {
		return nil
	}
	if err := h.refuseForeign(d.key.Scope, uri); err != nil {
		return d.wrong("%v", err)
	}
	place, err := h.locate(ctx, d.key.Scope, uri)
	switch {
	case errors.Is(err, errElsewhere):
		return nil
	case errors.Is(err, workspace.ErrNotFound), errors.Is(err, workspace.ErrInvalid):
		return d.wrong("%v", err)
	case err != nil:
		return err
	}
	d.Place, d.at = place.String(), place
	d.Content, d.digests, err = h.Contents.Snapshot(ctx, place.scope, place.datastore, place.path)
	if errors.Is(err, workspace.ErrNotFound) {
		return nil // for the kind to judge
	}
	if err != nil {
		return fmt.Errorf("keep what is at %s: %w", uri, err)
	}
	return nil
}

// wrong is a fault of the draft's address.
func (d *draft) wrong(format string, args ...any) error {
	f := badRequest("UserError", format, args...)
	f.target = "properties." + d.uri
	return f
}

// checking is a lookup for judging definitions: it takes no hold of contents.
type checking struct{ *lookup }

// Data implements arm.Lookup: whatever was uploaded here is fine.
func (l checking) Data(ctx context.Context, uri string) (string, bool, error) {
	if err := l.h.refuseForeign(l.scope, uri); err != nil {
		return "", false, err
	}
	_, err := l.h.locate(ctx, l.scope, uri)
	switch {
	case errors.Is(err, errElsewhere), errors.Is(err, workspace.ErrNotFound), errors.Is(err, workspace.ErrInvalid):
		return "", false, nil
	}
	return ".uploaded", err == nil, err
}

// decoding are the options for judging what is put into the request's scope.
func (c *call) decoding() arm.DecodeOptions {
	return arm.DecodeOptions{
		Scope:  arm.Scope{Subscription: c.scope.Subscription, ResourceGroup: c.scope.ResourceGroup, Workspace: c.scope.Workspace},
		Lookup: checking{c.lookup(c.scope)},
	}
}

// refusedFor are the faults of a definition as an error; nil when there is none.
func refusedFor(faults diag.List) error {
	if !faults.HasErrors() {
		return nil
	}
	return &workspace.Refused{Faults: faults}
}
