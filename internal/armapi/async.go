package armapi

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Long-running operations. Whatever a client asks for is done, and on record,
// when it gets its answer; but clients expect some operations to take longer,
// and go wrong when they do not. So they are given an address to ask at, and
// what is told there is read from the resource itself: no list of operations
// is kept, and none is lost at a restart.

// pollAfter is how long a client waits before it asks again. Without it, half
// a minute.
const pollAfter = "1"

// asyncOperation adds to the answer where a client asks whether the resource
// at key, which was just put or changed, is there. To be sent with 201 (PUT), or
// with 200 or 202 (PATCH), whichever the SDK takes.
func (c *call) asyncOperation(key workspace.ResourceKey) {
	path := key.Scope.ARMID()
	if name := c.vars["registryName"]; name != "" {
		path = "/subscriptions/" + c.vars["subscriptionId"] + "/resourceGroups/" + c.vars["resourceGroupName"] +
			"/providers/Microsoft.MachineLearningServices/registries/" + name
	}
	path += "/operationStatuses/" + string(key.Collection) + "/" + key.Name
	if key.Version != "" {
		path += "/" + key.Version
	}
	c.header.Set("Azure-AsyncOperation", c.base()+path+c.apiVersion())
	c.header.Set("Retry-After", pollAfter)
}

// location adds to the answer that the result is at the address of the request,
// by GET. To be sent with 202.
func (c *call) location() {
	u := url.URL{Path: c.r.URL.Path, RawPath: c.r.URL.RawPath}
	c.header.Set("Location", c.base()+u.EscapedPath()+c.apiVersion())
	c.header.Set("Retry-After", pollAfter)
}

// apiVersion is the query of an address that the client is to use next.
func (c *call) apiVersion() string {
	if v := c.query("api-version"); v != "" {
		return "?" + url.Values{"api-version": {v}}.Encode()
	}
	return ""
}

// asyncHandlers tell how operations stand.
func asyncHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"OperationStatuses.Get":              (*call).operationStatus,
		"OperationStatuses.GetChild":         (*call).operationStatus,
		"RegistryOperationStatuses.Get":      (*call).operationStatus,
		"RegistryOperationStatuses.GetChild": (*call).operationStatus,
	}
}

// operationStatus reads from the ledger what became of what was put.
func (c *call) operationStatus() error {
	key := c.operationKey()
	answer := map[string]any{"id": c.r.URL.Path, "name": key.Name, "status": "Succeeded", "percentComplete": 100}
	r, err := c.resources().Resource(c.ctx(), key)
	switch {
	case errors.Is(err, workspace.ErrNotFound):
		answer["status"] = "Failed"
		answer["error"] = detail{Code: "ResourceNotFound", Message: "it is there no longer: it was deleted since"}
	case err != nil:
		return err
	default:
		answer["startTime"], answer["endTime"] = r.Modified, r.Modified
	}
	return c.reply(http.StatusOK, answer)
}

// operationKey is the resource that an operation was about.
func (c *call) operationKey() workspace.ResourceKey {
	key := c.key("", c.vars["name"])
	child := c.vars["child"]
	for _, known := range []workspace.Collection{
		workspace.Codes, workspace.Data, workspace.Environments, workspace.Components, workspace.Models,
		workspace.Computes, workspace.DataStores, workspace.Endpoints, workspace.Deployments, workspace.Schedules,
		workspace.Registries,
	} {
		if strings.EqualFold(string(known), c.vars["collection"]) {
			key.Collection = known
		}
	}
	switch {
	case child == "":
	case key.Collection.Versioned():
		key.Version = child
	default:
		key.Name += "/" + child
	}
	return key
}
