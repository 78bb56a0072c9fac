package proxy_test

import (
	"net/http"
	"strings"
	"testing"
)

// The data plane says where a datastore lies, as azureml-fsspec and mltable ask,
// with a signature that opens its container and nothing else.
func TestDatastoreOfAHome(t *testing.T) {
	t.Parallel()
	s := newServed(t)
	path := strings.TrimPrefix(s.base, "https://management.azure.com")
	at := "https://westeurope.api.azureml.ms/datastore/v1.0" + path + "/datastores/"
	var store struct {
		DataStoreType       string
		AzureStorageSection struct{ AccountName, ContainerName, Endpoint, Protocol, CredentialType, Credential string }
	}
	s.ask("GET", at+"workspaceBlobStore", "", &store)
	section := store.AzureStorageSection
	if store.DataStoreType != "AzureBlob" || section.Endpoint != "core.windows.net" || section.Protocol != "https" || section.CredentialType != "Sas" {
		t.Fatalf("%+v", store)
	}
	account := "https://" + section.AccountName + ".blob." + section.Endpoint + "/"
	for what, want := range map[string]int{section.ContainerName: http.StatusOK, "azureml": http.StatusForbidden} {
		a := s.send("GET", account+what+"?restype=container&comp=list&"+section.Credential, "", "X-Ms-Version: 2023-11-03")
		if a.StatusCode != want {
			t.Errorf("listing %s: %s, want %d: %s", what, a.Status, want, a.body)
		}
	}
	token := "Authorization: Bearer " + s.token("https://management.azure.com")
	for name, want := range map[string]int{"nothing": http.StatusNotFound, "workspacefilestore": http.StatusNotImplemented} {
		if a := s.send("GET", at+name, "", token); a.StatusCode != want {
			t.Errorf("%s: %s %s, want %d", name, a.Status, a.body, want)
		}
	}
	if a := s.send("GET", at+"workspaceblobstore", ""); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: %s %s", a.Status, a.body)
	}
}
