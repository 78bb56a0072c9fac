package armapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/workspace"
)

const workspaceType = "Microsoft.MachineLearningServices/workspaces"

func isWorkspaceType(kind string) bool { return strings.EqualFold(kind, workspaceType) }

// isMade reports whether a template may ask for resources of a type: workspaces,
// and what Azure wants beside one. Those come with the workspace here: its
// storage account is its own, whatever name the template has for it, and a
// vault or insights are names that the workspace keeps.
func isMade(kind string) bool {
	return slices.ContainsFunc([]string{
		workspaceType, "Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults",
		"Microsoft.Insights/components", "Microsoft.OperationalInsights/workspaces",
	}, func(known string) bool { return strings.EqualFold(kind, known) })
}

// notMade refuses a template for what it asks for.
func notMade(what string) error {
	return &fault{
		status: http.StatusNotImplemented, code: "DeploymentFailed",
		message: "the embedded workspace does not deploy " + what,
	}
}

// templateWorkspace is a workspace that a template asks for.
type templateWorkspace struct {
	scope workspace.Scope
	body  []byte
}

// templateWorkspace makes of a resource of a template what a client would PUT.
func (c *call) templateWorkspace(r templateResource) (*templateWorkspace, error) {
	scope := c.scope
	scope.Workspace = r.Name
	body := maps.Clone(r.Body)
	for _, name := range []string{"name", "type", "apiVersion", "comments"} {
		delete(body, name)
	}
	p, _ := body["properties"].(map[string]any)
	body["properties"] = plainWorkspace(p)
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write workspace %s: %w", r.Name, err)
	}
	var read armmachinelearning.Workspace
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, badRequest("InvalidTemplate", "the workspace %s: %v", r.Name, err)
	}
	return &templateWorkspace{scope: scope, body: text}, nil
}

// plainWorkspace is what is left of a workspace's properties without those
// that say nothing: the template has a place for each that there is. Its flags
// are texts, which the service takes as well.
func plainWorkspace(p map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range p {
		if isFlag(name) {
			if text, ok := v.(string); ok {
				v = strings.EqualFold(text, "true")
			}
		}
		if v = withoutEmpty(v); v != nil {
			out[name] = v
		}
	}
	if e, ok := out["encryption"].(map[string]any); ok && sameValue(e["status"], "Disabled") {
		delete(out, "encryption")
	}
	return out
}

// isFlag names the properties of a workspace that are true or false.
func isFlag(name string) bool {
	return slices.Contains([]string{
		"hbiWorkspace", "softDeleteEnabled", "allowRecoverSoftDeletedWorkspace", "allowRoleAssignmentOnRG",
		"provisionNetworkNow", "enableDataIsolation", "v1LegacyMode", "allowPublicAccessWhenBehindVnet",
	}, name)
}

// withoutEmpty is v without texts, arrays and objects that are empty; nil when
// nothing is left.
func withoutEmpty(v any) any {
	o, ok := v.(map[string]any)
	if !ok {
		if isEmpty(v) {
			return nil
		}
		return v
	}
	out := map[string]any{}
	for name, inner := range o {
		if inner = withoutEmpty(inner); inner != nil {
			out[name] = inner
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// outputs are a template's, worked out.
func (t *template) outputs() (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(t.Outputs)) {
		o := t.Outputs[name]
		holds, err := t.condition(o["condition"])
		if err != nil {
			return nil, err
		}
		if !holds {
			continue
		}
		v, err := t.value(o["value"])
		if err != nil {
			return nil, err
		}
		out[name] = map[string]any{"type": o["type"], "value": v}
	}
	return out, nil
}

// shown are the parameters as they are told.
func (t *template) shown() (map[string]parameterShown, error) {
	out := map[string]parameterShown{}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		kind := strings.ToLower(t.Parameters[name].Type)
		v, err := t.parameter(name)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(kind, "secure") {
			v = nil
		}
		out[name] = parameterShown{Type: strings.ToUpper(kind[:min(1, len(kind))]) + kind[min(1, len(kind)):], Value: v}
	}
	return out, nil
}
