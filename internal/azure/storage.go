package azure

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// Datastore is a container of blobs that a workspace knows by a name.
type Datastore struct {
	// Name is the workspace's name of it.
	Name string

	blobs *container.Client
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
	return &Datastore{Name: name, blobs: blobs}, nil
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
	address, err := containerURL(store)
	if err != nil {
		return nil, err
	}
	if err := c.checkBlobHost(address); err != nil {
		return nil, err
	}
	o := &container.ClientOptions{ClientOptions: c.blobOptions()}
	if _, none := store.Credentials.(*armmachinelearning.NoneDatastoreCredentials); none {
		return container.NewClient(address, c.target.Credential, o)
	}
	got, err := c.clients.NewDatastoresClient().ListSecrets(ctx, s.ResourceGroup, s.Workspace, name, nil)
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

// blobOptions are those of clients of blobs.
func (c *Client) blobOptions() policy.ClientOptions {
	o := c.options().ClientOptions
	return policy.ClientOptions{Transport: o.Transport, Retry: o.Retry, InsecureAllowCredentialWithHTTP: o.InsecureAllowCredentialWithHTTP}
}

// containerURL is the address of a datastore's container. Azure says the end
// of the account's host name, "core.windows.net"; an ischia server, all of
// the account's address.
func containerURL(d *armmachinelearning.AzureBlobDatastore) (string, error) {
	scheme, endpoint := "https", "core.windows.net"
	if d.Protocol != nil && *d.Protocol != "" {
		scheme = *d.Protocol
	}
	if d.Endpoint != nil && *d.Endpoint != "" {
		endpoint = *d.Endpoint
	}
	if before, after, ok := strings.Cut(endpoint, "://"); ok {
		scheme, endpoint = before, after
	}
	endpoint = strings.Trim(endpoint, "/")
	host, path, _ := strings.Cut(endpoint, "/")
	name := host
	if h, _, ok := strings.Cut(host, ":"); ok {
		name = h
	}
	switch {
	case path == "" && !isLoopback(name):
		host = *d.AccountName + ".blob." + host
	case path == "":
		path = *d.AccountName
	case path != *d.AccountName && !strings.HasSuffix(path, "/"+*d.AccountName):
		path += "/" + *d.AccountName
	}
	u, err := url.Parse(scheme + "://" + host)
	if err != nil {
		return "", fmt.Errorf("%q is no address of an account", endpoint)
	}
	return u.JoinPath(path, *d.ContainerName).String(), nil
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
