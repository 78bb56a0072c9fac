package armapi_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/armapi"
)

// TestOperationsAreTheSDKs compares the table with the source of the SDK.
func TestOperationsAreTheSDKs(t *testing.T) {
	t.Parallel()
	at, _ := runtime.FuncForPC(reflect.ValueOf(armmachinelearning.NewClientFactory).Pointer()).FileLine(0)
	files, err := filepath.Glob(filepath.Join(filepath.Dir(at), "*_client.go"))
	if err != nil || len(files) == 0 {
		t.Skipf("expected: the source of the SDK is not on this machine: %s", at)
	}
	var want []string
	for _, file := range files {
		want = append(want, operationsOf(t, file)...)
	}
	var got []string
	for _, op := range armapi.Specified() {
		got = append(got, op.Method+" "+op.Path+" "+op.Name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("operations.txt (+) is not what the SDK has (-):\n%s", diff)
	}
}

// operationsOf are the operations of one client: in the SDK's source each has a
// function that creates its request.
func operationsOf(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	creates := regexp.MustCompile(
		`(?s)func \(client \*(\w+)\) (\w+)CreateRequest\(.*?urlPath := "(.*?)".*?runtime\.NewRequest\(ctx, http\.Method(\w+),`)
	var list []string
	for _, m := range creates.FindAllStringSubmatch(string(text), -1) {
		client, method, path, verb := m[1], m[2], m[3], m[4]
		list = append(list, strings.ToUpper(verb)+" "+path+" "+client+"."+strings.ToUpper(method[:1])+method[1:])
	}
	return list
}

// TestHandlersHaveOperations finds handlers under a name that no operation has:
// they would never be called.
func TestHandlersHaveOperations(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, op := range armapi.Operations() {
		if known[op.Name] {
			t.Errorf("two operations are called %s", op.Name)
		}
		known[op.Name] = true
	}
	for name := range armapi.Handlers() {
		if !known[name] {
			t.Errorf("the handler %s is for no operation", name)
		}
	}
}
