package local

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
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
func (r registered) Content(ctx context.Context, uri string) (string, error) {
	if place, err := step.ParsePlace(uri); err == nil {
		if !strings.HasPrefix(place.Path, uploads) {
			return "", nil
		}
		return r.at(ctx, place)
	}
	for _, collection := range []workspace.Collection{workspace.Data, workspace.Models} {
		got, err := r.version(ctx, collection, strings.TrimPrefix(uri, "azureml:"))
		if got != nil || err != nil {
			return r.contentOf(ctx, got, err)
		}
	}
	return "", nil
}

// version is the one that NAME:VERSION names; nil when there is none.
func (r registered) version(ctx context.Context, c workspace.Collection, ref string) (*workspace.Resource, error) {
	name, version, ok := strings.Cut(ref, ":")
	key := workspace.ResourceKey{Scope: r.scope, Collection: c, Name: name, Version: version}
	if !ok || version == "" || key.Check() != nil {
		return nil, nil //nolint:nilnil // it names none
	}
	got, err := r.ledger.Resources().Resource(ctx, key)
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
			Data string `json:"dataUri"`
		} `json:"properties"`
		// Own is what was kept when the version was put.
		Own struct {
			Content string `json:"content"`
		} `json:"ischia"`
	}
	if err := json.Unmarshal(got.Body, &body); err != nil {
		return "", nil //nolint:nilerr // whoever made it keeps nothing here
	}
	if place, err := step.ParsePlace(body.Properties.Data); err == nil {
		if now, err := r.at(ctx, place); now != "" || err != nil {
			return now, err
		}
	}
	if _, ok := blob.ParseContent(body.Own.Content); !ok {
		return "", nil
	}
	return body.Own.Content, nil
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
