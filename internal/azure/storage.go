package azure

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// Datastore is a container of blobs that a workspace knows by a name.
type Datastore struct {
	// Name is the workspace's name of it.
	Name string

	container string
	blobs     *container.Client
}

// Datastore opens a datastore of blobs; an empty name is the workspace's
// default.
func (c *Client) Datastore(ctx context.Context, name string) (*Datastore, error) {
	what := "open the datastore " + name
	if name == "" {
		what = "open the default datastore"
	}
	found, err := c.findDatastore(ctx, name)
	if err != nil {
		return nil, doing(what, err)
	}
	name = *found.Name
	store, ok := found.Properties.(*armmachinelearning.AzureBlobDatastore)
	if !ok || store.AccountName == nil || store.ContainerName == nil {
		return nil, fmt.Errorf("%s: %s is no datastore of blobs", what, name)
	}
	blobs, err := c.openContainer(ctx, name, store)
	if err != nil {
		return nil, doing(what, err)
	}
	return &Datastore{Name: name, container: *store.ContainerName, blobs: blobs}, nil
}

// findDatastore is what the workspace says of a datastore.
func (c *Client) findDatastore(ctx context.Context, name string) (*armmachinelearning.Datastore, error) {
	s := c.target.Scope
	client := c.clients.NewDatastoresClient()
	if name != "" {
		got, err := client.Get(ctx, s.ResourceGroup, s.Workspace, name, nil)
		if err != nil {
			return nil, err
		}
		got.Name = to.Ptr(name)
		return &got.Datastore, nil
	}
	pager := client.NewListPager(s.ResourceGroup, s.Workspace, &armmachinelearning.DatastoresClientListOptions{IsDefault: to.Ptr(true)})
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Value {
			if d.Name != nil {
				return d, nil
			}
		}
	}
	return nil, errors.New("the workspace has none")
}

// openContainer makes a client of a datastore's container, with the secrets
// that the workspace has for it.
func (c *Client) openContainer(ctx context.Context, name string, store *armmachinelearning.AzureBlobDatastore) (*container.Client, error) {
	s := c.target.Scope
	address, err := c.containerURL(store)
	if err != nil {
		return nil, err
	}
	o := &container.ClientOptions{ClientOptions: c.blobOptions()}
	if _, none := store.Credentials.(*armmachinelearning.NoneDatastoreCredentials); none {
		return c.ownAccess(address, o)
	}
	got, err := c.clients.NewDatastoresClient().ListSecrets(ctx, s.ResourceGroup, s.Workspace, name, nil)
	if c.target.Azure != nil && keptSecret(err) {
		return c.ownAccess(address, o)
	}
	if err != nil {
		return nil, fmt.Errorf("ask for its secrets: %w", err)
	}
	switch secrets := got.DatastoreSecretsClassification.(type) {
	case *armmachinelearning.AccountKeyDatastoreSecrets:
		if secrets.Key == nil {
			return nil, errors.New("its key is not told")
		}
		key, err := container.NewSharedKeyCredential(*store.AccountName, *secrets.Key)
		if err != nil {
			return nil, errors.New("its key is not in base64")
		}
		return container.NewClientWithSharedKeyCredential(address, key, o)
	case *armmachinelearning.SasDatastoreSecrets:
		if secrets.SasToken == nil {
			return nil, errors.New("its signature is not told")
		}
		return container.NewClientWithNoCredential(address+"?"+strings.TrimPrefix(*secrets.SasToken, "?"), o)
	}
	return nil, errors.New("its secrets are neither a key nor a signature")
}

// ownAccess makes a client that shows a token of ours, as a workspace wants
// that has no keys of its storage, or gives none away.
func (c *Client) ownAccess(address string, o *container.ClientOptions) (*container.Client, error) {
	if a := c.target.Azure; a != nil {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "https" || !strings.HasSuffix(strings.ToLower(u.Host), ".blob."+a.Storage) {
			return nil, fmt.Errorf("%s is no storage account of this cloud, so it is not shown a token", address)
		}
	}
	return container.NewClient(address, c.target.Credential, o)
}

// keptSecret reports whether a service has refused to say what opens a
// datastore.
func keptSecret(err error) bool {
	var r *azcore.ResponseError
	return errors.As(err, &r) && (r.StatusCode == http.StatusForbidden || r.StatusCode == http.StatusBadRequest)
}

// blobOptions are those of clients of blobs.
func (c *Client) blobOptions() policy.ClientOptions {
	o := c.options().ClientOptions
	if o.Retry.TryTimeout == tryTimeout {
		o.Retry.TryTimeout = uploadTimeout
	}
	return policy.ClientOptions{Transport: o.Transport, Retry: o.Retry, InsecureAllowCredentialWithHTTP: o.InsecureAllowCredentialWithHTTP}
}

// urlProperty is where an ischia server says the address of a container. Azure's
// follows from the account's name.
const urlProperty = "ischia.url"

// containerURL is the address of a datastore's container.
func (c *Client) containerURL(d *armmachinelearning.AzureBlobDatastore) (string, error) {
	if own := d.Properties[urlProperty]; own != nil && *own != "" {
		if a := c.target.Azure; a != nil && sameHost(*own, "https://"+*d.AccountName+".blob."+a.Storage) {
			return *own, nil
		}
		if !sameHost(*own, c.target.Endpoint) {
			return "", fmt.Errorf("%s is not where the workspace is", *own)
		}
		return *own, nil
	}
	scheme, endpoint := "https", "core.windows.net"
	if d.Protocol != nil && *d.Protocol != "" {
		scheme = *d.Protocol
	}
	if d.Endpoint != nil && *d.Endpoint != "" {
		endpoint = *d.Endpoint
	}
	u, err := url.Parse(scheme + "://" + *d.AccountName + ".blob." + endpoint)
	if err != nil {
		return "", fmt.Errorf("%q is no address of an account", endpoint)
	}
	address := u.JoinPath(*d.ContainerName).String()
	return address, c.checkBlobHost(address)
}

// sameHost reports whether two addresses lead to the same server.
func sameHost(one, other string) bool {
	a, errA := url.Parse(one)
	b, errB := url.Parse(other)
	return errA == nil && errB == nil && a.Scheme == b.Scheme && a.Host == b.Host
}

// checkBlobHost: as with tokens, what is signed goes over http to this machine
// only.
func (c *Client) checkBlobHost(address string) error {
	local, err := checkEndpoint(address)
	if err != nil {
		return err
	}
	if local && !c.local {
		return fmt.Errorf("%s is on this machine, and the workspace is not", address)
	}
	return nil
}
