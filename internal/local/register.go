package local

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// An output with a name is registered as an asset when its step completes: in
// the same transaction, so that there is no completed step without its asset.
// A step that an earlier result answers registers too. That is more than Azure
// ML does, and what a caller wants who runs a pipeline to get a new version of
// a model: whether something was computed is none of his business.

// Properties of a registered asset: where it comes from.
const (
	// PropertyStep is the path of the step that made it; PropertyJob its root
	// job.
	PropertyStep = "ischia.step"
	PropertyJob  = "ischia.job"
	// PropertyCode is the digest of the code that the step ran.
	PropertyCode = "ischia.code"
	// PropertyInputs are the step's inputs, as JSON, with their digests.
	PropertyInputs = "ischia.inputs"
)

// collectionOf is where outputs of a type are registered; false when they are
// not.
func collectionOf(t string) (workspace.Collection, bool) {
	switch pipeline.Type(t) {
	case pipeline.MLflowModel, pipeline.CustomModel, pipeline.TritonModel:
		return workspace.Models, true
	case pipeline.URIFile, pipeline.URIFolder, pipeline.MLTable:
		return workspace.Data, true
	}
	return "", false
}

// assetKey is what an output is registered as; false when it is not.
func assetKey(scope workspace.Scope, out plan.Output) (workspace.ResourceKey, bool) {
	c, ok := collectionOf(out.Type)
	key := workspace.ResourceKey{Scope: scope, Collection: c, Name: out.AssetName, Version: out.AssetVersion}
	return key, ok && out.AssetName != ""
}

// registers reports whether a node has an output that is registered.
func registers(n *plan.Node) bool {
	for _, out := range n.Outputs {
		if out.AssetName != "" && n.IsAction() {
			return true
		}
	}
	return false
}

// checkAssets refuses names that no asset can have, before the step runs.
func checkAssets(scope workspace.Scope, n *plan.Node) error {
	for _, out := range n.Outputs {
		if key, ok := assetKey(scope, out); ok {
			if err := key.Check(); err != nil {
				return &step.Error{Code: step.UserError, Exit: -1, Err: fmt.Errorf("output %s: register it: %w", out.Name, err)}
			}
		}
	}
	return nil
}

// checkMade refuses to register other content as a version that is there. It is
// asked when the step has ended and before that is recorded: Azure ML fails such
// a step too, after it has run.
func (l *Local) checkMade(ctx context.Context, scope workspace.Scope, n *plan.Node, made map[string]sched.Artifact) error {
	for _, out := range n.Outputs {
		key, ok := assetKey(scope, out)
		a, there := made[out.Name]
		if !ok || !there || key.Version == "" {
			continue
		}
		old, err := l.ledger.Resources().Resource(ctx, key)
		switch {
		case errors.Is(err, workspace.ErrNotFound):
		case err != nil:
			return fmt.Errorf("register output %s: %w", out.Name, err)
		case !(&workspace.Resource{Digests: []string{a.Digest}}).SameContent(old):
			return &step.Error{Code: step.UserError, Exit: -1, Err: fmt.Errorf(
				"output %s: version %s of %s is registered already, with other content", out.Name, key.Version, key.Name)}
		}
	}
	return nil
}

// noteStart keeps what a step that registers something ran on.
func (r *recorder) noteStart(n *plan.Node, s step.Started) {
	if !registers(n) {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ran == nil {
		r.ran = map[int]step.Started{}
	}
	r.ran[n.Index] = s
}

// registered are the assets that the end of a step makes.
func (r *recorder) registered(n *plan.Node, ended step.Ended) []*workspace.Resource {
	if !registers(n) {
		return nil
	}
	made := make(map[string]step.Port, len(ended.Outputs))
	for _, p := range ended.Outputs {
		made[p.Name] = p
	}
	var list []*workspace.Resource
	for _, out := range n.Outputs {
		key, ok := assetKey(r.req.Scope, out)
		p := made[out.Name]
		if !ok || p.Digest == "" {
			continue
		}
		body, err := json.Marshal(r.assetBody(n, out, p.URI))
		if err != nil {
			continue // texts always print
		}
		list = append(list, &workspace.Resource{
			ResourceKey: key, CreatedBy: r.tree.Root.CreatedBy, Body: body, Digests: []string{p.Digest},
		})
	}
	return list
}

// assetProperties are ARM's properties of a version of a model, or of a data
// asset.
type assetProperties struct {
	Description string            `json:"description"`
	ModelType   string            `json:"modelType,omitempty"`
	ModelURI    string            `json:"modelUri,omitempty"`
	JobName     string            `json:"jobName,omitempty"`
	Flavors     *struct{}         `json:"flavors,omitempty"`
	DataType    string            `json:"dataType,omitempty"`
	DataURI     string            `json:"dataUri,omitempty"`
	IsAnonymous bool              `json:"isAnonymous"`
	IsArchived  bool              `json:"isArchived"`
	Properties  map[string]string `json:"properties"`
	Tags        map[string]string `json:"tags"`
}

func (r *recorder) assetBody(n *plan.Node, out plan.Output, uri string) any {
	p := assetProperties{Properties: r.lineage(n), Tags: map[string]string{}}
	uri = longURI(r.req.Scope, uri)
	if c, _ := collectionOf(out.Type); c == workspace.Models {
		p.ModelType, p.ModelURI, p.JobName, p.Flavors = out.Type, uri, r.name(n), &struct{}{}
	} else {
		p.DataType, p.DataURI = out.Type, uri
	}
	return struct {
		Properties assetProperties `json:"properties"`
	}{p}
}

// lineage says where an asset comes from.
func (r *recorder) lineage(n *plan.Node) map[string]string {
	r.mu.Lock()
	ran := r.ran[n.Index]
	r.mu.Unlock()
	p := r.gitProperties()
	p[PropertyStep], p[PropertyJob] = n.Path, r.tree.Root.Name
	if ran.Code != "" {
		p[PropertyCode] = ran.Code
	}
	inputs := hidePorts(r.hide, stepPorts(ran.Inputs))
	if text, err := json.Marshal(inputs); err == nil && len(inputs) > 0 {
		p[PropertyInputs] = string(text)
	}
	return p
}

// gitProperties are what git said of the code, in Azure ML's words: asked here,
// or by the client that submitted the job.
func (r *recorder) gitProperties() map[string]string {
	if r.git != nil {
		if info := r.git(); info != nil {
			return hideValues(r.hide, info.Properties())
		}
		return map[string]string{}
	}
	p := maps.Clone(r.tree.Root.Properties)
	maps.DeleteFunc(p, func(name, _ string) bool {
		return !strings.HasPrefix(name, "mlflow.source.git.") && !strings.HasPrefix(name, "azureml.git.")
	})
	if p == nil {
		p = map[string]string{}
	}
	return p
}

// longURI is an address on a datastore of a workspace, with the workspace in it,
// as assets have it.
func longURI(s workspace.Scope, uri string) string {
	rest, ok := strings.CutPrefix(uri, "azureml://datastores/")
	if !ok {
		return uri
	}
	return "azureml://subscriptions/" + s.Subscription + "/resourcegroups/" + s.ResourceGroup +
		"/workspaces/" + s.Workspace + "/datastores/" + rest
}
