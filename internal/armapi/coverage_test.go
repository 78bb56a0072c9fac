package armapi_test

import (
	"net/http"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// reached are the operations that a test of this package reached with success,
// through the unmodified client.
//
//nolint:gochecknoglobals // all tests of the package add to it, and TestMain reads it
var reached sync.Map // of operations' names

// noting is a transport that notes which operations succeed. The client says
// itself which operation a request belongs to; what it asks by itself while it
// waits for one has no such name, and does not count.
type noting struct{ *http.Client }

// Do implements policy.Transporter.
func (n noting) Do(r *http.Request) (*http.Response, error) {
	res, err := n.Client.Do(r)
	if err == nil && res.StatusCode < http.StatusMultipleChoices {
		if name, ok := r.Context().Value(runtime.CtxAPINameKey{}).(string); ok {
			reached.Store(operationOf(name), true)
		}
	}
	return res, err
}

// operationOf is the name in the table of what the SDK calls an operation:
// JobsClient.BeginDelete is JobsClient.Delete, JobsClient.NewListPager is
// JobsClient.List.
func operationOf(name string) string {
	client, method, _ := strings.Cut(name, ".")
	method = strings.TrimPrefix(method, "Begin")
	if list, ok := strings.CutSuffix(method, "Pager"); ok {
		method = strings.TrimPrefix(list, "New")
	}
	return client + "." + method
}
