package load_test

import (
	"testing"
	"testing/fstest"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/load"
)

// untyped are definitions that say nothing of their kind, which may lack type.
func untyped() map[string]string {
	const command = "command: echo\nenvironment: azureml:e:1\n"
	return map[string]string{
		"commandJob":                       command,
		"commandComponent":                 "name: a\n" + command,
		"pipelineJob":                      "jobs: {a: {component: azureml:c:1}}\n",
		"pipelineComponent":                "name: a\njobs: {a: {component: azureml:c:1}}\n",
		"data":                             "name: a\npath: azureml://datastores/d/paths/p\n",
		"environment":                      "name: a\nimage: i\n",
		"model":                            "name: a\npath: azureml://datastores/d/paths/p\n",
		"schedule":                         "name: a\ntrigger: {type: cron, expression: 0 0 * * *}\ncreate_job: azureml:j\n",
		"workspace":                        "name: work\nlocation: westeurope\n",
		"registry":                         "name: reg\nlocation: westeurope\nreplication_locations: [{location: westeurope}]\n",
		"batchEndpoint":                    "name: batch\n",
		"batchDeployment":                  "name: first\nendpoint_name: batch\nmodel: azureml:m:1\n",
		"modelBatchDeployment":             "name: first\nendpoint_name: batch\nmodel: azureml:m:1\ncompute: azureml:c\n",
		"pipelineComponentBatchDeployment": "name: first\nendpoint_name: batch\ncomponent: azureml:c:1\n",
		"onlineEndpoint":                   "name: online\n",
		"onlineDeployment":                 "name: first\nendpoint_name: online\nmodel: azureml:m:1\ninstance_type: Standard_DS3_v2\ninstance_count: 1\n",
	}
}

// TestKindIsTold: what a file does not say, the caller may.
func TestKindIsTold(t *testing.T) {
	t.Parallel()
	for kind, text := range untyped() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			fsys := fstest.MapFS{"def.yml": {Data: []byte(text)}}
			def, errs := load.Check(fsys, "def.yml", load.Options{Kind: kind})
			if def == nil || def.Kind() != kind {
				t.Fatalf("it is read as %v: %v", def, errs.Err())
			}
			for _, d := range errs {
				if d.Severity == diag.Error || d.Code == diag.CodeKindDisagrees {
					t.Error(d.Error())
				}
			}
		})
	}
}

// TestKindThatIsSaid: what a file says itself wins.
func TestKindThatIsSaid(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{"def.yml": {Data: []byte("type: uri_folder\nname: a\npath: azureml://datastores/d/paths/p\n")}}
	def, errs := load.Check(fsys, "def.yml", load.Options{Kind: "model"})
	if def == nil || def.Kind() != "data" {
		t.Fatalf("it is read as %v", def)
	}
	if len(errs) != 1 || errs[0].Code != diag.CodeKindDisagrees {
		t.Errorf("got %v", errs)
	}
}
