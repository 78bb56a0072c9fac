package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

type object = map[string]any

// publish makes a cluster with one node, keeps the node busy, and publishes a
// pipeline that wants it. It returns the GUID.
func publish(ctx context.Context, s *server, steps int) (string, error) {
	for _, put := range append(components(steps), []put{
		{"/computes/bench", object{"location": "local", "properties": object{"computeType": "AmlCompute", "properties": object{
			"vmSize": "Standard_DS3_v2", "scaleSettings": object{"maxNodeCount": 1, "minNodeCount": 0},
		}}}},
		{"/jobs/bench_hold", object{"properties": object{
			"jobType": "Pipeline", "settings": object{"default_compute": "bench"}, "jobs": object{"hold": node("bench_hold", object{})},
		}}},
		{"/batchEndpoints/bench", object{"location": "local", "properties": object{"authMode": "AADToken"}}},
		{"/batchEndpoints/bench/deployments/one", object{"location": "local", "properties": object{"deploymentConfiguration": object{
			"deploymentConfigurationType": "PipelineComponent",
			"componentId":                 object{"referenceType": "Id", "assetId": componentID("bench_pipeline")},
			"settings":                    object{"default_compute": "bench"},
		}}}},
	}...) {
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
	return got.Properties.Properties["ischia.pipelineId"], errors.Join(err, s.await(ctx, "bench_hold", "Running"))
}

// put is something to register.
type put struct {
	path string
	body object
}

// components are those of the job that holds the node, and of the pipeline: each
// step reads what the one before wrote, and a parameter.
func components(steps int) []put {
	number := object{"type": "number", "default": "0"}
	step := func(command string, inputs object) object {
		return object{
			"type": "command", "command": command, "environment": "azureml:none@latest", "is_deterministic": false,
			"inputs": inputs, "outputs": object{"out": object{"type": "uri_folder"}},
		}
	}
	n := object{"job_input_type": "literal", "value": "${{parent.inputs.n}}"}
	jobs := object{"step0": node("bench_first", object{"n": n})}
	for i := 1; i < steps; i++ {
		before := object{"job_input_type": "literal", "value": fmt.Sprintf("${{parent.jobs.step%d.outputs.out}}", i-1)}
		jobs[fmt.Sprint("step", i)] = node("bench_next", object{"n": n, "before": before})
	}
	var all []put
	for name, spec := range map[string]object{
		"bench_hold":     step("sleep 3600", object{}),
		"bench_first":    step("echo ${{inputs.n}} > ${{outputs.out}}/n", object{"n": number}),
		"bench_next":     step("cp ${{inputs.before}}/n ${{outputs.out}}/n # ${{inputs.n}}", object{"n": number, "before": object{"type": "uri_folder"}}),
		"bench_pipeline": {"type": "pipeline", "inputs": object{"n": number}, "jobs": jobs},
	} {
		all = append(all, put{"/components/" + name + "/versions/1", object{"properties": object{"componentSpec": spec}}})
	}
	// The pipeline refers to the others.
	slices.SortFunc(all, func(a, b put) int { return strings.Compare(a.path, b.path) })
	return all
}

func componentID(name string) string { return scope + "/components/" + name + "/versions/1" }

func node(component string, inputs object) object {
	return object{"type": "command", "componentId": componentID(component), "inputs": inputs, "outputs": object{}}
}

// submissions publishes, and measures until a measurement is not disturbed.
func (r *report) submissions(ctx context.Context, s *server, o options, at row) error {
	guid, err := publish(ctx, s, o.steps)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	for range tries {
		at.busy = calm(ctx, o)
		if err := r.submit(ctx, s, o, at, guid); err != nil {
			return err
		}
		if !r.submits[len(r.submits)-1].disturbed() {
			break
		}
	}
	return nil
}

// submit sends PipelineSubmit at a fixed rate, whatever becomes of the
// earlier ones. A wait is counted from the moment a submission was due.
func (r *report) submit(ctx context.Context, s *server, o options, at row, guid string) error {
	path := "/pipelines/v1.0" + scope + "/PipelineRuns/PipelineSubmit/" + guid
	n := o.rate * o.seconds
	waits, failures, ids := make([]time.Duration, n), make([]error, n), make([]string, n)
	var all sync.WaitGroup
	used, start := begin(s.cmd.Process.Pid), time.Now()
	for i := range n {
		due := start.Add(time.Duration(i) * time.Second / time.Duration(o.rate))
		time.Sleep(time.Until(due))
		all.Go(func() {
			var answer struct{ ID string }
			failures[i] = s.call(ctx, "POST", path, object{"ExperimentName": "bench", "ParameterAssignments": object{"n": fmt.Sprint(i)}}, &answer)
			waits[i], ids[i] = time.Since(due), answer.ID
		})
	}
	all.Wait()
	at.others = used.others()
	if err := errors.Join(failures...); err != nil {
		return fmt.Errorf("some submissions failed: %w", err)
	}
	got := submitted{row: at, accepted: n, waits: waits}
	var err error
	if got.queued, err = s.countQueued(ctx, ids); err != nil {
		return err
	}
	slices.Sort(ids)
	got.ids = len(slices.Compact(ids))
	slices.Sort(waits)
	r.submits = append(r.submits, got)
	if got.ids != n || got.queued != n {
		return fmt.Errorf("%d submissions: %d ids, %d Queued", n, got.ids, got.queued)
	}
	return nil
}

// status is that of a job.
func (s *server) status(ctx context.Context, job string) (string, error) {
	var got struct{ Properties struct{ Status string } }
	err := s.call(ctx, "GET", scope+"/jobs/"+job+api, nil, &got)
	return got.Properties.Status, err
}

// countQueued asks for each job.
func (s *server) countQueued(ctx context.Context, jobs []string) (int, error) {
	n := 0
	for _, job := range jobs {
		status, err := s.status(ctx, job)
		if err != nil {
			return n, err
		}
		if status == "Queued" {
			n++
		}
	}
	return n, nil
}

// await waits until a job has a status.
func (s *server) await(ctx context.Context, job, want string) error {
	status := ""
	for range 200 {
		var err error
		if status, err = s.status(ctx, job); err != nil || status == want {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("job %s is %s, not %s", job, status, want)
}
