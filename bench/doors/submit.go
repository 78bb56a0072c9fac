package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

type object = map[string]any

// publish makes a cluster with one node, keeps the node busy, and publishes a
// pipeline of two steps that wants it. It returns the GUID.
func publish(ctx context.Context, s *server) (string, error) {
	cluster := object{"location": "local", "properties": object{"computeType": "AmlCompute", "properties": object{
		"vmSize": "Standard_DS3_v2", "scaleSettings": object{"maxNodeCount": 1, "minNodeCount": 0},
	}}}
	step := func(command string) object {
		return object{
			"type": "command", "command": command, "environment": "azureml:none@latest", "is_deterministic": false,
			"inputs": object{"n": object{"type": "integer", "default": "0"}}, "outputs": object{"out": object{"type": "uri_folder"}},
		}
	}
	node := func(component string, inputs object) object {
		return object{"type": "command", "componentId": scope + "/components/" + component + "/versions/1", "inputs": inputs, "outputs": object{}}
	}
	literal := func(text string) object { return object{"job_input_type": "literal", "value": text} }
	both := object{
		"type": "pipeline", "inputs": object{"n": object{"type": "integer", "default": "0"}},
		"jobs": object{
			"first":  node("bench_first", object{"n": literal("${{parent.inputs.n}}")}),
			"second": node("bench_second", object{"n": literal("${{parent.inputs.n}}")}),
		},
	}
	component := func(spec object) object { return object{"properties": object{"componentSpec": spec}} }
	hold := object{"properties": object{
		"jobType": "Pipeline", "settings": object{"default_compute": "bench"},
		"jobs": object{"hold": node("bench_hold", object{})},
	}}
	deployment := object{"location": "local", "properties": object{"deploymentConfiguration": object{
		"deploymentConfigurationType": "PipelineComponent",
		"componentId":                 object{"referenceType": "Id", "assetId": scope + "/components/bench_both/versions/1"},
		"settings":                    object{"default_compute": "bench"},
	}}}
	for _, put := range []struct {
		path string
		body object
	}{
		{"/computes/bench", cluster},
		{"/components/bench_first/versions/1", component(step("echo ${{inputs.n}} > ${{outputs.out}}/n"))},
		{"/components/bench_second/versions/1", component(step("echo ${{inputs.n}}"))},
		{"/components/bench_hold/versions/1", component(step("sleep 3600"))},
		{"/components/bench_both/versions/1", component(both)},
		{"/jobs/bench_hold", hold},
		{"/batchEndpoints/bench", object{"location": "local", "properties": object{"authMode": "AADToken"}}},
		{"/batchEndpoints/bench/deployments/one", deployment},
	} {
		if err := s.call(ctx, "PUT", scope+put.path+api, put.body, nil); err != nil {
			return "", err
		}
	}
	var got struct {
		Properties struct {
			Properties map[string]string `json:"properties"`
		} `json:"properties"`
	}
	err := s.call(ctx, "GET", scope+"/batchEndpoints/bench/deployments/one"+api, nil, &got)
	return got.Properties.Properties["ischia.pipelineId"], err
}

// submissions sends PipelineSubmit at a fixed rate, whatever becomes of the
// earlier ones. A wait is counted from the moment a submission was due.
func submissions(ctx context.Context, out io.Writer, s *server, o options) error {
	guid, err := publish(ctx, s)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	path := "/pipelines/v1.0" + scope + "/PipelineRuns/PipelineSubmit/" + guid
	n := o.rate * o.seconds
	waits, failures := make([]time.Duration, n), make([]error, n)
	ids := make([]string, n)
	var all sync.WaitGroup
	begin := time.Now()
	for i := range n {
		due := begin.Add(time.Duration(i) * time.Second / time.Duration(o.rate))
		time.Sleep(time.Until(due))
		all.Go(func() {
			var answer struct{ ID string }
			failures[i] = s.call(ctx, "POST", path, object{"ExperimentName": "bench", "ParameterAssignments": object{"n": fmt.Sprint(i)}}, &answer)
			waits[i], ids[i] = time.Since(due), answer.ID
		})
	}
	all.Wait()
	failed := 0
	for _, err := range failures {
		if err != nil {
			failed++
			if failed == 1 {
				fmt.Fprintln(out, "the first failure:", err)
			}
		}
	}
	slices.Sort(ids)
	slices.Sort(waits)
	at := func(share float64) float64 { return float64(waits[int(share*float64(n-1))].Microseconds()) / 1000 }
	fmt.Fprintf(out, "PipelineSubmit, %d a second for %d s, the cluster's only node busy\n", o.rate, o.seconds)
	fmt.Fprintf(out, "| accepted | failed | distinct ids | p50 ms | p90 ms | p99 ms | max ms |\n|--:|--:|--:|--:|--:|--:|--:|\n")
	fmt.Fprintf(out, "| %d | %d | %d | %.1f | %.1f | %.1f | %.1f |\n\n",
		n-failed, failed, len(slices.Compact(ids)), at(.5), at(.9), at(.99), at(1))
	if failed > 0 {
		return fmt.Errorf("%d of %d submissions failed", failed, n)
	}
	return nil
}
