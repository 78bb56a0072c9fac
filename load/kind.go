package load

import (
	"path"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// anyComponent is what kind is told of a definition that a step runs.
const anyComponent = "anyComponent"

// kind decides what root defines: type, then $schema, then what the caller was
// told, then shape. What disagrees is a warning.
func (r *reader) kind(root *yamlnode.Node, told string) (string, bool) {
	bySchema := schemaKind(root.Get("$schema"))
	byType, ok := r.typeKind(root, bySchema, told)
	if !ok {
		return "", false
	}
	component := told == anyComponent
	if component {
		told = ""
	}
	kind := firstOf(byType, bySchema, told, shapeKind(root))
	if component && bySchema == "" {
		kind = strings.Replace(kind, "Job", "Component", 1)
	}
	if kind == "" {
		r.errs.Errorf(firstLine(root), diag.CodeUnknownKind, "this is no definition that Azure ML knows: it has no type and no $schema").Hint =
			"add type: pipeline and jobs, or type: command and command"
		return "", false
	}
	if bySchema != "" && bySchema != kind {
		r.errs.Warnf(root.Get("$schema").Range, diag.CodeKindDisagrees, "$schema says %s, but this is a %s", bySchema, kind)
	}
	if told != "" && told != kind {
		r.errs.Warnf(kindPlace(root), diag.CodeKindDisagrees, "this is a %s, not a %s", kind, told)
	}
	return kind, true
}

// kindInPlace is the kind of a component that stands in a job, where only its
// own type counts; its faults are those of the job's shape.
func kindInPlace(v *yamlnode.Node) string {
	t := v.Get("type")
	switch {
	case t != nil:
		return componentKind(strings.ToLower(t.Text))
	case v.Get("jobs") != nil:
		return asset.PipelineComponent
	}
	return asset.CommandComponent
}

func firstOf(kinds ...string) string {
	for _, k := range kinds {
		if k != "" {
			return k
		}
	}
	return ""
}

// schemaKind is the kind that a $schema names: the base name of its URL.
func schemaKind(n *yamlnode.Node) string {
	if n == nil {
		return ""
	}
	base, ok := strings.CutSuffix(path.Base(n.Text), ".schema.json")
	if !ok {
		return ""
	}
	for _, k := range asset.Kinds() {
		if strings.EqualFold(k, base) {
			return k
		}
	}
	return schemaOfType(strings.ToLower(base))
}

// schemaOfType is the kind of a schema that is for one type of it only.
// Source: https://azuremlschemas.azureedge.net/latest/
func schemaOfType(base string) string {
	switch base {
	case "azureblob", "azurefile", "azuredatalakegen1", "azuredatalakegen2", "onelake":
		return asset.DatastoreKind
	case "amlcompute", "computeinstance", "kubernetescompute", "vmcompute", "virtualmachine", "synapsespark":
		return asset.ComputeKind
	case "managedonlineendpoint", "kubernetesonlineendpoint":
		return asset.OnlineEndpointKind
	case "managedonlinedeployment", "kubernetesonlinedeployment":
		return asset.OnlineDeploymentKind
	case "automlclassificationjob", "automlregressionjob", "automlforecastingjob":
		return asset.AutoMLJob
	}
	return ""
}

// isDeployment: the kind has a type of its own, which may be pipeline.
func isDeployment(kind string) bool { return strings.HasSuffix(kind, "Deployment") }

// shapeKind decides by the keys that only one kind has.
func shapeKind(root *yamlnode.Node) string {
	has := func(key string) bool { return root.Get(key) != nil }
	switch {
	case has("endpoint_name") && (has("component") || has("job_definition")):
		return asset.PipelineComponentBatchDeploymentKind
	case has("endpoint_name") && has("instance_type"):
		return asset.OnlineDeploymentKind
	case has("endpoint_name"):
		return asset.BatchDeploymentKind
	case has("trigger"):
		return asset.ScheduleKind
	case has("jobs"):
		return asset.PipelineJob
	case has("trial") && has("search_space"):
		return asset.SweepJob
	case has("command") && (has("is_deterministic") || has("name") && has("version")):
		return asset.CommandComponent
	case has("command"):
		return asset.CommandJob
	case has("name") && (has("image") || has("conda_file") || has("build")):
		return asset.EnvironmentKind
	}
	return ""
}

// jobKind is what a job file of that type is; empty when there are none. A type
// that is both a job and a component is decided by what else stands there.
func jobKind(typ string) string {
	switch typ {
	case "pipeline":
		return asset.PipelineJob
	case "command":
		return asset.CommandJob
	case "sweep", "spark", "parallel", "import":
		return typ + "Job"
	case "automl":
		return "autoMLJob"
	case "data_transfer":
		return "dataTransferJob"
	}
	return ""
}

// jobFileTypes are the types that jobKind knows.
func jobFileTypes() []string {
	return []string{"automl", "command", "data_transfer", "import", "parallel", "pipeline", "spark", "sweep"}
}

// componentKind is what a component file of that type is; empty when there are
// none.
func componentKind(typ string) string {
	switch typ {
	case "pipeline":
		return asset.PipelineComponent
	case "command":
		return asset.CommandComponent
	case "spark", "parallel", "automl":
		return typ + "Component"
	case "data_transfer":
		return "dataTransferComponent"
	}
	return ""
}

// assetKind is the kind of the definitions of that type that are neither job
// nor component.
func assetKind(typ string) string {
	switch strings.ToLower(typ) {
	case "uri_file", "uri_folder", "mltable":
		return "data"
	case "custom_model", "mlflow_model", "triton_model":
		return "model"
	case "azure_blob", "azure_file", "azure_data_lake_gen1", "azure_data_lake_gen2", "one_lake", "hdfs":
		return "datastore"
	case "amlcompute", "computeinstance", "virtualmachine", "kubernetes", "synapsespark":
		return "compute"
	}
	return ""
}

// typeKind decides by `type`. ok is false when it is wrong, and reported.
func (r *reader) typeKind(root *yamlnode.Node, bySchema, told string) (string, bool) {
	n := root.Get("type")
	if n == nil || n.Kind != yamlnode.Scalar {
		return "", true
	}
	if isDeployment(bySchema) || isDeployment(told) || root.Get("endpoint_name") != nil {
		return bySchema, true
	}
	job, comp := jobKind(n.Text), componentKind(n.Text)
	if (job == asset.ParallelJob || job == asset.DataTransferJob) && bySchema != job && told != job {
		return comp, true // Azure ML takes no such jobs outside pipelines
	}
	if job != "" && comp != "" {
		return jobOrComponent(root, job, comp, firstOf(bySchema, told)), true
	}
	if kind := firstOf(job, comp, assetKind(n.Text)); kind != "" {
		return kind, true
	}
	if bySchema != "" && !isJobKind(bySchema) {
		return bySchema, true
	}
	r.unknownType(n)
	return "", false
}

func isJobKind(kind string) bool {
	return strings.HasSuffix(kind, "Job") || strings.HasSuffix(kind, "Component")
}

func (r *reader) unknownType(n *yamlnode.Node) {
	types := jobFileTypes()
	d := r.errs.Errorf(n.Range, diag.CodeUnknownKind, "%q is not a type that Azure ML knows", n.Text)
	d.Path = "type"
	d.Hint = firstOf(diag.DidYouMean(n.Text, types), "types of jobs are "+strings.Join(types, ", "))
}

// jobOrComponent tells a job from a component of the same type. $schema says
// it; without one, a component has a name and version and declares inputs
// without values.
func jobOrComponent(root *yamlnode.Node, job, comp, hint string) string {
	if hint == job || hint == comp {
		return hint
	}
	if strings.HasSuffix(hint, "Component") {
		return comp
	}
	if strings.HasSuffix(hint, "Job") {
		return job
	}
	if root.Get("settings") != nil || root.Get("experiment_name") != nil || root.Get("compute") != nil || givesValues(root) {
		return job
	}
	if root.Get("is_deterministic") != nil || root.Get("version") != nil && root.Get("name") != nil || declares(root) {
		return comp
	}
	return job
}

// givesValues: an input is a literal or has a path.
func givesValues(root *yamlnode.Node) bool {
	return slices.ContainsFunc(pairs(root.Get("inputs")), func(p yamlnode.Pair) bool {
		return p.Value.Kind == yamlnode.Scalar || p.Value.Get("path") != nil
	})
}

// declares: an input has a type, and no value.
func declares(root *yamlnode.Node) bool {
	return slices.ContainsFunc(pairs(root.Get("inputs")), func(p yamlnode.Pair) bool {
		return p.Value.Get("type") != nil && p.Value.Get("path") == nil
	})
}

func pairs(n *yamlnode.Node) []yamlnode.Pair {
	if n == nil {
		return nil
	}
	return n.Pairs
}
