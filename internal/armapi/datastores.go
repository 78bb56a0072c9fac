package armapi

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// datastoreHandlers are the operations on datastores: those that every
// workspace has, and those that clients register.
func datastoreHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"DatastoresClient.CreateOrUpdate": (*call).putDatastore,
		"DatastoresClient.Get":            (*call).getDatastore,
		"DatastoresClient.List":           (*call).listDatastores,
		"DatastoresClient.ListSecrets":    (*call).listSecrets,
		"DatastoresClient.Delete":         (*call).deleteDatastore,
	}
}

var (
	accountForm   = regexp.MustCompile(`^[a-z0-9]{3,24}$`)
	containerForm = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)
)

// putDatastore registers a container as a datastore: one of the workspace's own
// storage account, or one elsewhere that needs no secret.
func (c *call) putDatastore() error {
	var body armmachinelearning.Datastore
	text, err := c.decode(&body)
	if err != nil {
		return err
	}
	name := c.vars["name"]
	if workspace.IsDatastore(strings.ToLower(name)) {
		return conflict("the datastore %s belongs to the workspace and cannot change", name)
	}
	if err := c.checkDatastore(name, body); err != nil {
		return err
	}
	if err := c.makeOwnContainer(body); err != nil {
		return err
	}
	r, made, err := c.change(c.key(workspace.DataStores, name), func(*workspace.Resource) (object, error) {
		return withoutSecrets(text)
	})
	if err != nil {
		return err
	}
	return c.replyDatastore(created(made), r)
}

// checkDatastore says what is wrong with the body of a datastore.
func (c *call) checkDatastore(name string, body armmachinelearning.Datastore) error {
	if body.Properties == nil {
		return badRequest("UserError", "properties: a datastore has some")
	}
	blob, ok := body.Properties.(*armmachinelearning.AzureBlobDatastore)
	if !ok {
		kind := ""
		if t := body.Properties.GetDatastoreProperties().DatastoreType; t != nil {
			kind = string(*t)
		}
		return unsupported("datastores of type %q are not implemented by the embedded workspace; AzureBlob is", kind)
	}
	d, err := arm.DecodeDatastore(name, body)
	if err != nil {
		return err
	}
	account, container := d.AccountName.Value, d.ContainerName.Value
	switch {
	case !accountForm.MatchString(account):
		return badRequest("UserError", "properties.accountName: %.40q is not the name of a storage account", account)
	case len(container) < 3 || len(container) > 63 || !containerForm.MatchString(container):
		return badRequest("UserError", "properties.containerName: %.80q is not the name of a container", container)
	case c.isOwn(account):
		return c.checkOwnKey(blob)
	}
	return checkElsewhere(account, d.Endpoint.Value, blob)
}

// isOwn reports whether an account is the workspace's.
func (c *call) isOwn(account string) bool { return account == c.Storage.Account(c.scope) }

// makeOwnContainer makes the container of a datastore in the workspace's own
// account: steps write there, and nobody else makes it for them.
func (c *call) makeOwnContainer(body armmachinelearning.Datastore) error {
	blob, ok := body.Properties.(*armmachinelearning.AzureBlobDatastore)
	if !ok || blob.AccountName == nil || blob.ContainerName == nil || !c.isOwn(*blob.AccountName) {
		return nil
	}
	for _, d := range workspace.Datastores() {
		if c.Storage.Container(c.scope, d.Name) == *blob.ContainerName {
			return nil
		}
	}
	return c.makeContainer(*blob.ContainerName)
}

// checkOwnKey refuses a key that does not open the workspace's own account, so
// that the mistake shows now, and not when data is uploaded.
func (c *call) checkOwnKey(blob *armmachinelearning.AzureBlobDatastore) error {
	given, ok := blob.Credentials.(*armmachinelearning.AccountKeyDatastoreCredentials)
	if !ok || given.Secrets == nil || given.Secrets.Key == nil || c.query("skipValidation") == "true" {
		return nil
	}
	key, err := c.Storage.Key(c.ctx(), c.scope)
	if err == nil && *given.Secrets.Key != key {
		err = badRequest("UserError", "properties.credentials.secrets.key: is not a key of the account")
	}
	return err
}

// checkElsewhere: an account that is not the workspace's may be named, but its
// secrets are not kept here, and its endpoint is that of a cloud.
func checkElsewhere(account, endpoint string, blob *armmachinelearning.AzureBlobDatastore) error {
	switch blob.Credentials.(type) {
	case nil, *armmachinelearning.NoneDatastoreCredentials:
	default:
		return unsupported("the account %s is not the workspace's, and secrets of others are not kept by the "+
			"embedded workspace; register the datastore with credentialsType None", account)
	}
	host, _, _ := strings.Cut(endpoint, ":")
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil || strings.Contains(endpoint, "/") ||
		strings.Contains(endpoint, "[") || strings.HasSuffix(strings.ToLower(host), "localhost") {
		return badRequest("UserError", "properties.endpoint: %.80q is not that of a cloud, such as core.windows.net", endpoint)
	}
	return nil
}

// withoutSecrets is the body of a datastore as it is kept.
func withoutSecrets(text json.RawMessage) (object, error) {
	o, err := kept(text)
	if err != nil {
		return nil, err
	}
	p, err := parseObject(o["properties"])
	if err != nil {
		return nil, err
	}
	credentials, err := parseObject(p["credentials"])
	if err != nil {
		return nil, err
	}
	p.set("credentials", object{}.with("credentialsType", credentials["credentialsType"]))
	delete(p, "isDefault") // the service says that
	o.set("properties", p)
	return o, nil
}

// with is the object with one more member, unless it is nothing.
func (o object) with(name string, text json.RawMessage) object {
	if len(text) > 0 {
		o[name] = text
	}
	return o
}

// datastore is the one that the path names.
func (c *call) datastore() (*workspace.Resource, error) {
	name := c.vars["name"]
	for _, r := range c.ownDatastores() {
		if strings.EqualFold(r.Name, name) {
			return r, nil
		}
	}
	return c.resources().Resource(c.ctx(), c.key(workspace.DataStores, name))
}

func (c *call) getDatastore() error {
	r, err := c.datastore()
	if err != nil {
		return err
	}
	return c.replyDatastore(http.StatusOK, r)
}

// deleteDatastore forgets a datastore; files stay where they are.
func (c *call) deleteDatastore() error {
	name := c.vars["name"]
	if workspace.IsDatastore(strings.ToLower(name)) {
		return conflict("the datastore %s belongs to the workspace and cannot be deleted", name)
	}
	found, err := c.remove(c.key(workspace.DataStores, name))
	if err != nil {
		return err
	}
	if !found {
		return c.reply(http.StatusNoContent, nil)
	}
	return c.reply(http.StatusOK, nil)
}

func (c *call) replyDatastore(status int, r *workspace.Resource) error {
	o, err := c.showDatastore(r)
	if err != nil {
		return err
	}
	return c.reply(status, o)
}
