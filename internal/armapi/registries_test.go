package armapi_test

import (
	"context"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// registryVersions is what the SDK's clients for versions in registries have in
// common.
type registryVersions[B, CO, CR, GO, GR, DO, DR, LO, LR any] interface {
	BeginCreateOrUpdate(ctx context.Context, group, reg, name, version string, body B, o *CO) (*runtime.Poller[CR], error)
	Get(ctx context.Context, group, reg, name, version string, o *GO) (GR, error)
	BeginDelete(ctx context.Context, group, reg, name, version string, o *DO) (*runtime.Poller[DR], error)
	NewListPager(group, reg, name string, o *LO) *runtime.Pager[LR]
}

// registryContainers is the same for containers.
type registryContainers[B, CO, CR, GO, GR, DO, DR, LO, LR any] interface {
	BeginCreateOrUpdate(ctx context.Context, group, reg, name string, body B, o *CO) (*runtime.Poller[CR], error)
	Get(ctx context.Context, group, reg, name string, o *GO) (GR, error)
	BeginDelete(ctx context.Context, group, reg, name string, o *DO) (*runtime.Poller[DR], error)
	NewListPager(group, reg string, o *LO) *runtime.Pager[LR]
}

// inRegistry is a harness with a registry that holds two folders.
func inRegistry(t *testing.T) (*harness, *armmachinelearning.ClientFactory) {
	t.Helper()
	h := newHarness(t)
	f := h.factory()
	location := "local"
	p, err := f.NewRegistriesClient().BeginCreateOrUpdate(t.Context(), "group", "reg", armmachinelearning.Registry{
		Location: &location, Properties: &armmachinelearning.RegistryProperties{},
	}, nil)
	expect(t, poll(t, p, err), "id", strings.Replace(registryPath, "subscriptions/sub", "subscriptions/"+h.scope.Subscription, 1))
	h.scope = workspace.RegistryScope("reg")
	h.upload(workspace.BlobStore, "LocalUpload/c1/src/a.py", "one")
	h.upload(workspace.BlobStore, "LocalUpload/c2/src/a.py", "two")
	return h, f
}

func testRegistryVersions[B, CO, CR, GO, GR, DO, DR, LO, LR any](
	t *testing.T, collection string, c registryVersions[B, CO, CR, GO, GR, DO, DR, LO, LR],
) {
	t.Helper()
	ctx, bodies := t.Context(), assetBodies()[collection]
	p, err := c.BeginCreateOrUpdate(ctx, "group", "reg", "thing", "1", from[B](t, bodies[0]), nil)
	made := poll(t, p, err)
	expect(t, made, "name", "1")
	expect(t, made, "type", "Microsoft.MachineLearningServices/registries/"+collection+"/versions")
	p, err = c.BeginCreateOrUpdate(ctx, "group", "reg", "thing", "1", from[B](t, bodies[0]), nil)
	poll(t, p, err)
	_, err = c.BeginCreateOrUpdate(ctx, "group", "none", "thing", "1", from[B](t, bodies[0]), nil)
	fails(t, err, 404, "ResourceNotFound")
	if !strings.HasSuffix(member(t, must(c.Get(ctx, "group", "reg", "thing", "1", nil))(t), "id"), "/registries/reg/"+collection+"/thing/versions/1") {
		t.Error("its id is not that in the registry")
	}
	expect(t, all(t, c.NewListPager("group", "reg", "thing", nil)), "0.value.0.name", "1")
	d, err := c.BeginDelete(ctx, "group", "reg", "thing", "1", nil)
	poll(t, d, err)
	_, err = c.Get(ctx, "group", "reg", "thing", "1", nil)
	fails(t, err, 404, "ResourceNotFound")
}

func testRegistryContainers[B, CO, CR, GO, GR, DO, DR, LO, LR any](t *testing.T, c registryContainers[B, CO, CR, GO, GR, DO, DR, LO, LR]) {
	t.Helper()
	ctx := t.Context()
	p, err := c.BeginCreateOrUpdate(ctx, "group", "reg", "box", from[B](t, `{"properties":{"description":"d"}}`), nil)
	expect(t, poll(t, p, err), "properties.description", "d")
	expect(t, must(c.Get(ctx, "group", "reg", "box", nil))(t), "properties.nextVersion", "1")
	expect(t, all(t, c.NewListPager("group", "reg", nil)), "0.value.0.name", "box")
	d, err := c.BeginDelete(ctx, "group", "reg", "box", nil)
	poll(t, d, err)
	_, err = c.Get(ctx, "group", "reg", "box", nil)
	fails(t, err, 404, "ResourceNotFound")
}

func TestRegistryAssets(t *testing.T) {
	t.Parallel()
	_, f := inRegistry(t)
	testRegistryVersions(t, "codes", f.NewRegistryCodeVersionsClient())
	testRegistryVersions(t, "data", f.NewRegistryDataVersionsClient())
	testRegistryVersions(t, "environments", f.NewRegistryEnvironmentVersionsClient())
	testRegistryVersions(t, "components", f.NewRegistryComponentVersionsClient())
	testRegistryVersions(t, "models", f.NewRegistryModelVersionsClient())
}

func TestRegistryContainers(t *testing.T) {
	t.Parallel()
	_, f := inRegistry(t)
	testRegistryContainers(t, f.NewRegistryCodeContainersClient())
	testRegistryContainers(t, f.NewRegistryDataContainersClient())
	testRegistryContainers(t, f.NewRegistryEnvironmentContainersClient())
	testRegistryContainers(t, f.NewRegistryComponentContainersClient())
	testRegistryContainers(t, f.NewRegistryModelContainersClient())
}

func TestRegistries(t *testing.T) {
	t.Parallel()
	h, f := inRegistry(t)
	c := f.NewRegistriesClient()
	ctx := t.Context()
	value := "b"
	expect(t, must(c.Update(ctx, "group", "reg", armmachinelearning.PartialRegistryPartialTrackedResource{
		Tags: map[string]*string{"a": &value},
	}, nil))(t), "tags.a", "b")
	expect(t, must(c.Get(ctx, "GROUP", "reg", nil))(t), "tags.a", "b")
	expect(t, all(t, c.NewListPager("group", nil)), "0.value.0.name", "reg")
	expect(t, all(t, c.NewListPager("elsewhere", nil)), "0.value.0", "")
	expect(t, all(t, c.NewListBySubscriptionPager(nil)), "0.value.0.name", "reg")
	_, err := c.Get(ctx, "elsewhere", "reg", nil)
	fails(t, err, 404, "ResourceNotFound")
	location := "local"
	_, err = c.BeginCreateOrUpdate(ctx, "elsewhere", "REG", armmachinelearning.Registry{
		Location: &location, Properties: &armmachinelearning.RegistryProperties{},
	}, nil)
	fails(t, err, 409, "Conflict")
	_, err = c.BeginRemoveRegions(ctx, "group", "reg", armmachinelearning.Registry{Location: &location, Properties: &armmachinelearning.RegistryProperties{}}, nil)
	fails(t, err, 501, "NotImplemented")
	path := strings.Replace(registryPath, "subscriptions/sub", "subscriptions/00000000-0000-0000-0000-000000000000", 1)
	h.ask("PATCH", path, `{"location":"x"}`).want(t, 400)
	h.ask("PUT", path+"/components/thing/versions/1", assetBodies()["components"][0]).want(t, 201)
	d, err := c.BeginDelete(ctx, "group", "reg", nil)
	poll(t, d, err)
	_, err = c.Get(ctx, "group", "reg", nil)
	fails(t, err, 404, "ResourceNotFound")
	if files, err := h.ledger.Files().List(ctx, h.scope, workspace.BlobStore, "", 0); err != nil || len(files) > 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	d, err = c.BeginDelete(ctx, "group", "reg", nil)
	poll(t, d, err)
}

// TestRegistryUploads: the three places to upload to, and one to read from.
func TestRegistryUploads(t *testing.T) {
	t.Parallel()
	_, f := inRegistry(t)
	ctx, ask := t.Context(), armmachinelearning.PendingUploadRequestDto{}
	code := must(f.NewRegistryCodeVersionsClient().CreateOrGetStartPendingUpload(ctx, "group", "reg", "x", "1", ask, nil))(t)
	data := must(f.NewRegistryDataVersionsClient().CreateOrGetStartPendingUpload(ctx, "group", "reg", "x", "1", ask, nil))(t)
	must(f.NewRegistryModelVersionsClient().CreateOrGetStartPendingUpload(ctx, "group", "reg", "x", "1", ask, nil))(t)
	if *code.BlobReferenceForConsumption.BlobURI == *data.BlobReferenceForConsumption.BlobURI {
		t.Error("code and data are uploaded to the same place")
	}
	got := must(f.NewRegistryDataReferencesClient().GetBlobReferenceSAS(ctx, "group", "reg", "x", "1", armmachinelearning.GetBlobReferenceSASRequestDto{
		BlobURI: data.BlobReferenceForConsumption.BlobURI,
	}, nil))(t)
	if sas, ok := got.BlobReferenceForConsumption.Credential.(*armmachinelearning.SASCredential); !ok || !strings.Contains(*sas.SasURI, "sp=rl") {
		t.Errorf("credential %+v", got.BlobReferenceForConsumption.Credential)
	}
	other := "https://example.com/x"
	_, err := f.NewRegistryDataReferencesClient().GetBlobReferenceSAS(ctx, "group", "reg", "x", "1", armmachinelearning.GetBlobReferenceSASRequestDto{BlobURI: &other}, nil)
	fails(t, err, 400, "UserError")
}

func TestRegistryShapes(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	var all []byte
	for _, ask := range []struct{ method, path, body string }{
		{"PUT", "", `{"location":"local","tags":{"a":"b"},"properties":{"regionDetails":[{"location":"local"}]}}`},
		{"GET", "/operationStatuses/registries/reg", ""},
		{"GET", "", ""},
		{"PUT", "/components/thing/versions/1?api-version=2024-04-01", assetBodies()["components"][0]},
		{"GET", "/operationStatuses/components/thing/1", ""},
		{"GET", "/components/thing", ""},
		{"DELETE", "", ""},
		{"DELETE", "", ""},
	} {
		all = append(all, "== "+ask.method+" "+ask.path+"\n"...)
		all = append(all, h.shape(h.ask(ask.method, registryPath+ask.path, ask.body))...)
	}
	golden.Check(t, all, "testdata/assets/registry.txt")
}
