package azure_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

func httpDate() time.Time { return time.Unix(0, 0) }

func cluster() azure.Cluster {
	return azure.Cluster{Name: "DS3-v2-cluster", Size: "Standard_DS3_v2", MaxNodes: 4, Idle: 300 * time.Second}
}

func TestDial(t *testing.T) {
	t.Parallel()
	for endpoint, ok := range map[string]bool{
		"http://127.0.0.1:80": true, "http://localhost:80/": true, "http://[::1]:8": true, "https://management.azure.com": true,
		"http://management.azure.com": false, "http://10.0.0.1": false, "ftp://127.0.0.1": false, "": false, "embedded": false,
		"http://127.0.0.1.example.com": false,
	} {
		_, err := azure.Dial(azure.Target{Endpoint: endpoint, Credential: azure.Token("x")})
		if (err == nil) != ok {
			t.Errorf("%q: %v", endpoint, err)
		}
	}
}

func TestEnsure(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c := s.client(t)
	for _, want := range []bool{true, false} {
		group, err1 := c.EnsureGroup(t.Context())
		workspace, err2 := c.EnsureWorkspace(t.Context())
		compute, err3 := c.EnsureCompute(t.Context(), cluster())
		if err := errors.Join(err1, err2, err3); err != nil {
			t.Fatal(err)
		}
		if group != want || workspace != want || compute != want {
			t.Errorf("made %v, %v, %v, want %v", group, workspace, compute, want)
		}
	}
	text, err := json.Marshal(s.resources[base+"/computes/ds3-v2-cluster"])
	for _, part := range []string{`"maxNodeCount":4`, `"minNodeCount":0`, `"PT300S"`, `"Standard_DS3_v2"`, `"AmlCompute"`} {
		if err != nil || !strings.Contains(string(text), part) {
			t.Errorf("the compute lacks %s: %s", part, text)
		}
	}
}

func TestEnsureComputeWaits(t *testing.T) {
	t.Parallel()
	s := newService(t)
	body := `{"properties":{"computeType":"AmlCompute","provisioningState":%q,"provisioningErrors":[{"error":{"code":"Quota","message":"no cores"}}]}}`
	path := base + "/computes/ds3-v2-cluster"
	s.answers[path] = []string{fmt.Sprintf(body, "Creating"), fmt.Sprintf(body, "Creating"), fmt.Sprintf(body, "Succeeded")}
	if made, err := s.client(t).EnsureCompute(t.Context(), cluster()); made || err != nil || s.count("GET "+path) != 3 {
		t.Errorf("made %v, %v", made, err)
	}
	s.answers[path] = []string{fmt.Sprintf(body, "Failed")}
	if _, err := s.client(t).EnsureCompute(t.Context(), cluster()); err == nil || !strings.Contains(err.Error(), "no cores") {
		t.Errorf("error %v", err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	s := newService(t)
	stranger, err := azure.Dial(azure.Target{Endpoint: s.URL, Credential: azure.Token("other"), Scope: azure.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.EnsureWorkspace(t.Context()); !errors.Is(err, azure.ErrDenied) {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := s.client(t).Run(t.Context(), "nobody"); !errors.Is(err, azure.ErrNotFound) || !strings.Contains(err.Error(), "there is no such thing") {
		t.Errorf("a job that is not there: %v", err)
	}
	s.Close()
	if _, err := s.client(t).EnsureWorkspace(t.Context()); !errors.Is(err, azure.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
}

const definition = `
type: pipeline
display_name: two
inputs:
  word: hello
  table: {type: uri_file, path: ./table.csv}
  far: {type: uri_folder, path: azureml://datastores/workspaceblobstore/paths/far/}
outputs:
  made: {type: custom_model, name: penguins}
settings: {default_compute: azureml:DS3-v2-cluster}
jobs:
  one:
    type: command
    code: ./src
    command: ./run.sh ${{inputs.word}} ${{inputs.table}} ${{inputs.far}} ${{outputs.made}}
    environment: {image: ubuntu}
    inputs: {word: "${{parent.inputs.word}}", table: "${{parent.inputs.table}}", far: "${{parent.inputs.far}}"}
    outputs: {made: "${{parent.outputs.made}}"}
  two:
    type: command
    code: ./src
    command: ./run.sh again
    environment: {image: ubuntu}
`

func project() map[string]string {
	return map[string]string{
		"p/pipeline.yml": definition, "p/table.csv": "a,b\n", "p/src/run.sh": "#!/bin/sh\n", "p/src/x/data.txt": "1", "p/src/.amlignore": "*.log\n",
		"p/src/out.log": "not wanted",
	}
}

func read(t *testing.T, src azure.Source) *pipeline.Pipeline {
	t.Helper()
	p, faults := load.Pipeline(src.Files, "p/pipeline.yml")
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	return p
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	s := newService(t)
	src := source(t, project())
	run, err := s.client(t).Submit(t.Context(), src, read(t, src), "calm_lake_1", "w-dev")
	if err != nil {
		t.Fatal(err)
	}
	if run.Name != "calm_lake_1" || run.Experiment != "w-dev" || run.Page != "http://page" {
		t.Errorf("run %+v", run)
	}
	names := s.names()
	if n := len(names); n != 4 { // three of code, which is that of both steps, and the table
		t.Errorf("uploaded %v", names)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".log") {
			t.Errorf("%s should be left out", name)
		}
		if got := s.metadata[name].Get("x-ms-meta-ischia_executable"); (got == "true") != strings.HasSuffix(name, ".sh") {
			t.Errorf("%s: executable %q", name, got)
		}
	}
	uploads := s.count("PUT /blob/")
	again := source(t, project())
	if _, err := s.client(t).Submit(t.Context(), again, read(t, again), "calm_lake_2", "w-dev"); err != nil {
		t.Fatal(err)
	}
	if n := s.count("PUT /blob/"); n != uploads {
		t.Errorf("the second submission uploaded %d files", n-uploads)
	}
	text, _ := json.Marshal(s.resources[base+"/jobs/calm_lake_1"])
	for _, part := range []string{`"assetName":"penguins"`, "azureml://datastores/workspaceblobstore/paths/LocalUpload/", "/table.csv", `"experimentName":"w-dev"`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the job lacks %s: %s", part, text)
		}
	}
}

func TestPublish(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if _, err := s.client(t).EnsureWorkspace(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish := func(change func(*pipeline.Pipeline)) azure.Published {
		t.Helper()
		src := source(t, project())
		p := read(t, src)
		change(p)
		got, err := s.client(t).Publish(t.Context(), src, p, azure.Publication{Name: "My_Repo-devbox", Description: "d"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := uuid.Parse(got.GUID); err != nil {
			t.Error(err)
		}
		return got
	}
	first := publish(func(*pipeline.Pipeline) {})
	same := publish(func(*pipeline.Pipeline) {})
	if !first.MadeEndpoint || same.MadeEndpoint || same.MadeDeployment || same.GUID != first.GUID {
		t.Errorf("first %+v\nagain %+v", first, same)
	}
	other := publish(func(p *pipeline.Pipeline) { _ = p.SetInput("word", "bye", "p") })
	if other.GUID == first.GUID || other.Endpoint != first.Endpoint || other.MadeEndpoint {
		t.Errorf("changed %+v", other)
	}
	if len(first.Parameters) != 1 || first.Parameters[0].Name != "word" || *first.Parameters[0].Default != "hello" {
		t.Errorf("parameters %+v", first.Parameters)
	}
	endpoint, _ := json.Marshal(s.resources[base+"/batchendpoints/"+first.Endpoint])
	if !strings.Contains(string(endpoint), other.Deployment) || len(first.Endpoint) > 32 {
		t.Errorf("the endpoint: %s", endpoint)
	}
	deployment, _ := json.Marshal(s.resources[base+"/batchendpoints/"+first.Endpoint+"/deployments/"+first.Deployment])
	if !strings.Contains(string(deployment), `"continue_on_step_failure":"False"`) {
		t.Errorf("the deployment: %s", deployment)
	}
	id := strings.ToLower(first.Component)
	component, _ := json.Marshal(s.resources[id])
	for _, part := range []string{`"name":"penguins"`, `paths/far/`, `"default":"hello"`} {
		if !strings.Contains(string(component), part) {
			t.Errorf("the component lacks %s: %s", part, component)
		}
	}
}

// seen keeps what a watcher is told.
type seen []string

func (s *seen) Step(name, status string) { *s = append(*s, name+": "+status) }
func (s *seen) Line(step, line string)   { *s = append(*s, step+" | "+line) }

func (s *service) history(run, children string, details ...string) {
	at := "/history/v1.0" + base + "/runs/" + run
	s.answers[at+"/children"] = []string{children}
	s.answers[at+"/details"] = details
}

func TestWatchFailure(t *testing.T) {
	t.Parallel()
	s := newService(t)
	c := s.client(t)
	if _, err := c.EnsureWorkspace(t.Context()); err != nil {
		t.Fatal(err)
	}
	job := `{"name":"j","properties":{"jobType":"Pipeline","status":%q}}`
	s.answers[base+"/jobs/j"] = []string{fmt.Sprintf(job, "Running"), fmt.Sprintf(job, "Failed")}
	log := fmt.Sprintf(`"logFiles":{"azureml-logs/70_driver_log.txt":"%[1]s/logs/old","user_logs/std_log.txt":"%[1]s/logs/one?sig=1"}`, s.URL)
	s.history("j", "", `{"status":"Failed","error":{"error":{"message":"a step failed"}}}`)
	s.answers["/history/v1.0"+base+"/runs/j/children"] = []string{
		`{"value":[{"runId":"c1","parentRunId":"j","displayName":"01_one","status":"Running"}]}`,
		`{"value":[{"runId":"c1","parentRunId":"j","displayName":"01_one","status":"Failed"}]}`,
	}
	s.history("c1", `{"value":[]}`, `{"status":"Running",`+log+`}`,
		`{"status":"Failed",`+log+`,"error":{"error":{"code":"UserError","message":"the command exited with status code 3"}},"properties":{"n":1}}`)
	s.logs["/logs/one"] = "first\nsecond, with no end"
	var told seen
	got, err := c.Watch(t.Context(), azure.Run{Name: "j"}, &told)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"01_one: Running", "01_one | first", "01_one | second, with no end", "01_one: Failed"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q", told)
	}
	f := got.Failed
	if got.Status != azure.Failed || got.Error != "a step failed" || f == nil || f.Step != "01_one" || f.ExitStatus == nil || *f.ExitStatus != 3 || len(f.Log) != 2 {
		t.Errorf("outcome %+v, %+v", got, f)
	}
}

// Where there is no run history the state of the run is followed all the same.
func TestWatchWithoutHistory(t *testing.T) {
	t.Parallel()
	s := newService(t)
	if _, err := s.client(t).EnsureWorkspace(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.answers[base+"/jobs/j"] = []string{
		`{"properties":{"jobType":"Pipeline","status":"Running"}}`, `{"properties":{"jobType":"Pipeline","status":"Completed"}}`,
	}
	var told seen
	if got, err := s.client(t).Watch(t.Context(), azure.Run{Name: "j"}, &told); err != nil || got.Status != azure.Completed || len(told) > 0 {
		t.Errorf("%+v, %v, %q", got, err, told)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.client(t).Watch(ctx, azure.Run{Name: "j"}, &told); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestMarker(t *testing.T) {
	t.Parallel()
	s := newService(t)
	for _, guid := range []string{"first", "second"} {
		m, err := s.client(t).UploadMarker(t.Context(), "", "/cdml/markers/", "w-dev", guid)
		if err != nil || m.URI() != "azureml://datastores/workspaceblobstore/paths/cdml/markers/w-dev.csv" || m.Container != "store" {
			t.Errorf("%+v, %v", m, err)
		}
	}
	if got := string(s.blobs["/blob/acct/store/cdml/markers/w-dev.csv"]); got != "id\nsecond\n" {
		t.Errorf("the marker is %q", got)
	}
	for _, dir := range []string{"../x", "a/../../b", "a\\b"} {
		if _, err := s.client(t).UploadMarker(t.Context(), "", dir, "w-dev", "x"); err == nil {
			t.Errorf("%q is taken", dir)
		}
	}
}

func TestNewName(t *testing.T) {
	t.Parallel()
	a, b := azure.NewName(), azure.NewName()
	if a == b || strings.Count(a, "_") != 2 || len(a) < 13 {
		t.Errorf("%q, %q", a, b)
	}
}

// What came of a submission is not known when no answer comes; the same again
// finds the job.
func TestJournal(t *testing.T) {
	t.Parallel()
	s := newService(t)
	src := source(t, project())
	journal := filepath.Join(t.TempDir(), "submissions")
	submit := func(transport policy.Transporter) (azure.Run, error) {
		c, err := azure.Dial(azure.Target{
			Endpoint: s.URL, Credential: azure.Token("the-token"), Scope: azure.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"},
			Journal: journal, Transport: transport, Retry: &policy.RetryOptions{MaxRetries: -1},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Told()
		return c.Submit(t.Context(), src, read(t, src), "", "w-dev")
	}
	if _, err := submit(lost{}); !errors.Is(err, azure.ErrUnreachable) {
		t.Fatalf("error %v", err)
	}
	if files := list(t, journal); len(files) != 2 || s.count("PUT "+base+"/jobs/") != 1 {
		t.Fatalf("journal %v", files)
	}
	found, err := submit(http.DefaultClient)
	if err != nil || !found.Found || s.count("PUT "+base+"/jobs/") != 1 {
		t.Errorf("found %+v, %v", found, err)
	}
	if files := list(t, journal); len(files) != 0 {
		t.Errorf("journal %v", files)
	}
	second, err := submit(http.DefaultClient)
	if err != nil || second.Found || second.Name == found.Name {
		t.Errorf("second %+v, %v", second, err)
	}
}

// lost loses the answers to PUTs of jobs.
type lost struct{}

func (lost) Do(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultClient.Do(r)
	if err == nil && r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/jobs/") {
		res.Body.Close()
		return nil, &url.Error{Op: "Put", URL: r.URL.String(), Err: io.ErrUnexpectedEOF}
	}
	return res, err
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
