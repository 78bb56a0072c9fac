package cli_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
)

// wire is an object of JSON.
type wire map[string]any

func sent(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a literal of the test
	}
	return string(b)
}

// step is a step of a pipeline on the wire.
func (r *restarted) step(word, compute string, outputs wire) wire {
	s := wire{
		"name": "work", "type": "command", "componentId": r.base + "/components/work/versions/1", "outputs": outputs,
		"inputs": wire{"word": wire{"job_input_type": "literal", "value": word}},
	}
	if compute != "" {
		s["computeId"] = r.base + "/computes/" + compute
	}
	return s
}

// submit puts a job, of which some have to wait for the only node.
func (l *life) submit(id string) error {
	name, compute := "put-"+id, ""
	if rand.IntN(2) == 0 {
		compute = "one"
	}
	body := sent(wire{"properties": wire{
		"jobType": "Pipeline", "experimentName": "load", "inputs": wire{}, "outputs": wire{}, "settings": wire{},
		"jobs": wire{"work": l.step(id, compute, wire{"out": wire{"job_output_type": "custom_model", "asset_name": "grown"}})},
	}})
	status, answer, err := l.ask("PUT", l.base+"/jobs/"+name, []byte(body), nil)
	if err != nil {
		return err
	}
	if err := l.wants(http.StatusCreated, status, "job "+name, answer); err != nil {
		return err
	}
	l.note(func() { l.jobs[name] = true })
	return nil
}

// submitPublished calls a pipeline that was published.
func (l *life) submitPublished(id string) error {
	guid := ""
	l.note(func() { guid = l.guids[rand.IntN(len(l.guids))] })
	body := sent(wire{"ExperimentName": "load", "ParameterAssignments": wire{"word": id}})
	status, answer, err := l.ask("POST", "/pipelines/v1.0"+l.base+"/PipelineRuns/PipelineSubmit/"+guid, []byte(body), nil)
	if err != nil {
		return err
	}
	if err := l.wants(http.StatusOK, status, "PipelineSubmit of "+guid, answer); err != nil {
		return err
	}
	var run struct{ ID string }
	if err := json.Unmarshal(answer, &run); err != nil || run.ID == "" {
		l.fault("PipelineSubmit of %s: got %s, want an Id", guid, answer)
		return errAnswer
	}
	twice := false
	l.note(func() { _, twice = l.jobs[run.ID]; l.jobs[run.ID] = false })
	if twice {
		l.fault("the name %s was given to two jobs", run.ID)
	}
	return nil
}

// publish publishes a definition, of which each has a number.
func (l *life) publish(number int) error {
	component := fmt.Sprintf("%s/components/flow/versions/%d", l.base, number)
	body := sent(wire{"properties": wire{"componentSpec": wire{
		"type": "pipeline", "name": "flow", "version": fmt.Sprint(number), "outputs": wire{},
		"inputs": wire{"word": wire{"type": "string", "default": fmt.Sprint("default ", number)}},
		"jobs":   wire{"work": l.step("${{parent.inputs.word}}", "", wire{})},
	}}})
	status, answer, err := l.ask("PUT", component, []byte(body), nil)
	if err != nil {
		return err
	}
	if err := l.wants(http.StatusCreated, status, component, answer); err != nil {
		return err
	}
	body = sent(wire{"location": "local", "properties": wire{"deploymentConfiguration": wire{
		"deploymentConfigurationType": "PipelineComponent", "componentId": wire{"referenceType": "Id", "assetId": component},
	}}})
	status, answer, err = l.ask("PUT", fmt.Sprintf("%s/batchEndpoints/flow/deployments/v%d", l.base, number), []byte(body), nil)
	if err != nil {
		return err
	}
	if err := l.wants(http.StatusCreated, status, "deployment", answer); err != nil {
		return err
	}
	return l.notePublished(number, answer)
}

func (l *life) notePublished(number int, answer []byte) error {
	var deployment struct {
		Properties struct{ Properties map[string]string }
	}
	if err := json.Unmarshal(answer, &deployment); err != nil {
		return fmt.Errorf("%w: %s", errAnswer, answer)
	}
	guid := deployment.Properties.Properties["ischia.pipelineId"]
	other, twice := 0, false
	l.note(func() {
		other, twice = l.published[guid]
		l.published[guid] = number
		l.guids = append(l.guids, guid)
	})
	if twice || guid == "" {
		l.fault("definition %d was published as %q, as definition %d was", number, guid, other)
	}
	return nil
}

// register uploads a model and registers it under the version that is said to
// be next, unless somebody else was faster.
func (l *life) register(id string) error {
	file := "models/" + id + "/weights"
	if err := l.put(file, "", content(file, 100)); err != nil {
		return err
	}
	l.note(func() { l.files[file] = 100 })
	next, err := l.nextVersion()
	if err != nil {
		return err
	}
	uri := "azureml://datastores/workspaceblobstore/paths/models/" + id + "/"
	body := sent(wire{"properties": wire{"modelType": "custom_model", "modelUri": uri}})
	status, answer, err := l.ask("PUT", l.base+"/models/counted/versions/"+next, []byte(body), nil)
	switch {
	case err != nil:
		return err
	case status == http.StatusBadRequest && strings.Contains(string(answer), "cannot be updated"):
		return nil // somebody else's
	}
	if err := l.wants(http.StatusCreated, status, "model "+next, answer); err != nil {
		return err
	}
	l.seen("model counted", l.models, next, id)
	return nil
}

// nextVersion is the version that the model is to get.
func (l *life) nextVersion() (string, error) {
	status, answer, err := l.ask("GET", l.base+"/models/counted", nil, nil)
	if err != nil || status == http.StatusNotFound {
		return "1", err
	}
	var container struct{ Properties struct{ NextVersion string } }
	if err := json.Unmarshal(answer, &container); err != nil {
		return "", fmt.Errorf("%w: %s", errAnswer, answer)
	}
	return container.Properties.NextVersion, nil
}

// seen notes what an id stands for, which never changes.
func (l *life) seen(what string, in map[string]string, id, is string) {
	was, known := "", false
	l.note(func() {
		was, known = in[id]
		in[id] = is
	})
	if known && was != is {
		l.fault("version %s of %s was %s, and is %s", id, what, was, is)
	}
}

// look looks at the newest model that a job has made.
func (l *life) look(string) error {
	status, answer, err := l.ask("GET", l.base+"/models/grown/versions?$orderBy=createdtime%20desc&$top=1", nil, nil)
	if err != nil {
		return err
	}
	if err := l.wants(http.StatusOK, status, "the newest model", answer); err != nil {
		return err
	}
	var list struct {
		Value []struct {
			Name       string
			Properties struct{ JobName string }
		}
	}
	if err := json.Unmarshal(answer, &list); err != nil {
		return fmt.Errorf("%w: %s", errAnswer, answer)
	}
	for _, v := range list.Value {
		l.seen("model grown", l.grown, v.Name, v.Properties.JobName)
	}
	return nil
}
