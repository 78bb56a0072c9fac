package armapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/internal/workspace/workspacetest"
)

// lookedUp is a harness with assets in its workspace, in another one and in a
// registry.
func lookedUp(t *testing.T) *harness {
	t.Helper()
	h := uploaded(t)
	bodies := assetBodies()
	h.ask("PUT", "components/train/versions/1", bodies["components"][0]).want(t, 201)
	h.ask("PUT", "components/train/versions/2", bodies["components"][1]).want(t, 201)
	h.ask("PUT", "codes/code/versions/1", bodies["codes"][0]).want(t, 201)
	h.ask("PUT", "data/iris/versions/1", bodies["data"][0]).want(t, 201)
	h.ask("PUT", "models/m/versions/1", bodies["models"][0]).want(t, 201)
	h.ask("PUT", "environments/CliV2AnonymousEnvironment/versions/abc", bodies["environments"][0]).want(t, 201)
	h.ask("PUT", registryPath, `{"location":"local","properties":{}}`).want(t, 201)
	h.ask("PUT", registryPath+"/components/shared/versions/7", bodies["components"][0]).want(t, 201)
	for _, r := range []*workspace.Resource{{
		ResourceKey: workspace.ResourceKey{
			Scope:      workspace.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "other"},
			Collection: workspace.Components, Name: "train", Version: "1",
		},
		Body: []byte(`{"properties":{"componentSpec":{"other":true}}}`),
	}} {
		if err := h.ledger.Resources().PutResources(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

const registryPath = "/subscriptions/sub/resourceGroups/group/providers/Microsoft.MachineLearningServices/registries/reg"

func TestLookupComponent(t *testing.T) {
	t.Parallel()
	h := lookedUp(t)
	l := h.handler.Lookup(h.scope)
	own := h.scope.ARMID() + "/components/train/"
	const other = "/subscriptions/S/resourcegroups/G/providers/microsoft.machinelearningservices/workspaces/OTHER/components/train/versions/1"
	for id, want := range map[string]string{
		own + "versions/1": "echo 1", own + "labels/latest": "echo 2", "train:1": "echo 1", "train@latest": "echo 2", "azureml:train:2": "echo 2",
		other: "other", "azureml://registries/reg/components/shared/versions/7": "echo 1",
		"azureml://registries/REG/components/shared/labels/latest": "echo 1", registryPath + "/components/shared/versions/7": "echo 1",
		own + "versions/9": "", "train@best": "", "train": "", "azureml://registries/reg/components/shared": "", "": "", "a/b": "",
		"azureml://registries/none/components/shared/versions/7": "", "azureml://registries/reg/environments/shared/versions/7": "",
		h.scope.ARMID() + "/codes/code/versions/1": "", "tr/../ain:1": "", "train:../1": "",
	} {
		text, err := l.Component(t.Context(), id)
		if err != nil || want == "" && text != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %s, %v; want %q", id, text, err, want)
		}
	}
}

func TestLookupOthers(t *testing.T) {
	t.Parallel()
	h := lookedUp(t)
	l := h.handler.Lookup(h.scope)
	env := must(l.Environment(t.Context(), h.scope.ARMID()+"/environments/CliV2AnonymousEnvironment/versions/abc"))(t)
	if env.Image == nil || *env.Image != "python:3.11" {
		t.Errorf("the environment is %+v", env)
	}
	if _, err := l.Environment(t.Context(), "nope:1"); !errors.Is(err, workspace.ErrInvalid) {
		t.Errorf("no environment: %v", err)
	}
	code := must(l.Code(t.Context(), h.scope.ARMID()+"/codes/code/versions/1"))(t)
	if _, err := l.Code(t.Context(), "nope:1"); !errors.Is(err, workspace.ErrInvalid) {
		t.Errorf("no code: %v", err)
	}
	// What was uploaded over it since changes nothing.
	h.upload(workspace.BlobStore, "LocalUpload/c1/src/a.py", "changed")
	if again := must(l.Code(t.Context(), h.scope.ARMID()+"/codes/code/versions/1"))(t); again != code {
		t.Errorf("code is %s, then %s", code, again)
	}
	model, ok, err := l.Data(t.Context(), "azureml:m:1")
	if err != nil || !ok || model != code {
		t.Errorf("the model is %s, %v, %v; want %s", model, ok, err, code)
	}
	now, ok, err := l.Data(t.Context(), "azureml:iris@latest")
	if err != nil || !ok || now == code {
		t.Errorf("the data is %s, %v, %v", now, ok, err)
	}
}

func TestLookupData(t *testing.T) {
	t.Parallel()
	h := lookedUp(t)
	h.upload(workspace.BlobStore, "raw/a.csv", "a")
	l := h.handler.Lookup(h.scope)
	account := fakeStorage{}.Account(h.scope)
	container := fakeStorage{}.Container(h.scope, workspace.BlobStore)
	const store = "azureml://datastores/workspaceblobstore/paths/"
	for uri, want := range map[string]string{
		store + "LocalUpload/c1/src":      ".tree/sha256:",
		store + "LocalUpload/c1/src/":     ".tree/sha256:",
		store + "LocalUpload/c2/src/a.py": ".file/sha256:",
		store + "LocalUpload/none/src":    "",
		store + "raw/a.csv":               "",
		"azureml:nope:1":                  "",
		"azureml://datastores/no/paths/x": "",
		"https://example.com/a.csv":       "",
		"azureml://jobs/nope/outputs/x":   "",
		"${{parent.inputs.x}}":            "",
		h.server.URL + "/blob/" + account + "/" + container + "/raw/a.csv":               ".file/sha256:",
		"https://" + account + ".blob.core.windows.net/" + container + "/raw/a.csv?sv=1": ".file/sha256:",
		"wasbs://" + container + "@" + account + ".blob.core.windows.net/raw":            ".tree/sha256:",
	} {
		name, ok, err := l.Data(t.Context(), uri)
		if err != nil || ok != (want != "") || !strings.HasPrefix(name, want) {
			t.Errorf("%s: %s, %v, %v; want %q", uri, name, ok, err, want)
		}
	}
	for _, uri := range []string{
		"file:///etc/passwd", "/etc/passwd", "data/x", "http://169.254.169.254/x", `C:\x`,
		h.server.URL + "/blob/other/" + container + "/raw/a.csv", h.server.URL + "/blob/" + account + "/" + container + "/raw/b.csv",
		h.server.URL + "/" + account + "/" + container + "/raw/a.csv", "http://localhost:1/a.csv",
	} {
		if _, _, err := l.Data(t.Context(), uri); !errors.Is(err, workspace.ErrInvalid) {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// TestModelOfJob: a model that is registered from the output of a job says so,
// and keeps it.
func TestModelOfJob(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	_, err := h.ledger.Submit(t.Context(), h.scope, workspace.Submission{
		Name: "job1", Type: "command", Spec: workspace.Spec{Outputs: []workspace.Port{
			{Name: "model", Type: "custom_model", URI: "azureml://datastores/workspaceblobstore/paths/azureml/job1/model/"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	put := func(uri string, status int) string {
		return h.ask("PUT", "models/m/versions/1", `{"properties":{"modelUri":"`+uri+`"}}`).want(t, status).text
	}
	put("azureml://jobs/job1/outputs/model", 400) // nothing is there yet
	h.upload(workspace.BlobStore, "azureml/job1/model/weights.bin", "w")
	put("azureml://jobs/job1/outputs/other", 400)
	put("azureml://jobs/job1/outputs/model/paths/../x", 400)
	put("azureml://jobs/job1/outputs/model/paths/none", 400)
	if text := put("azureml://jobs/job1/outputs/model/paths/weights.bin", 201); !strings.Contains(text, `"jobName":"job1"`) {
		t.Errorf("it does not say of which job: %s", text)
	}
	h.upload(workspace.ArtifactStore, "ExperimentRun/dcid.job1/model/MLmodel", "m")
	h.ask("PUT", "models/m/versions/2", `{"properties":{"modelUri":"runs:/job1/model","modelType":"mlflow_model"}}`).want(t, 201)
}

// TestMadeAssets: what a step registered is what it made, whatever lies there now.
func TestMadeAssets(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	digest := "sha256:" + strings.Repeat("b", 64)
	for _, r := range []struct {
		collection workspace.Collection
		body, want string
	}{
		{workspace.Models, `{"properties":{"modelUri":"azureml://datastores/workspaceblobstore/paths/azureml/j/m/"}}`, ".tree/" + digest},
		{workspace.Data, `{"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/workspaceblobstore/paths/azureml/j/d/a.csv"}}`, ".file/" + digest + "/a.csv"},
	} {
		_, err := h.ledger.Resources().AddVersion(t.Context(), &workspace.Resource{
			ResourceKey: workspace.ResourceKey{Scope: h.scope, Collection: r.collection, Name: "made-" + string(r.collection)},
			Body:        []byte(r.body), Digests: []string{digest},
		})
		if err != nil {
			t.Fatal(err)
		}
		name, ok, err := h.handler.Lookup(h.scope).Data(t.Context(), "azureml:made-"+string(r.collection)+"@latest")
		if err != nil || !ok || name != r.want {
			t.Errorf("it is %s, %v, %v; want %s", name, ok, err, r.want)
		}
	}
}

// FuzzAddress: whatever an address looks like, it is content of this home, left
// alone or refused; and one that leads somewhere leads there in the body of an
// asset as well.
func FuzzAddress(f *testing.F) {
	for _, uri := range []string{
		"azureml://datastores/workspaceblobstore/paths/LocalUpload/c1/src", "azureml://datastores/workspaceblobstore/paths/../secret",
		"azureml://datastores/workspaceblobstore/paths/LocalUpload/..%2f..", "azureml://subscriptions/s/resourcegroups/g/workspaces/w/datastores/d/paths/x",
		"azureml://subscriptions/s/resourceGroups/g/providers/P/workspaces/w/datastores/workspaceblobstore/paths/LocalUpload/c1",
		"http://h/blob/acct/c/p?sig=x", "https://acct.blob.core.windows.net/c/p", "wasbs://c@acct.blob.core.windows.net/p", "azureml://jobs/j/outputs/o/paths/p",
		"runs:/j/p", "azureml:n:1", "azureml:n@latest", "azureml://registries/r/data/d/versions/1", "file:///x", "\x00", "https://[::1",
	} {
		f.Add(uri)
	}
	handler := inMemory(f)
	f.Fuzz(func(t *testing.T, uri string) {
		name, ok, err := handler.Lookup(workspace.BuiltIn()).Data(t.Context(), uri)
		switch {
		case err != nil && !errors.Is(err, workspace.ErrInvalid):
			t.Errorf("%q: %v", uri, err)
		case ok && !strings.HasPrefix(name, ".tree/sha256:") && !strings.HasPrefix(name, ".file/sha256:"):
			t.Errorf("%q is %s", uri, name)
		}
		body, bad := json.Marshal(map[string]any{"properties": map[string]any{"dataType": "uri_folder", "dataUri": uri}})
		if bad != nil {
			t.Fatal(bad)
		}
		path := workspace.BuiltIn().ARMID() + "/data/d/versions/1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPut, path, bytes.NewReader(body)))
		if w.Code >= 500 || err != nil && w.Code != 400 {
			t.Errorf("%q is answered with %d %s; the lookup says %v", uri, w.Code, w.Body, err)
		}
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodDelete, path, nil))
	})
}

// inMemory is a door without a network and files.
func inMemory(f *testing.F) *armapi.Handler {
	f.Helper()
	ledger := workspace.New(workspace.Config{Store: workspacetest.NewMemory()})
	err := ledger.Files().Put(f.Context(), []workspace.File{{
		Scope: workspace.BuiltIn(), Datastore: workspace.BlobStore, Path: "LocalUpload/c1/src/a.py", Digest: "sha256:" + strings.Repeat("a", 64),
	}})
	if err != nil {
		f.Fatal(err)
	}
	return armapi.New(armapi.Config{
		Ledger: ledger, Runner: &fakeRunner{ledger: ledger}, Contents: &fakeContents{ledger: ledger}, Storage: fakeStorage{},
		Location: "local", Log: slog.New(slog.DiscardHandler),
	})
}
