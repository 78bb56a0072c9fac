package armapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// assetBodies are bodies of versions that differ in what makes a version.
func assetBodies() map[string][2]string {
	environment := `{"properties":{"image":"python:3.%d","condaFile":"name: x\ndependencies: [python]\n"}}`
	component := `{"properties":{"componentSpec":{"type":"command","name":"train","version":"1","command":"echo %d","environment":"azureml:AzureML-sklearn@latest","inputs":{"z":{"type":"integer","default":"1"},"a":{"type":"string"}}},"description":"d"}}`
	return map[string][2]string{
		"codes": {
			`{"properties":{"codeUri":"azureml://datastores/workspaceblobstore/paths/LocalUpload/c1/src","properties":{"hash_sha256":"h1","hash_version":"202208"}}}`,
			`{"properties":{"codeUri":"azureml://datastores/workspaceblobstore/paths/LocalUpload/c2/src","properties":{"hash_sha256":"h2","hash_version":"202208"}}}`,
		},
		"data": {
			`{"properties":{"dataType":"uri_folder","dataUri":"azureml://datastores/workspaceblobstore/paths/LocalUpload/c1/src/","tags":{"team":"a"}}}`,
			`{"properties":{"dataType":"uri_folder","dataUri":"azureml://datastores/workspaceblobstore/paths/LocalUpload/c2/src/"}}`,
		},
		"environments": {fmt.Sprintf(environment, 11), fmt.Sprintf(environment, 12)},
		"components":   {fmt.Sprintf(component, 1), fmt.Sprintf(component, 2)},
		"models": {
			`{"properties":{"modelType":"custom_model","modelUri":"azureml://datastores/workspaceblobstore/paths/LocalUpload/c1/src","tags":{"stage":"x","y":"2"}}}`,
			`{"properties":{"modelType":"custom_model","modelUri":"azureml://datastores/workspaceblobstore/paths/LocalUpload/c2/src"}}`,
		},
	}
}

// uploaded is a harness whose default datastore holds two folders.
func uploaded(t *testing.T) *harness {
	t.Helper()
	h := newHarness(t)
	h.upload(workspace.BlobStore, "LocalUpload/c1/src/a.py", "one")
	h.upload(workspace.BlobStore, "LocalUpload/c1/src/b.py", "two")
	h.upload(workspace.BlobStore, "LocalUpload/c2/src/a.py", "three")
	return h
}

// versionsClient is what the SDK's clients for versions have in common.
type versionsClient[B, CO, CR, GO, GR, DO, DR, LO, LR any] interface {
	CreateOrUpdate(ctx context.Context, group, ws, name, version string, body B, o *CO) (CR, error)
	Get(ctx context.Context, group, ws, name, version string, o *GO) (GR, error)
	Delete(ctx context.Context, group, ws, name, version string, o *DO) (DR, error)
	NewListPager(group, ws, name string, o *LO) *runtime.Pager[LR]
}

// containersClient is the same for containers.
type containersClient[B, CO, CR, GO, GR, DO, DR, LO, LR any] interface {
	CreateOrUpdate(ctx context.Context, group, ws, name string, body B, o *CO) (CR, error)
	Get(ctx context.Context, group, ws, name string, o *GO) (GR, error)
	Delete(ctx context.Context, group, ws, name string, o *DO) (DR, error)
	NewListPager(group, ws string, o *LO) *runtime.Pager[LR]
}

// from reads one of the SDK's models.
func from[B any](t *testing.T, text string) B {
	t.Helper()
	var body B
	if err := json.Unmarshal([]byte(text), &body); err != nil {
		t.Fatal(err)
	}
	return body
}

// member is the text of a member of what a client gave, by a path with dots.
func member(t *testing.T, v any, path string) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var at any
	if err := json.Unmarshal(text, &at); err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(path, ".") {
		if i := strings.Index("0123456789", name); i >= 0 {
			list, _ := at.([]any)
			if i >= len(list) {
				return ""
			}
			at = list[i]
			continue
		}
		m, _ := at.(map[string]any)
		at = m[name]
	}
	if at == nil {
		return ""
	}
	return fmt.Sprint(at)
}

func expect(t *testing.T, v any, path, want string) {
	t.Helper()
	if got := member(t, v, path); got != want {
		t.Errorf("%s is %q, want %q", path, got, want)
	}
}

// testVersions drives the life of versions of one kind.
func testVersions[B, CO, CR, GO, GR, DO, DR, LO, LR any](
	t *testing.T, h *harness, collection string, c versionsClient[B, CO, CR, GO, GR, DO, DR, LO, LR],
) {
	t.Helper()
	ctx, group, ws := t.Context(), h.scope.ResourceGroup, h.scope.Workspace
	bodies := assetBodies()[collection]
	first, second := from[B](t, bodies[0]), from[B](t, bodies[1])
	_, err := c.Get(ctx, group, ws, "thing", "1", nil)
	fails(t, err, 404, "ResourceNotFound")
	made := must(c.CreateOrUpdate(ctx, group, ws, "thing", "1", first, nil))(t)
	expect(t, made, "id", h.scope.ARMID()+"/"+collection+"/thing/versions/1")
	expect(t, made, "name", "1")
	expect(t, made, "type", "Microsoft.MachineLearningServices/workspaces/"+collection+"/versions")
	expect(t, made, "properties.isArchived", "false")
	h.ask("PUT", collection+"/thing/versions/1", bodies[0]).want(t, 200) // the same again
	must(c.CreateOrUpdate(ctx, group, ws, "thing", "2", second, nil))(t)
	must(c.Get(ctx, group, ws, "thing", "1", nil))(t)
	_, err = c.CreateOrUpdate(ctx, group, ws, "thing", "1", second, nil)
	if err == nil {
		t.Error("a version was changed")
	}
	pages := all(t, c.NewListPager(group, ws, "thing", nil))
	expect(t, pages, "0.value.0.name", "2")
	expect(t, pages, "0.value.1.name", "1")
	must(c.Delete(ctx, group, ws, "thing", "2", nil))(t)
	must(c.Delete(ctx, group, ws, "thing", "2", nil))(t) // 204
	_, err = c.Get(ctx, group, ws, "thing", "2", nil)
	fails(t, err, 404, "ResourceNotFound")
}

// testContainers drives the life of containers of one kind, of which testVersions
// left one.
func testContainers[B, CO, CR, GO, GR, DO, DR, LO, LR any](
	t *testing.T, h *harness, collection string, c containersClient[B, CO, CR, GO, GR, DO, DR, LO, LR],
) {
	t.Helper()
	ctx, group, ws := t.Context(), h.scope.ResourceGroup, h.scope.Workspace
	got := must(c.Get(ctx, group, ws, "thing", nil))(t)
	expect(t, got, "properties.latestVersion", "1")
	expect(t, got, "properties.nextVersion", "2")
	expect(t, got, "name", "thing")
	put := must(c.CreateOrUpdate(ctx, group, ws, "thing", from[B](t, `{"properties":{"description":"d","tags":{"a":"b"}}}`), nil))(t)
	expect(t, put, "properties.description", "d")
	expect(t, put, "properties.latestVersion", "1")
	expect(t, all(t, c.NewListPager(group, ws, nil)), "0.value.0.name", "thing")
	must(c.CreateOrUpdate(ctx, group, ws, "thing", from[B](t, `{"properties":{"isArchived":true}}`), nil))(t)
	expect(t, all(t, c.NewListPager(group, ws, nil)), "0.value.0", "")
	must(c.Delete(ctx, group, ws, "thing", nil))(t)
	_, err := c.Get(ctx, group, ws, "thing", nil)
	fails(t, err, 404, "ResourceNotFound")
	h.ask("GET", collection+"/thing/versions/1", "").want(t, 404)
	h.ask("DELETE", collection+"/thing", "").want(t, 204)
}

func TestAssets(t *testing.T) {
	t.Parallel()
	t.Run("codes", func(t *testing.T) {
		t.Parallel()
		h := uploaded(t)
		testVersions(t, h, "codes", h.factory().NewCodeVersionsClient())
		testContainers(t, h, "codes", h.factory().NewCodeContainersClient())
	})
	t.Run("data", func(t *testing.T) {
		t.Parallel()
		h := uploaded(t)
		testVersions(t, h, "data", h.factory().NewDataVersionsClient())
		testContainers(t, h, "data", h.factory().NewDataContainersClient())
	})
	t.Run("environments", func(t *testing.T) {
		t.Parallel()
		h := uploaded(t)
		testVersions(t, h, "environments", h.factory().NewEnvironmentVersionsClient())
		testContainers(t, h, "environments", h.factory().NewEnvironmentContainersClient())
	})
	t.Run("components", func(t *testing.T) {
		t.Parallel()
		h := uploaded(t)
		testVersions(t, h, "components", h.factory().NewComponentVersionsClient())
		testContainers(t, h, "components", h.factory().NewComponentContainersClient())
	})
	t.Run("models", func(t *testing.T) {
		t.Parallel()
		h := uploaded(t)
		testVersions(t, h, "models", h.factory().NewModelVersionsClient())
		testContainers(t, h, "models", h.factory().NewModelContainersClient())
	})
}

// TestAssetShapes: what goes over the wire, one file for each kind.
func TestAssetShapes(t *testing.T) {
	t.Parallel()
	for collection, bodies := range assetBodies() {
		t.Run(collection, func(t *testing.T) {
			t.Parallel()
			h := uploaded(t)
			var all []byte
			for _, ask := range []struct{ method, path, body string }{
				{"PUT", collection + "/thing/versions/1", bodies[0]},
				{"PUT", collection + "/thing/versions/1", bodies[1]},
				{"GET", collection + "/thing/versions/1", ""},
				{"GET", collection + "/thing/versions", ""},
				{"GET", collection + "/thing", ""},
				{"GET", collection, ""},
				{"GET", collection + "/other", ""},
			} {
				all = append(all, "== "+ask.method+" "+ask.path+"\n"...)
				all = append(all, h.shape(h.ask(ask.method, ask.path, ask.body))...)
			}
			golden.Check(t, all, "testdata/assets/"+collection+".txt")
		})
	}
}

// TestVersionLists: order, pages, views and what clients find latest by.
func TestVersionLists(t *testing.T) {
	t.Parallel()
	h := uploaded(t)
	c := h.factory().NewModelVersionsClient()
	for i := range 5 {
		body := strings.Replace(assetBodies()["models"][i%2], `"custom_model"`, `"custom_model","description":"the `+fmt.Sprint(i)+`th"`, 1)
		h.ask("PUT", fmt.Sprintf("models/m/versions/%d", i+1), body).want(t, 201)
	}
	names := func(query string) string {
		text := h.ask("GET", "models/m/versions"+query, "").want(t, 200).text
		var page struct{ Value []struct{ Name string } }
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		out := ""
		for _, v := range page.Value {
			out += v.Name
		}
		return out
	}
	for query, want := range map[string]string{
		"?$orderBy=createdtime%20desc&$top=1": "5", "?$top=2&$skip=1": "43", "?$orderBy=createdtime+asc": "12345",
		"?tags=stage": "531", "?tags=stage=x,y=2&$top=2": "53", "?tags=stage%3Dz": "", "?version=4": "4", "?description=2th": "3",
		"?properties=no": "", "?listViewType=ArchivedOnly": "", "?listViewType=all": "54321",
	} {
		if got := names(query); got != want {
			t.Errorf("%s gives %q, want %q", query, got, want)
		}
	}
	h.ask("GET", "models/m/versions?listViewType=Some", "").want(t, 400)
	h.ask("GET", "models/m/versions?$orderBy=name", "").want(t, 400)
	got := must(c.Get(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, "m", "5", nil))(t)
	yes := true
	got.Properties.IsArchived = &yes
	must(c.CreateOrUpdate(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, "m", "5", got.ModelVersion, nil))(t)
	if got := names(""); got != "4321" {
		t.Errorf("with one archived: %s", got)
	}
	if got := names("?listViewType=ArchivedOnly"); got != "5" {
		t.Errorf("archived: %s", got)
	}
	container := must(h.factory().NewModelContainersClient().Get(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, "m", nil))(t)
	expect(t, container, "properties.latestVersion", "4")
	expect(t, container, "properties.nextVersion", "6")
}

// TestCodeByHash: azure-ai-ml asks whether somebody has uploaded its code, with
// a name that it has just made up.
func TestCodeByHash(t *testing.T) {
	t.Parallel()
	h := uploaded(t)
	// The version of the hash is a number here.
	code := strings.Replace(assetBodies()["codes"][0], `"202208"`, `202208`, 1)
	h.ask("PUT", "codes/made-up/versions/1", code).want(t, 201)
	for query, want := range map[string]int{
		"hash=h1&hashVersion=202208": 1, "hash=h1": 1, "hash=h1&hashVersion=1": 0, "hash=h2&hashVersion=202208": 0,
	} {
		text := h.ask("GET", "codes/other/versions?"+query, "").want(t, 200).text
		var page struct{ Value []struct{ ID string } }
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Value) != want || want == 1 && !strings.HasSuffix(page.Value[0].ID, "/codes/made-up/versions/1") {
			t.Errorf("%s: %s", query, text)
		}
	}
}

// TestPutAgain: what may be said again of a version, and what not.
func TestPutAgain(t *testing.T) {
	t.Parallel()
	h := uploaded(t)
	h.upload(workspace.BlobStore, "LocalUpload/again/src/a.py", "one")
	h.upload(workspace.BlobStore, "LocalUpload/again/src/b.py", "two")
	uri := "azureml://datastores/workspaceblobstore/paths/LocalUpload/"
	long := "azureml:/" + strings.Replace(h.scope.ARMID(), "resourceGroups", "resourcegroups", 1) + "/datastores/workspaceblobstore/paths/LocalUpload/"
	long = strings.Replace(long, "/providers/Microsoft.MachineLearningServices", "", 1)
	const envA, envB = `{"properties":{"image":"a","isAnonymous":true}}`, `{"properties":{"image":"b","isAnonymous":true}}`
	for _, tt := range []struct {
		path, first, second string
		status              int
		code                string
	}{
		{"codes/c/versions/1", `{"properties":{"codeUri":"` + uri + `c1/src"}}`, `{"properties":{"codeUri":"` + uri + `again/src"}}`, 200, ""},
		{"codes/d/versions/1", `{"properties":{"codeUri":"` + uri + `c1/src"}}`, `{"properties":{"codeUri":"` + uri + `c2/src"}}`, 400, "UserError"},
		{"data/d/versions/1", `{"properties":{"dataType":"uri_folder","dataUri":"` + uri + `c1/src"}}`, `{"properties":{"dataType":"uri_folder","dataUri":"` + long + `c1/src/"}}`, 200, ""},
		{"data/e/versions/1", `{"properties":{"dataType":"uri_folder","dataUri":"` + uri + `c1/src"}}`, `{"properties":{"dataType":"uri_folder","dataUri":"` + uri + `c2/src"}}`, 400, "UserError"},
		{"data/f/versions/1", `{"properties":{"dataType":"uri_folder","dataUri":"` + uri + `c1/src"}}`, `{"properties":{"dataType":"mltable","dataUri":"` + uri + `c1/src"}}`, 409, "Conflict"},
		{"environments/e/versions/1", `{"properties":{"image":"a"}}`, `{"properties":{"image":"a","condaFile":null,"tags":{"x":"y"}}}`, 200, ""},
		{"environments/g/versions/1", `{"properties":{"image":"a"}}`, `{"properties":{"image":"a","osType":"Linux","environmentType":"UserCreated","isArchived":true}}`, 200, ""},
		{"environments/f/versions/1", `{"properties":{"image":"a"}}`, `{"properties":{"image":"b"}}`, 409, "Conflict"},
		{"environments/CliV2AnonymousEnvironment/versions/abc", envA, envB, 200, ""},
	} {
		h.ask("PUT", tt.path, tt.first).want(t, 201)
		got := h.ask("PUT", tt.path, tt.second)
		if got.status != tt.status || got.header.Get("x-ms-error-code") != tt.code {
			t.Errorf("%s: got %d %s, want %d %s: %s", tt.path, got.status, got.header.Get("x-ms-error-code"), tt.status, tt.code, got.text)
		}
	}
	if text := h.ask("GET", "environments/CliV2AnonymousEnvironment/versions/abc", "").text; !strings.Contains(text, `"image":"a"`) {
		t.Errorf("an anonymous version was changed: %s", text)
	}
	if text := h.ask("GET", "environments", "").text; strings.Contains(text, "Anonymous") {
		t.Errorf("it is listed: %s", text)
	}
	if text := h.ask("GET", "environments/e/versions/1", "").text; !strings.Contains(text, `"x":"y"`) {
		t.Errorf("tags did not change: %s", text)
	}
}

// TestRefusedAssets: what is wrong with a body is said, with all its faults.
func TestRefusedAssets(t *testing.T) {
	t.Parallel()
	h := uploaded(t)
	for name, tt := range map[string]struct{ path, body, want string }{
		"no properties":   {"data/d/versions/1", `{}`, "properties"},
		"properties":      {"data/d/versions/1", `{"properties":[]}`, "properties"},
		"tags":            {"models/d/versions/1", `{"properties":{"modelUri":"https://x/y","tags":["a"]}}`, "body"},
		"container":       {"codes/d", `{"properties":{"isArchived":"x"}}`, "properties"},
		"code, nowhere":   {"codes/d/versions/1", `{"properties":{}}`, "address"},
		"code, elsewhere": {"codes/d/versions/1", `{"properties":{"codeUri":"https://example.com/x"}}`, "storage"},
		"code, not there": {"codes/d/versions/1", `{"properties":{"codeUri":"azureml://datastores/workspaceblobstore/paths/nope"}}`, "nothing was uploaded"},
		"code, way out":   {"codes/d/versions/1", `{"properties":{"codeUri":"azureml://datastores/workspaceblobstore/paths/../x"}}`, "clean"},
		"file":            {"data/d/versions/1", `{"properties":{"dataType":"uri_file","dataUri":"file:///etc/passwd"}}`, "path of this machine"},
		"absolute":        {"data/d/versions/1", `{"properties":{"dataType":"uri_file","dataUri":"/etc/passwd"}}`, "path of this machine"},
		"metadata":        {"data/d/versions/1", `{"properties":{"dataType":"uri_file","dataUri":"http://169.254.169.254/x"}}`, "network"},
		"metadata, model": {"models/d/versions/1", `{"properties":{"modelUri":"http://0xa9fea9fe/x"}}`, "network"},
		"metadata, table": {"data/d/versions/1", `{"properties":{"dataType":"mltable","dataUri":"azureml://datastores/workspaceblobstore/paths/x","referencedUris":["file:///x"]}}`, "path of this machine"},
		"data type":       {"data/d/versions/1", `{"properties":{"dataType":"folder","dataUri":"azureml://datastores/workspaceblobstore/paths/x"}}`, "uri_folder"},
		"datastore":       {"data/d/versions/1", `{"properties":{"dataType":"uri_file","dataUri":"azureml://datastores/nope/paths/x"}}`, "no datastore"},
		"model":           {"models/d/versions/1", `{"properties":{"modelUri":"azureml://jobs/nope/outputs/model"}}`, "no job nope"},
		"model, place":    {"models/d/versions/1", `{"properties":{"modelUri":"azureml://datastores/workspaceblobstore/paths/nope"}}`, "nothing at"},
		"environment":     {"environments/d/versions/1", `{"properties":{"condaFile":"name: x"}}`, "image"},
		"context":         {"environments/d/versions/1", `{"properties":{"build":{"contextUri":"file:///x"}}}`, "path of this machine"},
		"no component":    {"components/d/versions/1", `{"properties":{"componentSpec":{"type":"command"}}}`, "command"},
		"component's code": {
			"components/d/versions/1",
			`{"properties":{"componentSpec":{"type":"command","command":"x","environment":"azureml:e:1","code":"azureml:` + h.scope.ARMID() + `/codes/c/versions/1"}}}`,
			"not registered",
		},
		"two faults": {
			"components/d/versions/1",
			`{"properties":{"componentSpec":{"type":"command","command":"x ${{inputs.nope}} ${{outputs.neither}}","environment":"azureml:e:1"}}}`,
			"neither",
		},
	} {
		got := h.ask("PUT", tt.path, tt.body)
		if got.status != 400 || !strings.Contains(got.text, tt.want) {
			t.Errorf("%s: got %d %s, want 400 and %q", name, got.status, got.text, tt.want)
		}
	}
}

// TestPendingUpload: a container of the client's own, to the end: code in it.
func TestPendingUpload(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	c := h.factory().NewCodeVersionsClient()
	ask := armmachinelearning.PendingUploadRequestDto{}
	got := must(c.CreateOrGetStartPendingUpload(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, "code", "1", ask, nil))(t)
	ask.PendingUploadID = got.PendingUploadID
	again := must(c.CreateOrGetStartPendingUpload(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, "code", "1", ask, nil))(t)
	once := must(c.CreateOrGetStartPendingUpload(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, "code", "1", ask, nil))(t)
	if *again.BlobReferenceForConsumption.BlobURI != *once.BlobReferenceForConsumption.BlobURI {
		t.Errorf("the same id gives %s, then %s", *again.BlobReferenceForConsumption.BlobURI, *once.BlobReferenceForConsumption.BlobURI)
	}
	sas, ok := got.BlobReferenceForConsumption.Credential.(*armmachinelearning.SASCredentialDto)
	address := *got.BlobReferenceForConsumption.BlobURI
	if !ok || !strings.HasPrefix(*sas.SasURI, address+"?") {
		t.Fatalf("credential %+v of %s", got.BlobReferenceForConsumption.Credential, address)
	}
	container := address[strings.LastIndexByte(address, '/')+1:]
	if _, err := h.ledger.Storage().Container(t.Context(), h.scope, container); err != nil {
		t.Fatal(err)
	}
	h.upload(workspace.ContainerDatastore(container), "src/a.py", "one")
	uri := address + "/src"
	put := must(c.CreateOrUpdate(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, "code", "1", armmachinelearning.CodeVersion{
		Properties: &armmachinelearning.CodeVersionProperties{CodeURI: &uri},
	}, nil))(t)
	name := must(h.handler.Lookup(h.scope).Code(t.Context(), *put.ID))(t)
	if !strings.HasPrefix(name, ".tree/sha256:") {
		t.Errorf("the code is %s", name)
	}
	r := must(h.ledger.Resources().Resource(t.Context(), workspace.ResourceKey{
		Scope: h.scope, Collection: workspace.Codes, Name: "code", Version: "1",
	}))(t)
	if len(r.Digests) != 2 {
		t.Errorf("it keeps %v", r.Digests)
	}
	h.ask("POST", "codes/code/versions/1/startPendingUpload", `{"pendingUploadType":"Other"}`).want(t, 400)
}

// TestSpecOrder: the order of a specification is that of the text.
func TestSpecOrder(t *testing.T) {
	t.Parallel()
	h := uploaded(t)
	h.ask("PUT", "components/train/versions/1", assetBodies()["components"][0]).want(t, 201)
	text := must(h.handler.Lookup(h.scope).Component(t.Context(), h.scope.ARMID()+"/components/train/versions/1"))(t)
	if !strings.Contains(string(text), `"inputs":{"z":{"type":"integer","default":"1"},"a":{"type":"string"}}`) {
		t.Errorf("it is %s", text)
	}
}
