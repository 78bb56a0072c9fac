package proxy_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"

	"github.com/ischia-ml/ischia/internal/entra"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/proxy"
)

// served is a proxy before a home.
type served struct {
	*rig
	base string
}

func newServed(t *testing.T) *served {
	t.Helper()
	l, err := local.Open(t.Context(), local.Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	s, err := l.Serve(t.Context(), local.ServeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	r := newRig(t, func(c *proxy.Config) { c.Doors, c.Token, c.Pages = s.Inside(), s.Token, s.URL })
	return &served{r, "https://management.azure.com/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/local" +
		"/providers/Microsoft.MachineLearningServices/workspaces/local"}
}

// ask sends a request to the resource manager.
func (s *served) ask(method, address, body string, into any) {
	s.Helper()
	a := s.send(method, address, body, "Authorization: Bearer "+s.token("https://management.azure.com"), "Content-Type: application/json")
	if a.StatusCode >= 300 {
		s.Fatalf("%s %s: got %s %s", method, address, a.Status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		s.Fatal(err)
	}
}

type tokenFor struct{ *rig }

// GetToken implements azcore.TokenCredential.
func (c tokenFor) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, expires, err := c.directory.Token(strings.TrimSuffix(o.Scopes[0], "/.default"), entra.Principal{})
	return azcore.AccessToken{Token: token, ExpiresOn: expires}, err
}

// Storage is at the address that it has on Azure, by key, signature and token.
func TestStorageOfAHome(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	var store struct {
		Properties struct{ AccountName, ContainerName string }
	}
	var secrets struct{ Key string }
	s.ask("GET", s.base+"/datastores/workspaceblobstore?api-version=2024-04-01", "", &store)
	s.ask("POST", s.base+"/datastores/workspaceblobstore/listSecrets?api-version=2024-04-01", "", &secrets)
	account, container := store.Properties.AccountName, store.Properties.ContainerName
	key, err := azblob.NewSharedKeyCredential(account, secrets.Key)
	if err != nil {
		t.Fatal(err)
	}
	at := "https://" + account + ".blob.core.windows.net/"
	options := &azblob.ClientOptions{ClientOptions: policy.ClientOptions{Transport: s.client(), Retry: policy.RetryOptions{MaxRetries: -1}}}
	byKey, err := azblob.NewClientWithSharedKeyCredential(at, key, options)
	if err != nil {
		t.Fatal(err)
	}
	const name, text = "folder/my data+1.csv", "a,b\n1,2\n"
	if _, err := byKey.UploadBuffer(t.Context(), container, name, []byte(text), nil); err != nil {
		t.Fatal(err)
	}
	link, err := byKey.ServiceClient().NewContainerClient(container).NewBlobClient(name).GetSASURL(sas.BlobPermissions{Read: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	byToken, err := azblob.NewClient(at, tokenFor{s.rig}, options)
	if err != nil {
		t.Fatal(err)
	}
	bySignature, err := blob.NewClientWithNoCredential(link, &blob.ClientOptions{ClientOptions: options.ClientOptions})
	if err != nil {
		t.Fatal(err)
	}
	for what, get := range map[string]func() (azblob.DownloadStreamResponse, error){
		"key": func() (azblob.DownloadStreamResponse, error) {
			return byKey.DownloadStream(t.Context(), container, name, nil)
		},
		"token": func() (azblob.DownloadStreamResponse, error) {
			return byToken.DownloadStream(t.Context(), container, name, nil)
		},
		"signature": func() (azblob.DownloadStreamResponse, error) { return bySignature.DownloadStream(t.Context(), nil) },
	} {
		a, err := get()
		if err != nil {
			t.Errorf("by %s: %v", what, err)
			continue
		}
		got, err := io.ReadAll(a.Body)
		if err != nil || string(got) != text {
			t.Errorf("by %s: got %q %v, want %q", what, got, err, text)
		}
		_ = a.Body.Close()
	}
	for what, address := range map[string]string{
		"nothing": at + container + "/x", "another account": "https://other.blob.core.windows.net/" + container + "/x",
		"a wrong signature": strings.Replace(link, "sig=", "sig=A", 1),
	} {
		if a := s.send("GET", address, ""); a.StatusCode < 400 || a.StatusCode > 404 {
			t.Errorf("by %s: got %s, want a refusal", what, a.Status)
		}
	}
}

// What is for people, and storage by its path, is not at Azure's hosts.
func TestDoorsAreWhereTheyAreOnAzure(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	token := "Authorization: Bearer " + s.token("https://management.azure.com")
	for _, path := range []string{"/", "/jobs", "/signin", "/signin/codes", "/blob/account/c/b", "/BLOB/account/c/b"} {
		for _, method := range []string{"GET", "POST"} {
			if a := s.send(method, "https://management.azure.com"+path, "", token); a.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: got %s, want 404", method, path, a.Status)
			}
		}
	}
	a := s.send("GET", s.base+"?api-version=2024-04-01", "", token, "Origin: https://evil.example.com")
	if a.StatusCode != http.StatusForbidden {
		t.Errorf("a page: got %s, want 403", a.Status)
	}
	var found struct {
		Properties struct {
			DiscoveryURL string `json:"discoveryUrl"`
		}
	}
	s.ask("GET", s.base+"?api-version=2024-04-01", "", &found)
	if found.Properties.DiscoveryURL != "https://local.api.azureml.ms/discovery" {
		t.Errorf("got %s, want the address as on Azure", found.Properties.DiscoveryURL)
	}
	var places struct{ API string }
	if a := s.send("GET", found.Properties.DiscoveryURL, ""); json.Unmarshal([]byte(a.body), &places) != nil || places.API != "https://local.api.azureml.ms" {
		t.Errorf("got %s %s, want the address of the data plane", a.Status, a.body)
	}
}
