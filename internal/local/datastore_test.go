package local_test

import (
	"io"
	"net/http"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// registerStore registers a container of the workspace's own account, and says
// where its blobs are.
func (c *clients) registerStore(name, container string) func(path string) *blockblob.Client {
	c.t.Helper()
	_, account, key := c.store()
	_, err := c.arm.NewDatastoresClient().CreateOrUpdate(c.t.Context(), c.scope.ResourceGroup, c.scope.Workspace, name, armmachinelearning.Datastore{
		Properties: &armmachinelearning.AzureBlobDatastore{
			AccountName: &account, ContainerName: &container, DatastoreType: to.Ptr(armmachinelearning.DatastoreTypeAzureBlob),
			Credentials: &armmachinelearning.AccountKeyDatastoreCredentials{
				CredentialsType: to.Ptr(armmachinelearning.CredentialsTypeAccountKey),
				Secrets: &armmachinelearning.AccountKeyDatastoreSecrets{
					SecretsType: to.Ptr(armmachinelearning.SecretsTypeAccountKey), Key: &key,
				},
			},
		},
	}, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	credential, err := azblob.NewSharedKeyCredential(account, key)
	if err != nil {
		c.t.Fatal(err)
	}
	return func(path string) *blockblob.Client {
		b, err := blockblob.NewClientWithSharedKeyCredential(c.serving.URL+"/blob/"+account+"/"+container+"/"+path, credential, nil)
		if err != nil {
			c.t.Fatal(err)
		}
		return b
	}
}

// ended waits for the end of a job.
func (c *clients) ended(name string) *workspace.Job {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		j, err := c.local.Ledger().Job(c.t.Context(), c.scope, name)
		if err != nil {
			c.t.Fatal(err)
		}
		if j.Status.Terminal() {
			return j
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("job %s is %s", name, j.Status)
		}
	}
}

// TestOwnContainersAsDatastores: what is uploaded to a container, what a job
// reads from a datastore that is it, and what a job writes there, are the same
// files.
func TestOwnContainersAsDatastores(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" {
		t.Skip("expected: the step is written for a shell")
	}
	c := newClients(t, "")
	c.makeWorkspace()
	mine := c.registerStore("mine", "my-files")
	if _, err := mine("in/a.txt").UploadBuffer(t.Context(), []byte("from the container\n"), nil); err != nil {
		t.Fatal(err)
	}
	const uri = `"azureml://datastores/mine/paths/`
	job := `{"properties":{"jobType":"Command","command":"cat ${{inputs.x}} ${{inputs.y}}/a.txt > ${{outputs.o}}/b.txt","environmentId":"azureml:any@latest",` +
		`"inputs":{"x":{"jobInputType":"uri_file","uri":` + uri + `in/a.txt"},"y":{"jobInputType":"uri_folder","uri":` + uri + `in/"}},` +
		`"outputs":{"o":{"jobOutputType":"uri_folder","uri":` + uri + `out/${{name}}/"}}}}`
	if status, text := c.send("PUT", c.scope.ARMID()+"/jobs/j?api-version=2024-04-01", job); status != http.StatusCreated {
		t.Fatalf("submit: %d %s", status, text)
	}
	if j := c.ended("j"); j.Status != workspace.Completed {
		t.Fatalf("%s: %+v", j.Status, j.Error)
	}
	got, err := mine("out/j/b.txt").DownloadStream(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	if text, err := io.ReadAll(got.Body); err != nil || string(text) != "from the container\nfrom the container\n" {
		t.Errorf("got %q, %v", text, err)
	}
	elsewhere := `{"properties":{"jobType":"Command","command":"true","environmentId":"azureml:any@latest","inputs":{},` +
		`"outputs":{"o":{"jobOutputType":"uri_folder","uri":"azureml://datastores/nowhere/paths/x"}}}}`
	if status, text := c.send("PUT", c.scope.ARMID()+"/jobs/k?api-version=2024-04-01", elsewhere); status == http.StatusCreated {
		if j := c.ended("k"); j.Status != workspace.Failed {
			t.Errorf("output to no datastore: %s", j.Status)
		}
	} else if status >= 500 {
		t.Errorf("output to no datastore: %d %s", status, text)
	}
	p, err := c.arm.NewJobsClient().BeginDelete(t.Context(), c.scope.ResourceGroup, c.scope.Workspace, "j", nil)
	await(t, p, err)
}
