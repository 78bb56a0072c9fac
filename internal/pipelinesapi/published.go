package pipelinesapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// published is a published pipeline as the ledger has it.
type published struct {
	*workspace.Resource
	// ID is its GUID.
	ID         string
	Properties publishedProperties
}

// publishedProperties is what package armapi has written of it.
type publishedProperties struct {
	Endpoint         string            `json:"endpoint"`
	Deployment       string            `json:"deployment"`
	ComponentID      string            `json:"componentId"`
	DefinitionDigest string            `json:"definitionDigest"`
	Description      string            `json:"description"`
	Version          int               `json:"version"`
	IsDisabled       bool              `json:"isDisabled"`
	Settings         map[string]string `json:"settings"`
	ExperimentName   string            `json:"experimentName"`
}

func (c *call) key(collection workspace.Collection, name string) workspace.ResourceKey {
	return workspace.ResourceKey{Scope: c.scope, Collection: collection, Name: name}
}

// pipeline is the published pipeline of a GUID.
func (c *call) pipeline(id string) (*published, error) {
	if _, err := uuid.Parse(id); err != nil {
		return nil, badRequest("%q is not the id of a published pipeline: that is a GUID", clip(id))
	}
	r, err := c.Ledger.Resources().Resource(c.ctx(), c.key(workspace.Pipelines, strings.ToLower(id)))
	if errors.Is(err, workspace.ErrNotFound) {
		return nil, notFound("there is no published pipeline %s in workspace %s", id, c.scope.Workspace)
	}
	if err != nil {
		return nil, err
	}
	return newPublished(r)
}

func newPublished(r *workspace.Resource) (*published, error) {
	var body struct {
		Properties publishedProperties `json:"properties"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return nil, fmt.Errorf("read published pipeline %s: %w", r.Name, err)
	}
	return &published{Resource: r, ID: r.Name, Properties: body.Properties}, nil
}

// definition is what a published pipeline runs, decoded. It is never changed.
type definition struct {
	job       *pipeline.Pipeline
	component *pipeline.Component
	// parameters are the inputs by name, names these in order.
	parameters map[string]*pipeline.Input
	names      []string
	// settings are the job's, as JSON.
	settings json.RawMessage
	// data is what was looked up under addresses in the definition. What lies
	// there may change although the definition does not.
	data map[string]found
}

type found struct {
	name string
	ok   bool
}

// definition is what p runs. It is decoded once, and again only when data that
// its text refers to has changed.
func (c *call) definition(p *published) (*definition, error) {
	lookup := c.Lookup(c.scope)
	if d := c.published.get(p.ID); d != nil {
		same, err := d.fresh(c.ctx(), lookup)
		if same || err != nil {
			return d, err
		}
	}
	// Whoever asks meanwhile waits for the same decoding, which therefore goes on
	// when the one who asked first goes away.
	d, err, _ := c.decoding.Do(p.ID, func() (any, error) {
		d, err := c.decode(context.WithoutCancel(c.ctx()), p, lookup)
		if err == nil {
			c.published.put(p.ID, d)
		}
		return d, err
	})
	if err != nil {
		return nil, err
	}
	return d.(*definition), nil
}

// fresh reports whether the addresses in the definition lead to what they led
// to when it was decoded.
func (d *definition) fresh(ctx context.Context, lookup arm.Lookup) (bool, error) {
	for uri, was := range d.data {
		name, ok, err := lookup.Data(ctx, uri)
		if err != nil {
			return false, fmt.Errorf("look up %s: %w", uri, err)
		}
		if (found{name, ok}) != was {
			return false, nil
		}
	}
	return true, nil
}

// witness notes what is looked up.
type witness struct {
	arm.Lookup
	data map[string]found
}

// Data implements arm.Lookup.
func (w *witness) Data(ctx context.Context, uri string) (string, bool, error) {
	name, ok, err := w.Lookup.Data(ctx, uri)
	if err == nil {
		w.data[uri] = found{name, ok}
	}
	return name, ok, err
}

// decode reads what p runs.
func (c *call) decode(ctx context.Context, p *published, lookup arm.Lookup) (*definition, error) {
	d := &definition{parameters: map[string]*pipeline.Input{}, settings: jobSettings(p.Properties.Settings)}
	body, err := json.Marshal(map[string]any{"properties": map[string]any{
		"jobType": "Pipeline", "componentId": p.Properties.ComponentID, "settings": d.settings,
	}})
	if err != nil {
		return nil, fmt.Errorf("write the job of pipeline %s: %w", p.ID, err)
	}
	w := &witness{lookup, map[string]found{}}
	job, err := arm.DecodeJob(ctx, body, arm.DecodeOptions{Scope: arm.Scope(c.scope), Lookup: w})
	if err != nil {
		return nil, fmt.Errorf("read published pipeline %s: %w", p.ID, err)
	}
	d.data = w.data
	ok := false
	if d.job, ok = job.(*pipeline.Pipeline); !ok || d.job.Component == nil {
		return nil, &fault{status: 409, code: "Conflict", message: fmt.Sprintf(
			"published pipeline %s cannot run: its component %s is no longer in the workspace", p.ID, p.Properties.ComponentID)}
	}
	d.component = d.job.Component
	for _, in := range d.component.Inputs {
		d.parameters[in.Name] = in
		d.names = append(d.names, in.Name)
	}
	return d, nil
}

// jobSettings are a deployment's settings as a job has them: on the wire of
// deployments all are texts.
func jobSettings(settings map[string]string) json.RawMessage {
	out := map[string]any{}
	for key, text := range settings {
		switch lower := strings.ToLower(text); {
		case strings.HasPrefix(key, "_"):
		case isFlag(key) && (lower == "true" || lower == "false"):
			out[key] = lower == "true"
		default:
			out[key] = text
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic(fmt.Sprintf("pipelinesapi: marshal settings: %v", err)) // texts and truth values always marshal
	}
	return text
}

func isFlag(setting string) bool {
	switch strings.ToLower(strings.ReplaceAll(setting, "_", "")) {
	case "continueonstepfailure", "forcererun", "continuerunonfailedoptionalinput":
		return true
	}
	return false
}
