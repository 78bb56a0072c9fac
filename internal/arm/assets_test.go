package arm_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// assetsYAML are definitions that come back as they went.
func assetsYAML() map[string]string {
	return map[string]string{
		asset.DataKind: `
name: d
version: "1"
type: uri_file
path: https://example.com/a.csv
description: some data
tags: {team: blue}
properties: {a: b}
`,
		asset.ModelKind: `
name: m
version: "3"
type: mlflow_model
path: azureml://datastores/d/paths/model
stage: Production
flavors: {python_function: {loader_module: mlflow.sklearn}}
`,
		asset.EnvironmentKind: `
name: e
version: "1"
image: ubuntu:22.04
conda_file: {name: x, dependencies: [python=3.12]}
os_type: linux
inference_config: {liveness_route: {port: 80, path: /live}, readiness_route: {port: 80, path: /ready}, scoring_route: {port: 80, path: /}}
`,
		asset.ComputeKind: `
name: cpu
type: amlcompute
size: Standard_DS3_v2
tier: low_priority
min_instances: 1
max_instances: 4
idle_time_before_scale_down: 120
identity: {type: system_assigned}
`,
		asset.DatastoreKind: `
name: store
type: azure_blob
account_name: acct
container_name: data
protocol: https
endpoint: core.windows.net
credentials: {account_key: aGVsbG8=}
`,
		asset.BatchEndpointKind: `
$schema: https://azuremlschemas.azureedge.net/latest/batchEndpoint.schema.json
name: score
auth_mode: aad_token
defaults: {deployment_name: blue}
`,
		asset.PipelineComponentBatchDeploymentKind: `
$schema: https://azuremlschemas.azureedge.net/latest/pipelineComponentBatchDeployment.schema.json
name: blue
endpoint_name: score
type: pipeline
component: azureml:train:2
settings: {continue_on_step_failure: true, default_compute: azureml:cpu}
`,
		asset.ScheduleKind: `
name: nightly
display_name: Every night
trigger: {type: recurrence, frequency: week, interval: 1, schedule: {hours: 4, minutes: [15, 30], week_days: [monday, friday]}, time_zone: UTC}
create_job: azureml:some-job
`,
	}
}

// TestAssets: a definition that is encoded and decoded prints as before, and
// its body stays what it is.
func TestAssets(t *testing.T) {
	t.Parallel()
	for kind, yaml := range assetsYAML() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			def, errs := load.FileOfKind(fstest.MapFS{"a.yml": {Data: []byte(yaml)}}, "a.yml", kind)
			if errs.HasErrors() {
				t.Fatal(errs.Err())
			}
			body, back, err := assetThroughWire(t.Context(), def)
			if err != nil {
				t.Fatal(err)
			}
			golden.Check(t, body, "testdata/assets/"+kind+".golden")
			if diff := cmp.Diff(printedDefinition(t, def), printedDefinition(t, back)); diff != "" {
				t.Errorf("it is another one (-before +after):\n%s", diff)
			}
		})
	}
}

func printedDefinition(t *testing.T, def asset.Definition) string {
	t.Helper()
	text, err := load.Print(def)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func assetThroughWire(ctx context.Context, def asset.Definition) ([]byte, asset.Definition, error) {
	s := newStore()
	o := arm.EncodeOptions{Scope: scope, Resolver: s}
	d := arm.DecodeOptions{Scope: scope, Lookup: lookup{s}}
	switch a := def.(type) {
	case *asset.Data:
		return wired(arm.EncodeData(ctx, a, o))(func(b armmachinelearning.DataVersionBase) (asset.Definition, error) {
			return arm.DecodeData(ctx, a.Name.Value, a.Version.Value, b, d)
		})
	case *asset.Model:
		return wired(arm.EncodeModel(ctx, a, o))(func(b armmachinelearning.ModelVersion) (asset.Definition, error) {
			return arm.DecodeModel(ctx, a.Name.Value, a.Version.Value, b, d)
		})
	case *asset.Environment:
		return wired(arm.EncodeEnvironment(ctx, a, o))(func(b armmachinelearning.EnvironmentVersion) (asset.Definition, error) {
			return arm.DecodeEnvironment(ctx, a.Name.Value, a.Version.Value, b, d)
		})
	case *asset.Compute:
		return wired(arm.EncodeCompute(a))(func(b armmachinelearning.ComputeResource) (asset.Definition, error) {
			return arm.DecodeCompute(a.Name.Value, b)
		})
	case *asset.Datastore:
		return wired(arm.EncodeDatastore(a))(func(b armmachinelearning.Datastore) (asset.Definition, error) {
			return arm.DecodeDatastore(a.Name.Value, b)
		})
	case *asset.BatchEndpoint:
		return wired(arm.EncodeBatchEndpoint(a))(func(b armmachinelearning.BatchEndpoint) (asset.Definition, error) {
			e, err := arm.DecodeBatchEndpoint(a.Name.Value, b)
			if err == nil {
				e.Schema = a.Schema
			}
			return e, err
		})
	case *asset.BatchDeployment:
		return wired(arm.EncodeBatchDeployment(ctx, a, nil, o))(func(b armmachinelearning.BatchDeployment) (asset.Definition, error) {
			e, err := arm.DecodeBatchDeployment(a.EndpointName.Value, a.Name.Value, b, d)
			if err == nil {
				e.Schema = a.Schema
			}
			return e, err
		})
	case *asset.Schedule:
		job := &pipeline.CommandJob{Step: &pipeline.Step{Type: pipeline.CommandStep, Component: &pipeline.Component{
			Type: pipeline.CommandComponent, Command: pipeline.Text{Value: "echo"},
			Environment: &pipeline.Environment{Ref: pipeline.Text{Value: "azureml:e:1"}}, Inline: true,
		}}}
		body, err := arm.EncodeSchedule(ctx, a, job, o)
		if err != nil {
			return nil, nil, err
		}
		text, err := indented(body)
		if err != nil {
			return nil, nil, err
		}
		back, same, err := arm.DecodeSchedule(ctx, a.Name.Value, text, d)
		if err != nil {
			return nil, nil, err
		}
		if c, ok := same.(*pipeline.CommandJob); !ok || c.Step.Component.Command.Value != "echo" {
			return nil, nil, fmt.Errorf("the job is %v", same)
		}
		back.CreateJob = a.CreateJob
		return text, back, nil
	}
	return nil, nil, fmt.Errorf("no test for %T", def)
}

// wired sends a body as JSON through the SDK's type.
func wired[B any](body B, err error) func(func(B) (asset.Definition, error)) ([]byte, asset.Definition, error) {
	return func(decode func(B) (asset.Definition, error)) ([]byte, asset.Definition, error) {
		if err != nil {
			return nil, nil, err
		}
		text, err := indented(body)
		if err != nil {
			return nil, nil, err
		}
		var back B
		if err := json.Unmarshal(text, &back); err != nil {
			return nil, nil, err
		}
		def, err := decode(back)
		return text, def, err
	}
}
