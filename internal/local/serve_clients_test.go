package local_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"path"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// clients are Azure's own, before a home that is served.
type clients struct {
	t       *testing.T
	local   *local.Local
	serving *local.Serving
	scope   workspace.Scope
	arm     *armmachinelearning.ClientFactory
}

type tokenOf string

// GetToken implements azcore.TokenCredential.
func (t tokenOf) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func newClients(t *testing.T, token string) *clients {
	t.Helper()
	l, s := serveHome(t, local.ServeOptions{Announce: true, Dispatch: local.DispatchOptions{Environ: environ(t)}})
	c := &clients{t: t, local: l, serving: s, scope: workspace.Scope{Subscription: "11111111-1111-4111-8111-111111111111", ResourceGroup: "group", Workspace: "demo"}}
	if token == "" {
		token = s.Token
	}
	f, err := armmachinelearning.NewClientFactory(c.scope.Subscription, tokenOf(token), &arm.ClientOptions{
		DisableRPRegistration: true,
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Endpoint: s.URL, Audience: s.URL},
			}},
			InsecureAllowCredentialWithHTTP: true, Retry: policy.RetryOptions{MaxRetries: -1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	c.arm = f
	return c
}

func environ(t *testing.T) []string {
	t.Helper()
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + t.TempDir()}
}

func await[T any](t *testing.T, p *runtime.Poller[T], err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// makeWorkspace makes group and workspace, as a driver does.
func (c *clients) makeWorkspace() {
	c.t.Helper()
	if status, text := c.send("PUT", "/subscriptions/"+c.scope.Subscription+"/resourcegroups/"+c.scope.ResourceGroup+"?api-version=2021-04-01", `{"location":"local"}`); status != http.StatusCreated {
		c.t.Fatalf("make the group: got %d %s", status, text)
	}
	p, err := c.arm.NewWorkspacesClient().BeginCreateOrUpdate(c.t.Context(), c.scope.ResourceGroup, c.scope.Workspace,
		armmachinelearning.Workspace{Location: to.Ptr("local"), Properties: &armmachinelearning.WorkspaceProperties{}}, nil)
	await(c.t, p, err)
}

// send sends JSON with the token.
func (c *clients) send(method, path, body string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.serving.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.serving.Token)
	r.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

// store is the default datastore, as a client finds it: its container's
// address and its key.
func (c *clients) store() (address, account, key string) {
	c.t.Helper()
	ctx, stores := c.t.Context(), c.arm.NewDatastoresClient()
	got, err := stores.Get(ctx, c.scope.ResourceGroup, c.scope.Workspace, workspace.BlobStore, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	blob, ok := got.Properties.(*armmachinelearning.AzureBlobDatastore)
	if !ok {
		c.t.Fatalf("got %T, want a datastore in blob storage", got.Properties)
	}
	secrets, err := stores.ListSecrets(ctx, c.scope.ResourceGroup, c.scope.Workspace, workspace.BlobStore, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	secret, ok := secrets.DatastoreSecretsClassification.(*armmachinelearning.AccountKeyDatastoreSecrets)
	if !ok {
		c.t.Fatalf("got %T, want the account's key", secrets.DatastoreSecretsClassification)
	}
	return c.serving.URL + "/blob/" + *blob.AccountName + "/" + *blob.ContainerName, *blob.AccountName, *secret.Key
}

// What one client stores by the key that another was told, both find.
func TestAzuresClients(t *testing.T) {
	t.Parallel()
	c := newClients(t, "")
	c.makeWorkspace()
	address, account, key := c.store()
	credential, err := azblob.NewSharedKeyCredential(account, key)
	if err != nil {
		t.Fatal(err)
	}
	text := []byte("a,b\n1,2\n")
	blob, err := blockblob.NewClientWithSharedKeyCredential(address+"/folder/my%20data.csv", credential, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := blob.UploadBuffer(t.Context(), text, nil); err != nil {
		t.Fatal(err)
	}
	file, err := c.local.Ledger().Storage().Blob(t.Context(), c.scope, workspace.BlobStore, "folder/my data.csv")
	if err != nil || file.Size != int64(len(text)) {
		t.Errorf("in the ledger: got %+v %v", file, err)
	}
	properties, err := blob.GetProperties(t.Context(), nil)
	if err != nil || properties.CacheControl != nil {
		t.Errorf("got properties %+v %v, want no cache control that nobody set", properties.CacheControl, err)
	}
	wrong, err := azblob.NewSharedKeyCredential(account, "AAAA"+key[4:])
	if err != nil {
		t.Fatal(err)
	}
	denied, err := blockblob.NewClientWithSharedKeyCredential(address+"/folder/my%20data.csv", wrong, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := denied.GetProperties(t.Context(), nil); !status(err, http.StatusForbidden) {
		t.Errorf("with a wrong key: got %v, want 403", err)
	}
	c.checkRestart(address, text)
}

// checkRestart: after a restart address, keys, token and content are the same.
func (c *clients) checkRestart(address string, text []byte) {
	c.t.Helper()
	if err := c.serving.Close(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	c.serving = serveOpened(c.t, openHome(c.t, c.local.Dir()), local.ServeOptions{Announce: true})
	again, account, key := c.store()
	if again != address {
		c.t.Errorf("got %s, want the address that it had: %s", again, address)
	}
	credential, err := azblob.NewSharedKeyCredential(account, key)
	if err != nil {
		c.t.Fatal(err)
	}
	blob, err := blockblob.NewClientWithSharedKeyCredential(address+"/folder/my%20data.csv", credential, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	got, err := blob.DownloadStream(c.t.Context(), nil)
	if err != nil {
		c.t.Fatal(err)
	}
	defer got.Body.Close()
	if read, err := io.ReadAll(got.Body); err != nil || !bytes.Equal(read, text) {
		c.t.Errorf("got %q %v, want %q", read, err, text)
	}
}

func status(err error, want int) bool {
	var answer *azcore.ResponseError
	return errors.As(err, &answer) && answer.StatusCode == want
}

func TestAzuresClientWithAWrongToken(t *testing.T) {
	t.Parallel()
	c := newClients(t, "wrong")
	_, err := c.arm.NewWorkspacesClient().Get(t.Context(), "local", "local", nil)
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) || answer.StatusCode != http.StatusUnauthorized || answer.ErrorCode != "InvalidAuthenticationToken" {
		t.Errorf("got %v, want 401 InvalidAuthenticationToken", err)
	}
}

// A pipeline that is sent by Azure's client runs, and its log can be read.
func TestAPipelineThroughTheDoor(t *testing.T) {
	t.Parallel()
	if goruntime.GOOS == "windows" {
		t.Skip("expected: the step is written for a shell")
	}
	c := newClients(t, "")
	c.makeWorkspace()
	base := strings.TrimSuffix(c.scope.ARMID(), "/")
	component := `{"properties":{"componentSpec":{"name":"say","version":"1","type":"command","command":"echo hello ${{inputs.word}}",` +
		`"environment":"azureml:any@latest","inputs":{"word":{"type":"string"}},"outputs":{}}}}`
	if status, text := c.send("PUT", base+"/components/say/versions/1?api-version=2024-04-01", component); status != http.StatusCreated {
		t.Fatalf("register the component: got %d %s", status, text)
	}
	job := `{"properties":{"jobType":"Pipeline","experimentName":"doors","inputs":{},"outputs":{},"settings":{},"jobs":{"say":{"type":"command","componentId":"` +
		base + `/components/say/versions/1","inputs":{"word":{"job_input_type":"literal","value":"world"}},"outputs":{}}}}}`
	if status, text := c.send("PUT", base+"/jobs/through-the-door?api-version=2024-04-01", job); status != http.StatusCreated {
		t.Fatalf("submit the job: got %d %s", status, text)
	}
	deadline := time.Now().Add(time.Minute)
	for {
		got, err := c.arm.NewJobsClient().Get(t.Context(), c.scope.ResourceGroup, c.scope.Workspace, "through-the-door", nil)
		if err != nil {
			t.Fatal(err)
		}
		state := *got.Properties.GetJobBaseProperties().Status
		if state == armmachinelearning.JobStatusCompleted {
			break
		}
		if state == armmachinelearning.JobStatusFailed || time.Now().After(deadline) {
			text, _ := json.Marshal(got.JobBase)
			t.Fatalf("got status %s: %s", state, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
	status, text := c.send("GET", "/history/v1.0"+base+"/runs/through-the-door/details", "")
	if status != http.StatusOK || !strings.Contains(text, `"Completed"`) {
		t.Errorf("its history: got %d %s", status, text)
	}
	steps, err := c.local.Ledger().Steps(t.Context(), c.scope, "through-the-door")
	if err != nil {
		t.Fatal(err)
	}
	c.checkLogLinks("/history/v1.0"+base+"/runs/"+steps[0].Name+"/details", "hello world\n")
}

// checkLogLinks: the links to a step's log need no token, lead to that log and
// to nothing else, and give a part of it to whoever asks for one.
func (c *clients) checkLogLinks(details, want string) {
	c.t.Helper()
	status, text := c.send("GET", details, "")
	var d struct{ LogFiles map[string]string }
	if err := json.Unmarshal([]byte(text), &d); err != nil || status != http.StatusOK {
		c.t.Fatalf("details: %d %s", status, text)
	}
	for _, name := range []string{"user_logs/std_log.txt", "azureml-logs/70_driver_log.txt"} {
		link := d.LogFiles[name]
		for _, try := range []struct {
			link, bytes, want string
			status            int
		}{
			{link, "", want, http.StatusOK},
			{link, "bytes=6-", want[6:], http.StatusPartialContent},
			{link, "bytes=99-", "", http.StatusRequestedRangeNotSatisfiable},
			{strings.Replace(link, "sig=", "sig=A", 1), "", "", http.StatusUnauthorized},
			{strings.Replace(link, "/log/", "/log/../log/", 1), "", "", http.StatusUnauthorized},
			{strings.Replace(link, "se=", "se=9", 1), "", "", http.StatusUnauthorized},
			{strings.Replace(link, path.Base(name), "other.txt", 1), "", "", http.StatusUnauthorized},
		} {
			if got, text := c.open(try.link, try.bytes); got != try.status || try.want != "" && text != try.want {
				c.t.Errorf("%s %s: got %d %.200q, want %d %q", try.link, try.bytes, got, text, try.status, try.want)
			}
		}
	}
}

// open reads what is at an address, without the token.
func (c *clients) open(address, bytes string) (int, string) {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), "GET", address, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	if bytes != "" {
		r.Header.Set("Range", bytes)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return a.StatusCode, string(text)
}

// What is on this machine, or answers only to it, is no data that comes over a
// network.
func TestDataFromElsewhere(t *testing.T) {
	t.Parallel()
	c := newClients(t, "")
	c.makeWorkspace()
	base := c.scope.ARMID()
	for path, body := range map[string]string{ // so that it is the address which is refused
		"/data/d/versions/1":   `{"properties":{"dataType":"uri_file","dataUri":"https://example.com/x"}}`,
		"/models/m/versions/1": `{"properties":{"modelType":"custom_model","modelUri":"https://example.com/x"}}`,
	} {
		if got, text := c.send("PUT", base+path+"?api-version=2024-04-01", body); got != http.StatusCreated {
			t.Errorf("PUT %s: got %d %.300s, want 201", path, got, text)
		}
	}
	for i, address := range []string{
		"file:///etc/passwd", "file:/etc/passwd", "FILE:///etc/passwd", "/etc/passwd", `C:\\Windows\\win.ini`,
		"http://169.254.169.254/latest/meta-data", "http://[fd00:ec2::254]/latest", "http://metadata.google.internal/x",
		"http://2852039166/x", "http://0xa9fea9fe/x", "http://[::ffff:169.254.169.254]/x", "http://168.63.129.16/x",
		"http://127.0.0.1:22/x", "http://localhost/x", "http://[::1]:80/x", c.serving.URL + "/discovery", c.serving.URL + "/blob/other/c/x",
	} {
		input := `{"uri":"` + address + `","jobInputType":"uri_file","mode":"ReadOnlyMount"}`
		for _, try := range []struct{ method, path, body string }{
			{"PUT", base + "/data/d/versions/1", `{"properties":{"dataType":"uri_file","dataUri":"` + address + `"}}`},
			{"PUT", base + "/models/m/versions/1", `{"properties":{"modelType":"custom_model","modelUri":"` + address + `"}}`},
			{"PUT", base + "/codes/c/versions/1", `{"properties":{"codeUri":"` + address + `"}}`},
			{"PUT", base + "/jobs/j1", `{"properties":{"jobType":"Command","command":"true","environmentId":"azureml:any@latest","inputs":{"x":` + input + `},"outputs":{}}}`},
			{"PUT", base + "/jobs/j2", `{"properties":{"jobType":"Pipeline","inputs":{"x":` + input + `},"outputs":{},"settings":{},"jobs":{}}}`},
		} {
			try.path += "-" + itoa(i)
			if got, text := c.send(try.method, try.path+"?api-version=2024-04-01", try.body); got < 400 || got >= 500 {
				t.Errorf("%s %s of %s: got %d %.300s, want 4xx", try.method, strings.TrimPrefix(try.path, base), address, got, text)
			}
		}
	}
}
