package pipelinesapi

import (
	"net/http"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/hosts"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// datastore is a datastore as the data plane shows it, for clients that read and
// write paths on it: azureml-fsspec and mltable.
type datastore struct {
	Name    string         `json:"name"`
	Type    string         `json:"dataStoreType"`
	Default bool           `json:"isDefault"`
	Storage storageSection `json:"azureStorageSection"`
}

// storageSection says where a datastore's container is, with a signature for it
// that holds for some hours: the clients ask again when they need another.
type storageSection struct {
	Account        string `json:"accountName"`
	Container      string `json:"containerName"`
	Endpoint       string `json:"endpoint"`
	Protocol       string `json:"protocol"`
	CredentialType string `json:"credentialType"`
	Credential     string `json:"credential"`
}

// datastoreTime is how long a signature for a datastore holds.
const datastoreTime = 12 * time.Hour

// getDatastore answers where one of the workspace's own datastores is.
func (c *call) getDatastore() error {
	name := c.vars["datastore"]
	for _, d := range workspace.Datastores() {
		if !strings.EqualFold(d.Name, name) || c.Container == nil {
			continue
		}
		if d.Type != "AzureBlob" {
			return notImplemented("reading the %s %s", d.Type, d.Name)
		}
		account, container, signature := c.Container(c.scope, d.Name, c.Now().Add(datastoreTime))
		_, endpoint, _ := strings.Cut(hosts.Of(c.r).Account(account), account+".blob.")
		if endpoint == "" {
			return notImplemented("reading a datastore at an address that is not one of Azure (run the client through ischia exec)")
		}
		return c.reply(http.StatusOK, datastore{
			Name: d.Name, Type: d.Type, Default: d.Name == workspace.BlobStore,
			Storage: storageSection{
				Account: account, Container: container, Endpoint: endpoint, Protocol: "https", CredentialType: "Sas", Credential: signature,
			},
		})
	}
	return notFound("there is no datastore %.200s among the workspace's own", name)
}
