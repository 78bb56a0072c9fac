package pipelinesapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/pipelinesapi"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// harness is the door beside the ARM door, over one real ledger. Jobs are
// checked, planned and recorded, and never run.
type harness struct {
	t      testing.TB
	server *httptest.Server
	ledger *workspace.Workspace
	runner *recorder
	lookup *lookups
	scope  workspace.Scope
	// artifacts is done when somebody asks for those of a job. May be nil.
	artifacts func(ctx context.Context, scope workspace.Scope, job string) error
}

func newHarness(t testing.TB) *harness {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "ledger.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	h := &harness{t: t, ledger: workspace.New(workspace.Config{Store: store}), scope: workspace.BuiltIn()}
	h.runner = &recorder{ledger: h.ledger}
	log := slog.New(slog.NewTextHandler(logWriter{t}, nil))
	armDoor := armapi.New(armapi.Config{
		Ledger: h.ledger, Runner: h.runner, Contents: nothing{}, Storage: storage{}, Location: "local",
		Tenant: "11111111-1111-1111-1111-111111111111", Log: log,
	})
	h.lookup = &lookups{from: armDoor.Lookup}
	door := pipelinesapi.New(pipelinesapi.Config{
		Ledger: h.ledger, Runner: h.runner, Lookup: h.lookup.of, Log: log, MaxBody: 64 << 10,
		JobPage: func(r *http.Request, _ workspace.Scope, job string) string {
			return "http://" + r.Host + "/jobs/" + job
		},
		LogLink: func(r *http.Request, _ workspace.Scope, job, file string) string {
			return "http://" + r.Host + "/jobs/" + job + "/log/" + file + "?sig=x"
		},
		FileLink: func(r *http.Request, _ workspace.Scope, datastore, path string) (string, error) {
			return "http://" + r.Host + "/blob/" + datastore + "/" + path + "?sig=y", nil
		},
		Artifacts: func(ctx context.Context, scope workspace.Scope, job string) error {
			if h.artifacts == nil {
				return nil
			}
			return h.artifacts(ctx, scope, job)
		},
	})
	mux := http.NewServeMux()
	mux.Handle("/subscriptions/", armDoor)
	for _, prefix := range pipelinesapi.Prefixes() {
		mux.Handle(prefix, door)
	}
	h.server = httptest.NewServer(mux)
	t.Cleanup(h.server.Close)
	return h
}

type logWriter struct{ t testing.TB }

func (w logWriter) Write(text []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(text)))
	return len(text), nil
}

// recorder is a runner that records what it accepts, with the inputs that the
// plan has.
type recorder struct {
	ledger *workspace.Workspace

	mu     sync.Mutex // guards orders
	orders []workspace.Order
}

func (f *recorder) Accept(ctx context.Context, scope workspace.Scope, o workspace.Order) (*workspace.Job, error) {
	p := o.Job.(*pipeline.Pipeline)
	if faults := p.Validate(nil); faults.HasErrors() {
		return nil, &workspace.Refused{Faults: faults}
	}
	planned, faults := plan.Build(p)
	if faults.HasErrors() {
		return nil, &workspace.Refused{Faults: faults}
	}
	s := workspace.Submission{
		Name: o.Name, Type: "pipeline", DisplayName: p.DisplayName.Value, Description: p.Description.Value,
		Experiment: o.Experiment, Tags: p.Tags, Properties: o.Properties, CreatedBy: o.CreatedBy,
		Definition: &workspace.Definition{Body: o.Body, Plan: []byte("{}")},
	}
	for _, in := range planned.Inputs {
		s.Spec.Inputs = append(s.Spec.Inputs, workspace.Port{Name: in.Name, Type: in.Type, Value: in.Value, URI: in.URI})
	}
	tree, err := f.ledger.Submit(ctx, scope, s)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders = append(f.orders, o)
	return tree.Root, nil
}

func (f *recorder) Nodes(context.Context, workspace.Scope, string) (workspace.Nodes, error) {
	return workspace.Nodes{}, nil
}

func (f *recorder) Delete(ctx context.Context, scope workspace.Scope, name string) error {
	return f.ledger.Delete(ctx, scope, name)
}

// last is the order that was accepted last.
func (f *recorder) last() workspace.Order {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.orders[len(f.orders)-1]
}

// lookups are those of the ARM door, counted, with data of the test's own.
type lookups struct {
	from func(workspace.Scope) arm.Lookup

	mu         sync.Mutex // guards what follows
	components int
	data       map[string]string
}

func (l *lookups) of(scope workspace.Scope) arm.Lookup { return counted{l.from(scope), l} }

func (l *lookups) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.components
}

func (l *lookups) set(uri, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.data == nil {
		l.data = map[string]string{}
	}
	l.data[uri] = name
}

type counted struct {
	arm.Lookup
	l *lookups
}

func (c counted) Component(ctx context.Context, id string) ([]byte, error) {
	c.l.mu.Lock()
	c.l.components++
	c.l.mu.Unlock()
	return c.Lookup.Component(ctx, id)
}

func (c counted) Data(ctx context.Context, uri string) (string, bool, error) {
	c.l.mu.Lock()
	name, ok := c.l.data[uri]
	c.l.mu.Unlock()
	if ok {
		return name, true, nil
	}
	return c.Lookup.Data(ctx, uri)
}

// nothing has been uploaded.
type nothing struct{}

func (nothing) Snapshot(context.Context, workspace.Scope, string, string) (string, []string, error) {
	return "", nil, workspace.ErrNotFound
}

type storage struct{}

func (storage) Account(workspace.Scope) string                       { return "account" }
func (storage) Container(_ workspace.Scope, datastore string) string { return datastore }
func (storage) Key(context.Context, workspace.Scope) (string, error) { return "", nil }
func (storage) URL(r *http.Request, _ workspace.Scope) string        { return "http://" + r.Host }
func (storage) SAS(context.Context, workspace.Scope, string, string, string, time.Time) (string, error) {
	return "", nil
}

// answer is what came back.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	text   string
}

// ask sends a request. path begins behind the workspace of a face of the door:
// "pipelines", "history", "data", "models", "mferp" or "arm".
func (h *harness) ask(method, face, path, body string, headers ...string) answer {
	h.t.Helper()
	base := map[string]string{
		"pipelines": "/pipelines/v1.0", "history": "/history/v1.0", "mferp": "/mferp/managementfrontend", "arm": "",
		"data": "/data/v1.0", "models": "/modelregistry/v1.0",
	}[face]
	return h.get(method, h.server.URL+base+h.scope.ARMID()+path, body, headers...)
}

func (h *harness) get(method, url, body string, headers ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := h.server.Client().Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{h.t, res.StatusCode, res.Header, string(text)}
}

func (a answer) want(status int) answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("got %d, want %d: %s", a.status, status, a.text)
	}
	return a
}

// field is a member of the answer, at a path with dots.
func (a answer) field(path string) any {
	a.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(a.text), &v); err != nil {
		a.t.Fatalf("%v: %s", err, a.text)
	}
	for _, name := range strings.Split(path, ".") {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

func (a answer) string(path string) string {
	a.t.Helper()
	text, ok := a.field(path).(string)
	if !ok {
		a.t.Fatalf("%s is no text in %s", path, a.text)
	}
	return text
}

// shape is an answer as golden files have it.
func (h *harness) shape(a answer) []byte {
	h.t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%d\n", a.status)
	if a.text != "" {
		if err := json.Indent(&b, []byte(a.text), "", "  "); err != nil {
			h.t.Fatal(err)
		}
		b.WriteByte('\n')
	}
	out := strings.ReplaceAll(b.String(), h.server.URL, "http://SERVER")
	out = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`).ReplaceAllString(out, "TIME")
	return []byte(regexp.MustCompile(`[a-z]+_[a-z]+_[a-z0-9]{10}`).ReplaceAllString(out, "JOB"))
}

// train is the component that the tests publish: parameters of all types, one
// of them data without a default.
const train = `{"componentSpec":{"type":"pipeline","name":"azureml_anonymous","version":"1","inputs":{
	"use_test_dataset":{"type":"string","default":"False","enum":["True","False"]},
	"train_test_ratio":{"type":"number","default":"0.8","min":"0","max":"1"},
	"epochs":{"type":"integer","default":"3"},
	"shuffle":{"type":"boolean","default":"True"},
	"raw":{"type":"uri_folder","optional":true}},
	"outputs":{"model":{"type":"custom_model"}},
	"jobs":{"train":{"type":"command","name":"train",
		"componentId":"SCOPE/components/azureml_anonymous/versions/leaf",
		"inputs":{"ratio":{"job_input_type":"literal","value":"${{parent.inputs.train_test_ratio}}"},
			"flag":{"job_input_type":"literal","value":"${{parent.inputs.use_test_dataset}}"},
			"epochs":{"job_input_type":"literal","value":"${{parent.inputs.epochs}}"},
			"shuffle":{"job_input_type":"literal","value":"${{parent.inputs.shuffle}}"},
			"raw":{"job_input_type":"literal","value":"${{parent.inputs.raw}}"}},
		"outputs":{"model":{"value":"${{parent.outputs.model}}","type":"literal"}}}}}}`

const leaf = `{"componentSpec":{"type":"command","name":"azureml_anonymous","version":"1",
	"command":"train ${{inputs.ratio}} ${{inputs.flag}} ${{inputs.epochs}} ${{inputs.shuffle}} $[[${{inputs.raw}}]] ${{outputs.model}}",
	"environment":"azureml:AzureML-sklearn@latest",
	"inputs":{"ratio":{"type":"number"},"flag":{"type":"string"},"epochs":{"type":"integer"},"shuffle":{"type":"boolean"},
		"raw":{"type":"uri_folder","optional":true}},
	"outputs":{"model":{"type":"custom_model"}}}}`

// register puts a version of an anonymous component.
func (h *harness) register(version, properties string) string {
	h.t.Helper()
	path := "/components/azureml_anonymous/versions/" + version
	properties = strings.ReplaceAll(properties, "SCOPE", h.scope.ARMID())
	a := h.ask("PUT", "arm", path, `{"properties":`+properties+`}`)
	if a.status != 200 && a.status != 201 {
		h.t.Fatalf("register %s: %d %s", version, a.status, a.text)
	}
	return h.scope.ARMID() + path
}

// publish deploys a component, makes the deployment the default one, and says
// the GUID.
func (h *harness) publish(endpoint, deployment, component string, settings ...string) string {
	h.t.Helper()
	path := "/batchEndpoints/" + endpoint
	if h.ask("GET", "arm", path, "").status == 404 {
		h.ask("PUT", "arm", path, `{"location":"local","properties":{"authMode":"AADToken"}}`).want(201)
	}
	set := "{" + strings.Join(settings, ",") + "}"
	a := h.ask("PUT", "arm", path+"/deployments/"+deployment, `{"location":"local","properties":{"description":"a pipeline","deploymentConfiguration":{
		"deploymentConfigurationType":"PipelineComponent","componentId":{"referenceType":"Id","assetId":"`+component+`"},"settings":`+set+`}}}`)
	if a.status != 200 && a.status != 201 {
		h.t.Fatalf("publish %s: %d %s", deployment, a.status, a.text)
	}
	h.ask("PUT", "arm", path, `{"location":"local","properties":{"authMode":"AADToken","defaults":{"deploymentName":"`+deployment+`"}}}`).want(200)
	props, _ := a.field("properties.properties").(map[string]any)
	id, _ := props["ischia.pipelineId"].(string)
	if id == "" {
		h.t.Fatalf("no id in %s", a.text)
	}
	return id
}

// published is a harness with one published pipeline.
func published(t testing.TB) (*harness, string) {
	t.Helper()
	h := newHarness(t)
	h.register("leaf", leaf)
	return h, h.publish("demo-devbox", "v1", h.register("train", train))
}
