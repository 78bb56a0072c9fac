package pipelinesapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// assetRef is an input or output of a run.
type assetRef struct {
	AssetID string `json:"assetId"`
	Type    string `json:"type"`
}

// Ids of outputs are shaped as the service's, which clients do not look into:
// azureml://locations/L/workspaces/GUID/data/azureml_JOB_output_data_NAME/versions/1.
const (
	assetBase   = "azureml://locations/local/workspaces/"
	dataInfix   = "_output_data_"
	modelInfix  = "_output_model_"
	assetPrefix = "azureml_"
	assetSuffix = "/versions/1"
)

func isModel(kind string) bool { return strings.HasSuffix(kind, "_model") }

// assetID is the id of an output.
func assetID(scope workspace.Scope, job string, p workspace.Port) string {
	collection, infix := "data/", dataInfix
	if isModel(p.Type) {
		collection, infix = "models/", modelInfix
	}
	return assetBase + workspace.ID(scope) + "/" + collection + assetPrefix + job + infix + p.Name + assetSuffix
}

// historyWord is a type in the words of run history, which are those of the
// preview of 2022: UriFolder is uri_folder.
func historyWord(kind string) string {
	words := map[string]string{
		"uri_file": "UriFile", "uri_folder": "UriFolder", "mltable": "MLTable",
		"custom_model": "CustomModel", "mlflow_model": "MLFlowModel", "triton_model": "TritonModel",
	}
	return first(words[kind], words["uri_folder"])
}

// sentBy finds azure-ai-ml's version in what a client says it is.
var sentBy = regexp.MustCompile(`azure-ai-ml/1\.(\d{1,4})\.`)

// outputWord is the type of an output for the client of the request. azure-ai-ml
// compares data with one list of words, and passes over outputs with others: up
// to 1.34 those of run history, since then those of ARM. What it asks about
// models it cannot send since then (its own class refuses the list), so they are
// told as the folders that they are.
func (c *call) outputWord(kind string) string {
	const newWords = 35
	if m := sentBy.FindStringSubmatch(c.r.UserAgent()); m != nil {
		if minor, err := strconv.Atoi(m[1]); err == nil && minor >= newWords {
			if isModel(kind) {
				kind = "uri_folder"
			}
			return first(kind, "uri_folder")
		}
	}
	return historyWord(kind)
}

// madePorts are the outputs of a job that are there and can be fetched.
func madePorts(j *workspace.Job) []workspace.Port {
	var list []workspace.Port
	for _, p := range j.Spec.Outputs {
		if p.Digest != "" && strings.HasPrefix(p.URI, "azureml://") {
			list = append(list, p)
		}
	}
	return list
}

func (c *call) outputs(j *workspace.Job) map[string]assetRef {
	out := map[string]assetRef{}
	for _, p := range madePorts(j) {
		out[p.Name] = assetRef{assetID(j.Scope, j.Name, p), c.outputWord(p.Type)}
	}
	return out
}

// getRunData answers with a run, as rundata has it.
func (c *call) getRunData() error {
	text, err := c.body()
	if err != nil {
		return err
	}
	var q struct {
		RunID string `json:"runId"`
	}
	if err := json.Unmarshal(text, &q); err != nil {
		return badRequest("the body: %v", err)
	}
	if err := workspace.CheckName(q.RunID); err != nil {
		return badRequest("runId: %v", err)
	}
	c.vars["run"] = q.RunID
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	v, err := c.history(j)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]any{"runMetadata": v, "runDefinition": nil, "jobSpecification": nil})
}

// resolved is where an asset is.
type resolved struct {
	URI  string `json:"uri,omitempty"`
	Path string `json:"path,omitempty"`
	Type string `json:"type"`
}

// resolveData answers where data is: outputs of runs, and data that is
// registered.
func (c *call) resolveData() error {
	return c.resolve(workspace.Data, dataInfix, "dataUri", func(uri, kind string) resolved {
		return resolved{URI: uri, Type: c.outputWord(kind)}
	})
}

func (c *call) resolveModels() error {
	return c.resolve(workspace.Models, modelInfix, "modelUri", func(uri, kind string) resolved {
		return resolved{Path: uri, Type: c.outputWord(kind)}
	})
}

// maxAssets is how many assets are resolved at once.
const maxAssets = 1000

func (c *call) resolve(collection workspace.Collection, infix, member string, show func(uri, kind string) resolved) error {
	text, err := c.body()
	if err != nil {
		return err
	}
	var q struct {
		Values []string `json:"values"`
	}
	if err := json.Unmarshal(text, &q); err != nil {
		return badRequest("the body: %v", err)
	}
	if len(q.Values) > maxAssets {
		return badRequest("%d assets are asked for; %d is the most", len(q.Values), maxAssets)
	}
	out := map[string]resolved{}
	for _, id := range q.Values {
		uri, kind, err := c.find(id, collection, infix, member)
		if errors.Is(err, workspace.ErrNotFound) {
			return notFound("there is no asset %s", clip(id))
		}
		if err != nil {
			return err
		}
		out[id] = show(uri, kind)
	}
	return c.reply(http.StatusOK, map[string]any{"values": out})
}

// find says where the asset with an id is, and its type.
func (c *call) find(id string, collection workspace.Collection, infix, member string) (uri, kind string, err error) {
	place, name, version, ok := assetName(id, collection)
	if !ok && collection == workspace.Data { // see outputWord
		collection, infix, member = workspace.Models, modelInfix, "modelUri"
		place, name, version, ok = assetName(id, collection)
	}
	if !ok {
		return "", "", badRequest("%q is no id of %s", clip(id), collection)
	}
	if !c.isHere(place) {
		return "", "", workspace.ErrNotFound
	}
	if rest, ok := strings.CutPrefix(name, assetPrefix); ok && version == "1" {
		if p, err := c.outputNamed(rest, infix); err == nil || !errors.Is(err, workspace.ErrNotFound) {
			return c.long(p.URI), p.Type, err
		}
	}
	key := c.key(collection, name)
	key.Version = version
	r, err := c.Ledger.Resources().Resource(c.ctx(), key)
	if err != nil {
		return "", "", err
	}
	var body struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return "", "", err
	}
	uri, _ = body.Properties[member].(string)
	kind, _ = body.Properties[strings.TrimSuffix(member, "Uri")+"Type"].(string)
	return c.long(uri), kind, nil
}

// shortPlace is the place of an asset that is named as azureml:NAME:VERSION.
const shortPlace = "azureml:"

// assetName reads an id of a registered asset: of the data plane, of ARM, or
// azureml:NAME:VERSION. place is what comes before the collection.
func assetName(id string, collection workspace.Collection) (place, name, version string, ok bool) {
	if rest, short := strings.CutPrefix(id, shortPlace); short && !strings.HasPrefix(rest, "/") {
		place = shortPlace
		name, version, ok = strings.Cut(rest, ":")
	} else if parts := strings.Split(id, "/"); len(parts) > 4 {
		// From the end: a group may be named as a collection is.
		at := len(parts) - 4
		place, name, version = strings.Join(parts[:at], "/"), parts[at+1], parts[at+3]
		ok = parts[at] == string(collection) && parts[at+2] == "versions"
	}
	return place, name, version, ok && workspace.CheckName(name) == nil && workspace.CheckName(version) == nil
}

// isHere reports whether an asset's place is the workspace of the request. Another
// one, or a registry, may have the same name for something else.
func (c *call) isHere(place string) bool {
	if rest, ok := strings.CutPrefix(place, "azureml://locations/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		return strings.EqualFold(rest, "workspaces/"+workspace.ID(c.scope))
	}
	long, _, _ := strings.Cut(c.long("azureml://datastores/"), "/datastores/")
	id := c.scope.ARMID()
	for _, here := range []string{shortPlace, long, id, shortPlace + id, shortPlace + "/" + id} {
		if strings.EqualFold(place, here) {
			return true
		}
	}
	return false
}

// outputNamed is an output of a job, by JOB infix NAME. Both may hold the
// infix, so every way to read it is tried.
func (c *call) outputNamed(text, infix string) (workspace.Port, error) {
	for at := 0; ; {
		i := strings.Index(text[at:], infix)
		if i < 0 {
			return workspace.Port{}, workspace.ErrNotFound
		}
		job, name := text[:at+i], text[at+i+len(infix):]
		at += i + 1
		if workspace.CheckName(job) != nil {
			continue
		}
		j, err := c.Ledger.Job(c.ctx(), c.scope, job)
		if errors.Is(err, workspace.ErrNotFound) {
			continue
		}
		if err != nil {
			return workspace.Port{}, err
		}
		for _, p := range madePorts(j) {
			if p.Name == name {
				return p, nil
			}
		}
	}
}

// long is an address on a datastore with the workspace in it, which is how the
// service writes it.
func (c *call) long(uri string) string {
	rest, ok := strings.CutPrefix(uri, "azureml://datastores/")
	if !ok {
		return uri
	}
	return "azureml://subscriptions/" + c.scope.Subscription + "/resourcegroups/" + c.scope.ResourceGroup +
		"/workspaces/" + c.scope.Workspace + "/datastores/" + rest
}
