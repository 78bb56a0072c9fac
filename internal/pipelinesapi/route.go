package pipelinesapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Route is one of the door's routes. Parameters of the path are in braces; its
// fixed words are taken in any capitals.
type Route struct{ Method, Path string }

// The beginnings of the door's paths. What follows is a workspace's ARM id.
const (
	pipelinesBase = "/pipelines/v1.0"
	historyBase   = "/history/v1.0"
	// dataBase and modelsBase are where clients ask where assets are.
	dataBase   = "/data/v1.0"
	modelsBase = "/modelregistry/v1.0"
	// datastoreBase is where azureml-fsspec and mltable ask where paths lie.
	datastoreBase = "/datastore/v1.0"
	// batchBase is where azure-ai-ml looks for the jobs of a batch endpoint.
	batchBase = "/mferp/managementfrontend"
)

// Prefixes are those of the paths that belong to this door.
func Prefixes() []string {
	return []string{pipelinesBase + "/", historyBase + "/", dataBase + "/", modelsBase + "/", datastoreBase + "/", batchBase + "/"}
}

// Routes are all that the door answers.
func Routes() []Route {
	var list []Route
	for _, e := range entries() {
		list = append(list, e.Route)
	}
	return list
}

const workspacePath = "/subscriptions/{subscription}/resourceGroups/{group}" +
	"/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"

type entry struct {
	Route
	handle func(*call) error
}

// entries is the whole table.
func entries() []entry {
	var list []entry
	add := func(base, method, path string, handle func(*call) error) {
		list = append(list, entry{Route{method, base + workspacePath + path}, handle})
	}
	pipelines := func(method, path string, handle func(*call) error) { add(pipelinesBase, method, path, handle) }
	pipelines("POST", "/PipelineRuns/PipelineSubmit/{pipeline}", (*call).submitPipeline)
	pipelines("POST", "/PipelineRuns/PipelineEndpointSubmit/Id/{endpoint}", (*call).submitEndpoint)
	pipelines("POST", "/PipelineRuns/PipelineEndpointSubmit/Name/{endpoint}", (*call).submitEndpoint)
	pipelines("POST", "/PipelineRuns/PipelineEndpointSubmit/Name", (*call).submitEndpoint)
	pipelines("GET", "/PipelineRuns/Pipeline/{pipeline}", (*call).listRuns)
	pipelines("GET", "/PipelineRuns/{run}", (*call).getRun)
	pipelines("POST", "/PipelineRuns/{run}/Cancel", (*call).cancelRun)
	pipelines("GET", "/Pipelines", (*call).listPipelines)
	pipelines("GET", "/Pipelines/{pipeline}", (*call).getPipeline)
	pipelines("PUT", "/Pipelines/{pipeline}", (*call).updatePipeline)
	pipelines("POST", "/Pipelines/{pipeline}/Disable", (*call).disablePipeline)
	pipelines("POST", "/Pipelines/{pipeline}/Enable", (*call).enablePipeline)
	pipelines("GET", "/PipelineEndpoints", (*call).listEndpoints)
	pipelines("GET", "/PipelineEndpoints/Name", (*call).getEndpoint)
	pipelines("GET", "/PipelineEndpoints/Name/{endpoint}", (*call).getEndpoint)
	pipelines("GET", "/PipelineEndpoints/{endpoint}", (*call).getEndpoint)
	pipelines("PUT", "/PipelineEndpoints/{endpoint}", (*call).updateEndpoint)
	pipelines("GET", "/PipelineEndpoints/{endpoint}/Pipelines", (*call).listVersions)

	history := func(method, path string, handle func(*call) error) { add(historyBase, method, path, handle) }
	for _, in := range []string{"", "/experiments/{experiment}", "/experimentids/{experimentId}"} {
		history("GET", in+"/runs/{run}", (*call).getHistory)
		history("PATCH", in+"/runs/{run}", (*call).changeHistory)
		history("GET", in+"/runs/{run}/details", (*call).getDetails)
		history("GET", in+"/runs/{run}/children", (*call).getChildren)
		history("GET", in+"/runs/{run}/metrics", (*call).noMetrics)
		history("POST", in+"/runs/{run}/cancel", (*call).cancelHistory)
		history("GET", in+"/runs/{run}/artifacts", (*call).listArtifacts)
		history("GET", in+"/runs/{run}/artifacts/contentinfo", (*call).artifactContent)
		history("GET", in+"/runs/{run}/artifacts/path", (*call).artifactPath)
		history("GET", in+"/runs/{run}/artifacts/prefix/contentinfo", (*call).artifactContents)
	}
	history("POST", "/runs:query", (*call).queryRuns)
	history("POST", "/experiments/{experiment}/runs:query", (*call).queryRuns)
	history("GET", "/runs/{run}/serviceinstances/{node}", (*call).noServices)
	history("GET", "/runs/{run}/"+executionLogFile, (*call).executionLog)
	history("POST", "/rundata", (*call).getRunData)
	add(dataBase, "POST", "/dataversion/batchGetResolvedUris", (*call).resolveData)
	add(modelsBase, "POST", "/models/batchGetResolvedUris", (*call).resolveModels)
	add(datastoreBase, "GET", "/datastores/{datastore}", (*call).getDatastore)
	list = append(list, refused()...)

	batch := func(method, path string, handle func(*call) error) { add(batchBase, method, path, handle) }
	for _, of := range []string{"/batchEndpoints/{endpoint}", "/batchEndpoints/{endpoint}/deployments/{deployment}"} {
		batch("POST", of+"/jobs", (*call).invoke)
		batch("GET", of+"/jobs", (*call).listBatchJobs)
		batch("GET", of+"/jobs/{run}", (*call).getBatchJob)
	}
	return list
}

// table finds the handler of a request.
type table struct{ root *level }

// level is one segment deep in the tree of all paths. A fixed word wins over a
// parameter.
type level struct {
	words    map[string]*level // in lower case
	any      *level
	handlers map[string]handler
}

type handler struct {
	handle func(*call) error
	params []string
}

func newLevel() *level { return &level{words: map[string]*level{}, handlers: map[string]handler{}} }

func newTable() *table {
	t := &table{root: newLevel()}
	for _, e := range entries() {
		t.add(e)
	}
	return t
}

func (t *table) add(e entry) {
	at, h := t.root, handler{handle: e.handle}
	for _, word := range segments(e.Path) {
		if name, isParam := strings.CutPrefix(word, "{"); isParam {
			h.params = append(h.params, strings.TrimSuffix(name, "}"))
			if at.any == nil {
				at.any = newLevel()
			}
			at = at.any
			continue
		}
		word = strings.ToLower(word)
		if at.words[word] == nil {
			at.words[word] = newLevel()
		}
		at = at.words[word]
	}
	at.handlers[e.Method] = h
}

func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// match finds the handler of a request, and the parameters of its path.
func (t *table) match(method string, u *url.URL) (func(*call) error, map[string]string, error) {
	at := t.root
	var values []string
	for _, word := range segments(u.EscapedPath()) {
		next := at.words[strings.ToLower(word)]
		if next == nil && at.any != nil {
			value, err := url.PathUnescape(word)
			if err != nil {
				return nil, nil, badRequest("the path: %v", err)
			}
			next, values = at.any, append(values, value)
		}
		if next == nil {
			return nil, nil, unknown(method, u)
		}
		at = next
	}
	h, ok := at.handlers[method]
	switch {
	case ok:
	case len(at.handlers) == 0:
		return nil, nil, unknown(method, u)
	default:
		return nil, nil, &fault{
			status: http.StatusMethodNotAllowed, code: "MethodNotAllowed",
			message: fmt.Sprintf("%s is not a method of %s", method, u.Path),
		}
	}
	vars := map[string]string{}
	for i, name := range h.params {
		vars[name] = values[i]
	}
	return h.handle, vars, nil
}

// unknown is for a path that is none of ours. Those services have more than this
// table; 404 would say that what was asked for is not there.
func unknown(method string, u *url.URL) *fault {
	return &fault{
		status: http.StatusNotImplemented, code: "NotImplemented",
		message: fmt.Sprintf("%s %.500s is not implemented by the embedded workspace", method, u.Path),
	}
}
