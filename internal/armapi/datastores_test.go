package armapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func aDatastore(account string, credentials armmachinelearning.DatastoreCredentialsClassification) armmachinelearning.Datastore {
	return armmachinelearning.Datastore{Properties: &armmachinelearning.AzureBlobDatastore{
		DatastoreType: to.Ptr(armmachinelearning.DatastoreTypeAzureBlob), Credentials: credentials,
		AccountName: to.Ptr(account), ContainerName: to.Ptr("mine"),
	}}
}

func aKey(key string) armmachinelearning.DatastoreCredentialsClassification {
	return &armmachinelearning.AccountKeyDatastoreCredentials{
		CredentialsType: to.Ptr(armmachinelearning.CredentialsTypeAccountKey),
		Secrets:         &armmachinelearning.AccountKeyDatastoreSecrets{SecretsType: to.Ptr(armmachinelearning.SecretsTypeAccountKey), Key: to.Ptr(key)},
	}
}

func noKey() armmachinelearning.DatastoreCredentialsClassification {
	return &armmachinelearning.NoneDatastoreCredentials{CredentialsType: to.Ptr(armmachinelearning.CredentialsTypeNone)}
}

func TestDatastoreLife(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	client, group, ws := h.factory().NewDatastoresClient(), h.scope.ResourceGroup, h.scope.Workspace
	key, _ := fakeStorage{}.Key(t.Context(), h.scope)
	own := fakeStorage{}.Account(h.scope)
	must(client.CreateOrUpdate(t.Context(), group, ws, "Mine", aDatastore(own, aKey(key)), nil))(t)
	must(client.CreateOrUpdate(t.Context(), group, ws, "elsewhere", aDatastore("account1", noKey()), nil))(t)
	got := must(client.Get(t.Context(), group, ws, "mine", nil))(t).Properties.(*armmachinelearning.AzureBlobDatastore)
	if *got.ContainerName != "mine" || *got.IsDefault || *got.Credentials.GetDatastoreCredentials().CredentialsType != "AccountKey" {
		t.Errorf("got %+v", got)
	}
	secrets := must(client.ListSecrets(t.Context(), group, ws, "mine", nil))(t)
	if s, ok := secrets.DatastoreSecretsClassification.(*armmachinelearning.AccountKeyDatastoreSecrets); !ok || *s.Key != key {
		t.Errorf("secrets %+v", secrets)
	}
	_, err := client.ListSecrets(t.Context(), group, ws, "elsewhere", nil)
	fails(t, err, http.StatusBadRequest, "UserError")
	r, err := h.ledger.Resources().Resource(t.Context(), workspace.ResourceKey{Scope: h.scope, Collection: workspace.DataStores, Name: "mine"})
	if err != nil || strings.Contains(string(r.Body), key) {
		t.Errorf("the ledger holds the key, or: %v", err)
	}
	for range 2 {
		must(client.Delete(t.Context(), group, ws, "mine", nil))(t)
	}
	_, err = client.Get(t.Context(), group, ws, "mine", nil)
	fails(t, err, http.StatusNotFound, "ResourceNotFound")
}

func TestDatastoreLists(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	client := h.factory().NewDatastoresClient()
	for _, name := range []string{"zoo", "alpha"} {
		must(client.CreateOrUpdate(t.Context(), h.scope.ResourceGroup, h.scope.Workspace, name, aDatastore("account1", noKey()), nil))(t)
	}
	own := []string{"workspaceblobstore", "workspaceartifactstore", "workspacefilestore", "workspaceworkingdirectory"}
	tests := map[string]struct {
		options *armmachinelearning.DatastoresClientListOptions
		want    []string
	}{
		"all":        {nil, append(slices.Clone(own), "alpha", "zoo")},
		"default":    {&armmachinelearning.DatastoresClientListOptions{IsDefault: to.Ptr(true), Count: to.Ptr[int32](30), OrderByAsc: to.Ptr(false)}, own[:1]},
		"count":      {&armmachinelearning.DatastoresClientListOptions{Count: to.Ptr[int32](2)}, own[:2]},
		"no count":   {&armmachinelearning.DatastoresClientListOptions{Count: to.Ptr[int32](0)}, nil},
		"skip":       {&armmachinelearning.DatastoresClientListOptions{Skip: to.Ptr("5")}, []string{"zoo"}},
		"names":      {&armmachinelearning.DatastoresClientListOptions{Names: []string{"ZOO", "alpha", "nosuch"}}, []string{"alpha", "zoo"}},
		"text":       {&armmachinelearning.DatastoresClientListOptions{SearchText: to.Ptr("Work")}, own},
		"by name":    {&armmachinelearning.DatastoresClientListOptions{OrderBy: to.Ptr("name"), Names: []string{"zoo", "alpha", "workspaceblobstore"}}, []string{"alpha", "workspaceblobstore", "zoo"}},
		"newest":     {&armmachinelearning.DatastoresClientListOptions{OrderBy: to.Ptr("createdtime"), OrderByAsc: to.Ptr(false), Count: to.Ptr[int32](2)}, []string{"alpha", "zoo"}},
		"beyond end": {&armmachinelearning.DatastoresClientListOptions{Skip: to.Ptr("500")}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, page := range all(t, client.NewListPager(h.scope.ResourceGroup, h.scope.Workspace, test.options)) {
				for _, d := range page.Value {
					got = append(got, *d.Name)
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	h.ask("GET", "datastores?$skip=x", "").want(t, http.StatusBadRequest)
	h.ask("GET", "datastores?count=-1", "").want(t, http.StatusBadRequest)
	h.ask("GET", "datastores?orderBy=size", "").want(t, http.StatusBadRequest)
}

func TestDatastoreOnTheWire(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	a := h.ask("GET", "datastores/WorkspaceBlobStore", "").want(t, http.StatusOK)
	golden.Check(t, h.shape(a), "testdata/datastore_default.golden")
	a = h.ask("GET", "datastores/workspacefilestore", "").want(t, http.StatusOK)
	golden.Check(t, h.shape(a), "testdata/datastore_share.golden")
	a = h.ask("PUT", "datastores/away", `{"properties":{"datastoreType":"AzureBlob","accountName":"account1","containerName":"c-1",
		"credentials":{"credentialsType":"None"},"tags":{"a":"b"}}}`).want(t, http.StatusCreated)
	golden.Check(t, h.shape(a), "testdata/datastore_elsewhere.golden")
	h.ask("POST", "datastores/workspaceblobstore/listSecrets", "").want(t, http.StatusOK)
	a = h.ask("POST", "datastores/workspaceblobstore/listSecrets", `{"expirableSecret":true}`).want(t, http.StatusOK)
	if !strings.Contains(a.text, `"secretsType":"Sas"`) || !strings.Contains(a.text, "sp=racwdl") {
		t.Errorf("a secret that expires: %s", a.text)
	}
	a = h.ask("POST", "datastores/workspaceblobstore/listSecrets", `{"expirableSecret":false}`).want(t, http.StatusOK)
	if !strings.Contains(a.text, `"secretsType":"AccountKey"`) {
		t.Errorf("a secret that does not expire: %s", a.text)
	}
	h.ask("POST", "datastores/workspaceblobstore/listSecrets", `{"expireAfterHours":1000}`).want(t, http.StatusBadRequest)
	h.ask("POST", "datastores/workspacefilestore/listSecrets", `{"expirableSecret":true}`).want(t, http.StatusNotImplemented)
}

func TestDatastoreRefused(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	client, group, ws := h.factory().NewDatastoresClient(), h.scope.ResourceGroup, h.scope.Workspace
	own := fakeStorage{}.Account(h.scope)
	tests := map[string]struct {
		name   string
		body   armmachinelearning.Datastore
		status int
		code   string
	}{
		"the workspace's":   {"workspaceBlobStore", aDatastore(own, noKey()), 409, "Conflict"},
		"another's secrets": {"d", aDatastore("account1", aKey("a2V5")), 501, "NotImplemented"},
		"a wrong key":       {"d", aDatastore(own, aKey("a2V5")), 400, "UserError"},
		"no account":        {"d", aDatastore("", noKey()), 400, "UserError"},
		"a bad account":     {"d", aDatastore("x/y", noKey()), 400, "UserError"},
		"a share": {"d", armmachinelearning.Datastore{Properties: &armmachinelearning.AzureFileDatastore{
			DatastoreType: to.Ptr(armmachinelearning.DatastoreTypeAzureFile), Credentials: noKey(),
		}}, 501, "NotImplemented"},
		"nothing": {"d", armmachinelearning.Datastore{}, 400, "UserError"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := client.CreateOrUpdate(t.Context(), group, ws, test.name, test.body, nil)
			fails(t, err, test.status, test.code)
		})
	}
	for _, endpoint := range []string{"169.254.169.254", "127.0.0.1:80", "[::1]", "localhost", "x/y"} {
		h.ask("PUT", "datastores/d", `{"properties":{"datastoreType":"AzureBlob","accountName":"account1","containerName":"c-1",
			"credentials":{"credentialsType":"None"},"endpoint":"`+endpoint+`"}}`).want(t, http.StatusBadRequest)
	}
	_, err := client.Delete(t.Context(), group, ws, workspace.ArtifactStore, nil)
	fails(t, err, http.StatusConflict, "Conflict")
}
