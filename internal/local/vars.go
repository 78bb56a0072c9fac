package local

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// vars are the variables that Azure ML sets for every step.
// Source: the environment of a real job, azureml-protocol reference 6.1.
func (j *running) vars(ctx context.Context) func(*plan.Node) []string {
	s := j.req.Scope
	shared := sync.OnceValue(func() []string { return j.sharedVars(ctx) })
	return func(n *plan.Node) []string {
		name, shared := j.name(n), shared()
		return append(shared[:len(shared):len(shared)],
			"AZUREML_RUN_ID="+name,
			"AZUREML_CR_AZUREML_CONTEXT="+azuremlContext(s, j.tree.Root, name),
			"AZUREML_CR_COMPUTE_CONTEXT="+computeContext(n),
		)
	}
}

// sharedVars are the variables that are the same for all steps.
func (j *running) sharedVars(ctx context.Context) []string {
	s, experiment := j.req.Scope, j.tree.Root.Experiment
	// Without an id (the ledger could not be asked) the variable is empty.
	id, err := j.ledger.ExperimentID(ctx, s, experiment)
	if errors.Is(err, workspace.ErrNotFound) && j.rec.commits != nil && j.rec.commits.begin() == nil {
		// It is new, and has its number now that its first job is on record.
		id, _ = j.ledger.ExperimentID(ctx, s, experiment)
	}
	return []string{
		"AZUREML_ROOT_RUN_ID=" + j.tree.Root.Name,
		"AZUREML_EXPERIMENT_ID=" + id,
		"AZUREML_EXPERIMENT_SCOPE=" + s.ARMID() + "/experiments/" + experiment,
		"AZUREML_WORKSPACE_SCOPE=" + s.ARMID(),
		"AZUREML_ARM_SUBSCRIPTION=" + s.Subscription,
		"AZUREML_ARM_RESOURCEGROUP=" + s.ResourceGroup,
		"AZUREML_ARM_WORKSPACE_NAME=" + s.Workspace,
		"AZUREML_ARM_PROJECT_NAME=" + experiment,
		"AZUREML_COMPUTE_USE_COMMON_RUNTIME=true",
	}
}

// The fields stand in the order of their names, as in JSON of a map.
func azuremlContext(s workspace.Scope, root *workspace.Job, run string) string {
	return jsonText(struct {
		DataContainer  string `json:"data_container_id"`
		ExperimentName string `json:"experiment_name"`
		ResourceGroup  string `json:"resource_group"`
		RootRun        string `json:"root_run_id"`
		Run            string `json:"run_id"`
		RunUUID        string `json:"run_uuid"`
		Subscription   string `json:"subscription_id"`
		Workspace      string `json:"workspace_name"`
	}{"dcid." + run, root.Experiment, s.ResourceGroup, root.Name, run, run, s.Subscription, s.Workspace})
}

func computeContext(n *plan.Node) string {
	return jsonText(struct {
		Cluster  string `json:"cluster_name"`
		GPUs     int    `json:"gpu_count"`
		Node     string `json:"node_id"`
		Attempts int    `json:"run_attempt_count"`
	}{n.Compute, 0, "local", 1})
}

func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "{}" // texts and numbers always print
	}
	return string(text)
}
