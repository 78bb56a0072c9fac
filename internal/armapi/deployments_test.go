package armapi_test

import (
	"net/http"
	"strings"
	"testing"
)

const deploymentPath = "/subscriptions/11111111-2222-3333-4444-555555555555/resourcegroups/research/providers/Microsoft.Resources/deployments/d"

// A template makes a workspace, with what stands beside it on Azure; its
// operations say so, at both places where clients look.
func TestDeployTemplate(t *testing.T) {
	t.Parallel()
	h := newHarness(t).withGroup("Demo")
	h.ask("PUT", deploymentPath, `{"properties":{"mode":"incremental","parameters":{"name":{"value":"Demo"},"unset":{"value":null}},"template":{
		"parameters":{"name":{"type":"string"},"unset":{"type":"string","defaultValue":"[resourceGroup().location]"}},
		"variables":{"vault":"[resourceId('Microsoft.KeyVault/vaults', concat('kv', toLower(parameters('name'))))]"},
		"resources":[
			{"condition":"[equals(parameters('name'), 'other')]","type":"Microsoft.Network/virtualNetworks","name":"[reference('x').y]"},
			{"type":"Microsoft.KeyVault/vaults","name":"[concat('kv', toLower(parameters('name')))]"},
			{"type":"Microsoft.MachineLearningServices/workspaces","name":"[parameters('name')]","location":"[parameters('unset')]",
			 "properties":{"keyVault":"[variables('vault')]","hbiWorkspace":"false","imageBuildCompute":""}}]}}}`).want(t, http.StatusCreated)
	shown := h.ask("GET", h.scope.ARMID(), "").want(t, http.StatusOK)
	if text := shown.text; !strings.Contains(text, `/vaults/kvdemo"`) || !strings.Contains(text, `"hbiWorkspace":false`) {
		t.Errorf("the workspace is %s", text)
	}
	for _, path := range []string{deploymentPath, strings.Replace(deploymentPath, "/providers/Microsoft.Resources", "", 1)} {
		text := h.ask("GET", path+"/operations", "").want(t, http.StatusOK).text
		if strings.Count(text, `"provisioningOperation":"Create"`) != 2 || !strings.Contains(text, "EvaluateDeploymentOutput") {
			t.Errorf("the operations at %s are %s", path, text)
		}
	}
}

// What is not deployed is named, and nothing of the template is done; templates
// that go in circles, or grow beyond measure, are refused.
func TestDeployTemplateRefused(t *testing.T) {
	t.Parallel()
	const made = `{"type":"Microsoft.MachineLearningServices/workspaces","name":"Demo","properties":{}}`
	variables := `"v0":"xxxxxxxxxxxxxxxx"`
	for _, pair := range strings.Fields("v1:v0 v2:v1 v3:v2 v4:v3 v5:v4 v6:v5") {
		name, of, _ := strings.Cut(pair, ":")
		of = "variables('" + of + "')"
		variables += `,"` + name + `":"[concat(` + strings.TrimSuffix(strings.Repeat(of+",", 20), ",") + `)]"`
	}
	tests := map[string]struct {
		template string
		status   int
		says     string
	}{
		"a type":     {`{"resources":[` + made + `,{"type":"Microsoft.Network/virtualNetworks","name":"n"}]}`, 501, "Microsoft.Network/virtualNetworks"},
		"a child":    {`{"resources":[{"type":"Microsoft.KeyVault/vaults","name":"n","resources":[{"type":"secrets","name":"s"}]}]}`, 501, "Microsoft.KeyVault/vaults/secrets"},
		"a function": {`{"resources":[` + made + `],"outputs":{"o":{"type":"string","value":"[reference('x')]"}}}`, 501, "reference"},
		"a circle":   {`{"variables":{"a":"[variables('a')]"},"resources":[{"condition":"[variables('a')]","type":"x","name":"y"}]}`, 400, "depends on itself"},
		"growth":     {`{"variables":{` + variables + `},"resources":[{"type":"Microsoft.KeyVault/vaults","name":"[variables('v6')]"}]}`, 400, "too much"},
		"depth":      {`{"resources":[{"condition":"[` + strings.Repeat("not(", 200) + `]","type":"x","name":"y"}]}`, 400, "deep"},
		"a text":     {`{"resources":[{"condition":"[equals('a, 'b')]","type":"x","name":"y"}]}`, 400, "expression"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t).withGroup("Demo")
			got := h.ask("PUT", deploymentPath, `{"properties":{"template":`+test.template+`}}`).want(t, test.status)
			if !strings.Contains(got.text, test.says) {
				t.Errorf("it says %s, and not %s", got.text, test.says)
			}
			h.ask("GET", h.scope.ARMID(), "").want(t, http.StatusNotFound)
		})
	}
}
