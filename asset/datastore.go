package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Datastore is a place where data lies, and how to get at it.
//
// Sources: https://learn.microsoft.com/azure/machine-learning/reference-yaml-datastore-blob
// and its neighbours, for azure_file, azure_data_lake_gen1,
// azure_data_lake_gen2; azure-ai-ml: _schema/_datastore for one_lake and hdfs.
type Datastore struct {
	Head
	// Type is azure_blob, azure_file, azure_data_lake_gen1,
	// azure_data_lake_gen2, one_lake or hdfs.
	Type pipeline.Text `az:"type"`

	// Of storage accounts: AccountName is the account's, and one of
	// ContainerName, FileShareName and Filesystem what is in it.
	AccountName   pipeline.Text `az:"account_name"`
	ContainerName pipeline.Text `az:"container_name"`
	FileShareName pipeline.Text `az:"file_share_name"`
	Filesystem    pipeline.Text `az:"filesystem"`
	// Endpoint is the cloud's suffix, core.windows.net, or the host of a
	// OneLake.
	Endpoint pipeline.Text `az:"endpoint"`
	// Protocol is https or wasbs for blobs, https for file shares, abfss for
	// data lakes.
	Protocol pipeline.Text `az:"protocol"`

	// Of data lakes of the first generation.
	StoreName pipeline.Text `az:"store_name"`

	// Of OneLake.
	OneLakeWorkspace pipeline.Text    `az:"one_lake_workspace_name"`
	Artifact         *OneLakeArtifact `az:"artifact"`

	// Of Hadoop.
	NameNodeAddress   pipeline.Text `az:"name_node_address"`
	ServerCertificate pipeline.Text `az:"hdfs_server_certificate"`

	// Credentials are absent when each user's own identity opens the store.
	Credentials *Credentials `az:"credentials"`
}

// Kind is [DatastoreKind].
func (d *Datastore) Kind() string { return DatastoreKind }

// OneLakeArtifact is a lake house of OneLake.
type OneLakeArtifact struct {
	Name pipeline.Text `az:"name"`
	// Type is lake_house.
	Type pipeline.Text `az:"type"`
}

// Credentials open a datastore. They are of one sort: a key, a token, a
// service principal with a secret or a certificate, or Kerberos.
type Credentials struct {
	AccountKey pipeline.Text `az:"account_key"`
	SASToken   pipeline.Text `az:"sas_token"`

	TenantID     pipeline.Text `az:"tenant_id"`
	ClientID     pipeline.Text `az:"client_id"`
	ClientSecret pipeline.Text `az:"client_secret"`
	Certificate  pipeline.Text `az:"certificate"`
	Thumbprint   pipeline.Text `az:"thumbprint"`
	AuthorityURL pipeline.Text `az:"authority_url"`
	// AuthorityURI is an older name of AuthorityURL.
	AuthorityURI pipeline.Text `az:"authority_uri"`
	ResourceURL  pipeline.Text `az:"resource_url"`

	KerberosRealm     pipeline.Text `az:"kerberos_realm"`
	KerberosKDC       pipeline.Text `az:"kerberos_kdc_address"`
	KerberosPrincipal pipeline.Text `az:"kerberos_principal"`
	KerberosPassword  pipeline.Text `az:"kerberos_password"`
	KerberosKeytab    pipeline.Text `az:"kerberos_keytab"`

	Range diag.Range `az:",place"`
}
