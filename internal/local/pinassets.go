package local

import (
	"context"
	"encoding/json"
	"errors"
	"path"
	"strings"

	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// registered is what plans may refer to in a workspace.
type registered struct {
	*Local
	scope workspace.Scope
}

// Version implements plan.Assets. Of labels there is latest.
func (r registered) Version(ctx context.Context, kind plan.AssetKind, name, label string) (string, error) {
	key := workspace.ResourceKey{Scope: r.scope, Collection: workspace.Collection(kind), Name: name}
	if label != "latest" || key.Check() != nil {
		return "", nil
	}
	got, err := r.ledger.Resources().LatestVersion(ctx, r.scope, key.Collection, name)
	switch {
	case errors.Is(err, workspace.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	}
	return got.Version, nil
}

// uploads is where clients put what they name by its content, on any datastore.
const uploads = "LocalUpload/"

// Content implements plan.Assets. It is what the door answers to clients: of
// registered data what is there now, of a model what was there when it was
// registered; of what was uploaded for a job what lies there.
func (r registered) Content(ctx context.Context, kind plan.AssetKind, uri string) (string, error) {
	if place, err := step.ParsePlace(uri); err == nil {
		if !strings.HasPrefix(place.Path, uploads) {
			return "", nil
		}
		return r.at(ctx, place)
	}
	collections := []workspace.Collection{workspace.Collection(kind)}
	if strings.Contains(uri, "/") { // an id says of what it is
		collections = []workspace.Collection{workspace.Data, workspace.Models}
	}
	for _, collection := range collections {
		got, err := r.version(ctx, collection, uri)
		if got != nil || err != nil {
			return r.contentOf(ctx, got, err)
		}
	}
	return "", nil
}

// version is the one that a reference or an id names; nil when there is none.
func (r registered) version(ctx context.Context, c workspace.Collection, ref string) (*workspace.Resource, error) {
	key, label, ok := armapi.ParseReference(r.scope, c, ref)
	if !ok || key.Check() != nil || label != "latest" && key.Version == "" {
		return nil, nil //nolint:nilnil // it names none
	}
	resources := r.ledger.Resources()
	ask := func() (*workspace.Resource, error) { return resources.Resource(ctx, key) }
	if label != "" {
		ask = func() (*workspace.Resource, error) { return resources.LatestVersion(ctx, key.Scope, c, key.Name) }
	}
	got, err := ask()
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, nil //nolint:nilnil // there is none
	}
	return got, err
}

func (r registered) contentOf(ctx context.Context, got *workspace.Resource, err error) (string, error) {
	if err != nil {
		return "", err
	}
	var body struct {
		Properties struct {
			Data  string `json:"dataUri"`
			Type  string `json:"dataType"`
			Model string `json:"modelUri"`
		} `json:"properties"`
		// Own is what was kept when the version was put.
		Own struct {
			Content string `json:"content"`
		} `json:"ischia"`
	}
	if err := json.Unmarshal(got.Body, &body); err != nil {
		return "", nil //nolint:nilerr // whoever made it keeps nothing here
	}
	r.scope = got.Scope
	if place, err := step.ParsePlace(body.Properties.Data); err == nil {
		if now, err := r.at(ctx, place); now != "" || err != nil {
			return now, err
		}
	}
	if _, ok := blob.ParseContent(body.Own.Content); ok {
		return body.Own.Content, nil
	}
	p := body.Properties
	if made := madeContent(got, p.Data, p.Type); made != "" {
		return made, nil
	}
	if place, err := step.ParsePlace(p.Model); err == nil {
		return r.at(ctx, place)
	}
	return "", nil
}

// madeContent is the content of what a step made and registered: its one digest
// is that of the output. Empty when it has none.
func madeContent(r *workspace.Resource, data, dataType string) string {
	if len(r.Digests) != 1 {
		return ""
	}
	digest, err := blob.ParseDigest(r.Digests[0])
	switch {
	case err != nil:
		return ""
	case pipeline.Type(dataType) == pipeline.URIFile:
		return blob.FileContent(blob.Entry{Path: path.Base(data), Digest: digest}).Name()
	}
	return blob.TreeContent(digest).Name()
}

// at is what lies at a place now; empty for nothing.
func (r registered) at(ctx context.Context, p step.Place) (string, error) {
	datastore, err := r.FiledUnder(ctx, r.scope, p.Datastore)
	if errors.Is(err, workspace.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name, _, err := r.Snapshot(ctx, r.scope, datastore, p.Path)
	if errors.Is(err, workspace.ErrNotFound) || errors.Is(err, workspace.ErrInvalid) {
		return "", nil
	}
	return name, err
}
