package adf_test

import (
	"encoding/json"
	"testing"

	"github.com/ischia-ml/ischia/internal/adf"
	"github.com/ischia-ml/ischia/internal/golden"
)

func published() adf.Published {
	return adf.Published{
		Name: "demo-develop", ScoringURI: "https://demo-develop.eastus.inference.ml.azure.com/jobs", Deployment: "p1f0c6a02",
		Container: "azureml-blobstore-1", Folder: "cdml_aml_pipelines/markers", File: "demo-develop.csv",
		GUID: "0d1e2f30-0000-5000-8000-000000000001",
		Parameters: []adf.Parameter{
			{Name: "data_path", Type: "uri_folder", Default: "azureml://datastores/workspaceblobstore/paths/folder/"},
			{Name: "use_test_dataset", Type: "string", Default: "False"},
			{Name: "train_test_ratio", Type: "number", Default: "0.8"},
		},
	}
}

func TestPipeline(t *testing.T) {
	t.Parallel()
	batch := published()
	batch.Batch = true
	bare := published()
	bare.File, bare.Parameters = "", nil
	for name, p := range map[string]adf.Published{"execute": published(), "batch": batch, "without-marker": bare} {
		text, err := adf.Pipeline(p)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(text) {
			t.Errorf("%s is no JSON", name)
		}
		golden.Check(t, text, "testdata/"+name+".json")
	}
}
