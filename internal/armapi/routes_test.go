package armapi_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	const ws = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w"
	routes := armapi.NewRoutes()
	tests := map[string]struct {
		method, path string
		want         string // the operation; or the status
		name, value  string // one of the parameters
	}{
		"words in any case":       {"GET", strings.ToLower(ws) + "/COMPUTES/Cpu", "ComputeClient.Get", "computeName", "Cpu"},
		"resource groups":         {"HEAD", "/subscriptions/s/resourcegroups/G", "ResourceGroupsClient.CheckExistence", "resourceGroupName", "G"},
		"a slash at the end":      {"GET", ws + "/computes/", "ComputeClient.List", "workspaceName", "w"},
		"escaped name":            {"GET", ws + "/computes/c%70u", "ComputeClient.Get", "computeName", "cpu"},
		"escaped word":            {"GET", ws + "/%63omputes/c", "ComputeClient.Get", "computeName", "c"},
		"a name that is a word":   {"GET", ws + "/computes/computes", "ComputeClient.Get", "computeName", "computes"},
		"HEAD as GET":             {"HEAD", ws + "/computes/c", "ComputeClient.Get", "computeName", "c"},
		"HEAD of a POST":          {"HEAD", ws + "/computes/c/start", "405", "", ""},
		"other method":            {"PUT", ws + "/computes", "405", "", ""},
		"method in lower case":    {"get", ws + "/computes", "405", "", ""},
		"nothing there":           {"GET", ws + "/nothing", "404", "", ""},
		"part of a path":          {"GET", "/subscriptions/s/resourceGroups/g/providers", "404", "", ""},
		"beyond a path":           {"GET", ws + "/computes/c/d/e", "404", "", ""},
		"root":                    {"GET", "/", "404", "", ""},
		"escaped slash":           {"GET", ws + "/computes/a%2Fb", "400", "", ""},
		"escaped dots":            {"GET", ws + "/computes/%2e%2e", "400", "", ""},
		"dots in the middle":      {"GET", "/subscriptions/../resourceGroups/g", "400", "", ""},
		"NUL":                     {"GET", ws + "/computes/a%00", "400", "", ""},
		"empty name":              {"GET", "/subscriptions//resourceGroups/g", "400", "", ""},
		"bad subscription":        {"GET", "/subscriptions/%20/resourceGroups/g", "400", "", ""},
		"long name":               {"GET", ws + "/computes/" + strings.Repeat("a", 256), "400", "", ""},
		"a name as long as it is": {"GET", ws + "/computes/" + strings.Repeat("a", 255), "ComputeClient.Get", "resourceGroupName", "g"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse("http://x" + test.path)
			if err != nil {
				t.Fatal(err)
			}
			op, vars, err := routes.Match(test.method, u)
			got := ""
			if err != nil {
				got = map[int]string{400: "400", 404: "404", 405: "405"}[armapi.FaultStatus(err)]
			} else {
				got = op.Name
			}
			if got != test.want {
				t.Fatalf("got %s (%v), want %s", got, err, test.want)
			}
			if vars[test.name] != test.value {
				t.Errorf("%s: got %q, want %q", test.name, vars[test.name], test.value)
			}
		})
	}
}

// TestEveryOperationIsFound asks for each with names in the place of its
// parameters.
func TestEveryOperationIsFound(t *testing.T) {
	t.Parallel()
	routes := armapi.NewRoutes()
	for _, op := range armapi.Operations() {
		path := strings.NewReplacer("{", "", "}", "").Replace(op.Path)
		got, _, err := routes.Match(op.Method, &url.URL{Path: strings.ToUpper(path)})
		if err != nil || got.Name != op.Name {
			t.Errorf("%s %s: got %v, %v, want %s", op.Method, path, got, err, op.Name)
		}
	}
	for _, at := range armapi.Ambiguous() {
		t.Errorf("at %s may stand a word or a name", at)
	}
}

func FuzzMatch(f *testing.F) {
	for _, op := range armapi.Operations() {
		f.Add(op.Method, op.Path)
	}
	f.Add("GET", "/subscriptions/%2e%2e/resourceGroups/a%2fb")
	f.Add("HEAD", "//subscriptions//%00")
	routes := armapi.NewRoutes()
	f.Fuzz(func(t *testing.T, method, path string) {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return
		}
		op, vars, err := routes.Match(method, u)
		if err != nil {
			if status := armapi.FaultStatus(err); status < 400 || status > 499 {
				t.Errorf("%v has the status %d", err, status)
			}
			return
		}
		if op.Method != method && (method != http.MethodHead || op.Method != http.MethodGet) {
			t.Errorf("%s found %s", method, op.Name)
		}
		for name, value := range vars {
			if workspace.CheckName(value) != nil {
				t.Errorf("%s is %q", name, value)
			}
			if !strings.Contains(op.Path, "{"+name+"}") {
				t.Errorf("%s has no %s", op.Path, name)
			}
		}
	})
}
