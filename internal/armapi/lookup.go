package armapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Lookup says what ids in a body that was sent to a workspace stand for: of
// that workspace, other workspaces of this home, and its registries. Labels
// stand for the version that they mean now. Addresses that may not come over
// the network are ErrInvalid.
func (h *Handler) Lookup(scope workspace.Scope) arm.Lookup { return h.lookup(scope) }

func (h *Handler) lookup(scope workspace.Scope) *lookup { return &lookup{h, scope} }

// lookup implements arm.Lookup over the ledger.
type lookup struct {
	h     *Handler
	scope workspace.Scope
}

var _ arm.Lookup = (*lookup)(nil)

// Component implements arm.Lookup.
func (l *lookup) Component(ctx context.Context, id string) ([]byte, error) {
	r, err := l.find(ctx, workspace.Components, id)
	if err != nil || r == nil {
		return nil, err
	}
	var body struct {
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return nil, fmt.Errorf("read component %s: %w", id, err)
	}
	return body.Properties, nil
}

// Environment implements arm.Lookup.
func (l *lookup) Environment(ctx context.Context, id string) (armmachinelearning.EnvironmentVersionProperties, error) {
	var body struct {
		Properties armmachinelearning.EnvironmentVersionProperties `json:"properties"`
	}
	r, err := l.find(ctx, workspace.Environments, id)
	if err != nil {
		return body.Properties, err
	}
	if r == nil {
		return body.Properties, fmt.Errorf("environment %.200s is not registered: %w", id, workspace.ErrInvalid)
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return body.Properties, fmt.Errorf("read environment %s: %w", id, err)
	}
	return body.Properties, nil
}

// Code implements arm.Lookup.
func (l *lookup) Code(ctx context.Context, id string) (string, error) {
	r, err := l.find(ctx, workspace.Codes, id)
	if err != nil {
		return "", err
	}
	if r == nil {
		return "", fmt.Errorf("code %.200s is not registered: %w", id, workspace.ErrInvalid)
	}
	name, err := l.h.content(ctx, r, "codeUri")
	if errors.Is(err, errElsewhere) || errors.Is(err, workspace.ErrNotFound) {
		return "", fmt.Errorf("code %.200s: its content is not in this home: %w", id, workspace.ErrInvalid)
	}
	if err != nil {
		return "", fmt.Errorf("code %s: %w", id, err)
	}
	return name, nil
}

// uploads is where clients put what they name by its content, on any datastore.
const uploads = "LocalUpload/"

// Data implements arm.Lookup. What lies where clients upload by content, what
// has the address of a blob, and registered data and models are taken as they
// are now. Other places on datastores are read when a step starts.
func (l *lookup) Data(ctx context.Context, uri string) (string, bool, error) {
	if err := l.h.refuseForeign(l.scope, uri); err != nil {
		return "", false, err
	}
	if l.h.isOwnBlob(l.scope, uri) {
		return l.ownBlob(ctx, uri)
	}
	if r, err := l.asset(ctx, uri); r != nil || err != nil {
		return l.assetContent(ctx, r, err)
	}
	p, err := l.h.locate(ctx, l.scope, uri)
	switch {
	case errors.Is(err, errElsewhere), errors.Is(err, workspace.ErrNotFound), errors.Is(err, workspace.ErrInvalid):
		return "", false, nil // whoever judges the definition says what is wrong
	case err != nil:
		return "", false, fmt.Errorf("find %s: %w", uri, err)
	case strings.HasPrefix(uri, "azureml:") && !strings.HasPrefix(p.path, uploads), strings.HasPrefix(uri, "runs:"):
		return "", false, nil
	}
	name, _, err := l.h.Contents.Snapshot(ctx, p.scope, p.datastore, p.path)
	return found(name, err)
}

// ownBlob is the content at an address of this server. There has to be some:
// nobody else answers there.
func (l *lookup) ownBlob(ctx context.Context, uri string) (string, bool, error) {
	p, err := l.h.locate(ctx, l.scope, uri)
	if err == nil {
		var name string
		if name, _, err = l.h.Contents.Snapshot(ctx, p.scope, p.datastore, p.path); err == nil {
			return name, true, nil
		}
	}
	if errors.Is(err, workspace.ErrNotFound) {
		err = fmt.Errorf("there is nothing at %.200s: %w", uri, workspace.ErrInvalid)
	}
	return "", false, err
}

// asset is the data or model that a reference names; nil when there is none.
func (l *lookup) asset(ctx context.Context, uri string) (*workspace.Resource, error) {
	for _, collection := range []workspace.Collection{workspace.Data, workspace.Models} {
		if r, err := l.find(ctx, collection, strings.TrimPrefix(uri, "azureml:")); r != nil || err != nil {
			return r, err
		}
	}
	return nil, nil // a reference to nothing is no fault of the ledger
}

// assetContent is what is in an asset: data as it is now, a model as it was
// registered.
func (l *lookup) assetContent(ctx context.Context, r *workspace.Resource, err error) (string, bool, error) {
	if err != nil {
		return "", false, err
	}
	uri := "modelUri"
	if r.Collection == workspace.Data {
		if p, err := propertiesOf(r); err == nil {
			if place, err := l.h.locate(ctx, r.Scope, p.string("dataUri")); err == nil {
				if name, _, err := l.h.Contents.Snapshot(ctx, place.scope, place.datastore, place.path); err == nil {
					return name, true, nil
				}
			}
		}
		uri = "dataUri"
	}
	return found(l.h.content(ctx, r, uri))
}

// found is the answer about content that may not be there.
func found(name string, err error) (string, bool, error) {
	if errors.Is(err, errElsewhere) || errors.Is(err, workspace.ErrNotFound) || errors.Is(err, workspace.ErrInvalid) {
		return "", false, nil
	}
	return name, err == nil, err
}

// find is the version that an id or a reference names; nil when it is none of
// this collection, or not registered.
func (l *lookup) find(ctx context.Context, collection workspace.Collection, id string) (*workspace.Resource, error) {
	key, label, ok := parseReference(l.scope, collection, id)
	if !ok || key.Check() != nil {
		return nil, nil // whoever judges the definition says what is wrong
	}
	resources := l.h.Ledger.Resources()
	var r *workspace.Resource
	var err error
	switch {
	case label == "latest":
		r, err = resources.LatestVersion(ctx, key.Scope, collection, key.Name)
	case label != "" || key.Version == "":
		return nil, nil // there are no other labels
	default:
		r, err = resources.Resource(ctx, key)
	}
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, nil // as above
	}
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", id, err)
	}
	return r, nil
}

// ParseReference reads how something registered may be named; see Lookup. It
// reports false for what names nothing of the collection.
func ParseReference(scope workspace.Scope, collection workspace.Collection, text string) (key workspace.ResourceKey, label string, ok bool) {
	return parseReference(scope, collection, text)
}

// parseReference reads how something registered may be named: NAME:VERSION,
// NAME@LABEL, the id of a workspace's or registry's, and the address in a
// registry. It reports false for what names nothing of the collection.
func parseReference(scope workspace.Scope, collection workspace.Collection, text string) (key workspace.ResourceKey, label string, ok bool) {
	text = strings.TrimPrefix(text, "azureml:")
	key = workspace.ResourceKey{Scope: scope, Collection: collection}
	if rest, ok := strings.CutPrefix(text, "//registries/"); ok {
		return inRegistry(key, strings.Split(rest, "/"))
	}
	if id, ok := arm.ParseID(text); ok {
		key.Scope = workspace.Scope{Subscription: id.Subscription, ResourceGroup: id.ResourceGroup, Workspace: id.Workspace}
		key.Name, key.Version = id.Name, id.Version
		return key, id.Label, strings.EqualFold(id.Collection, string(collection))
	}
	if strings.Contains(text, "/") {
		parts := strings.Split(strings.TrimPrefix(text, "/"), "/")
		if len(parts) > 7 && strings.EqualFold(parts[0], "subscriptions") && strings.EqualFold(parts[6], "registries") {
			return inRegistry(key, parts[7:])
		}
		return key, "", false
	}
	if name, label, ok := strings.Cut(text, "@"); ok {
		key.Name = name
		return key, label, true
	}
	key.Name, key.Version, ok = strings.Cut(text, ":")
	return key, "", ok
}

// inRegistry reads REGISTRY/COLLECTION/NAME/versions/VERSION, or
// .../labels/LABEL.
func inRegistry(key workspace.ResourceKey, parts []string) (workspace.ResourceKey, string, bool) {
	if len(parts) != 5 || !strings.EqualFold(parts[1], string(key.Collection)) {
		return key, "", false
	}
	key.Scope, key.Name = workspace.RegistryScope(parts[0]), parts[2]
	switch strings.ToLower(parts[3]) {
	case "versions":
		key.Version = parts[4]
		return key, "", true
	case "labels":
		return key, parts[4], true
	}
	return key, "", false
}
