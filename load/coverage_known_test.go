//go:build !race

package load_test

import (
	"strings"
	"testing/fstest"

	"github.com/ischia-ml/ischia/internal/schema"
)

// What no description says: values that mean something, by field or by object
// and field, and mappings whose smallest form is not what they require.

const (
	inlineJob = "command: echo, environment: azureml:base@latest"
	otherJob  = "b: {" + inlineJob + ", inputs: {i: 1}, outputs: {o: }}"
)

// knownFiles are the files that samples refer to.
func knownFiles() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"c.yml": "{type: command, inputs: {x: {type: string, optional: true}}, outputs: {o: {type: uri_folder}}, " +
			"command: 'echo $[[${{inputs.x}}]]', environment: azureml:base@latest}",
		"p.yml": "{type: pipeline, inputs: {x: {type: string, optional: true}}, outputs: {o: {type: uri_folder}}, " +
			"jobs: {y: {" + inlineJob + ", outputs: {o: '${{parent.outputs.o}}'}}}}",
		"import.yml": "{type: mltable, name: x, path: 'azureml://datastores/workspaceblobstore/paths/x', source: {type: database, connection: azureml:c, query: q}}",
		"d.yml":      "{type: command, command: echo d, environment: azureml:base@latest}",
		"q.yml":      "{type: pipeline, jobs: {z: {" + inlineJob + "}}}",
		"job.yml":    "{type: pipeline, jobs: {y: {" + inlineJob + "}}}",
		"conda.yml":  "name: x",
		"data/a.csv": "", "other/a.csv": "",
		"code/Dockerfile": "", "other/Dockerfile": "", "code/a.py": "",
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// knownSamples are values of fields, the usual one first.
func knownSamples() map[string][]string {
	return map[string][]string{
		"code":              {"./code", "./other"},
		"path":              {"./data", "./other"},
		"component":         {"azureml:c:1"},
		"trial":             {"./c.yml"},
		"environment":       {"azureml:base@latest", "azureml:other@latest", "{image: other}"},
		"conda_file":        {"{name: c}", "./conda.yml"},
		"command":           {"echo", "echo other"},
		"compute":           {"azureml:cpu", "azureml:other"},
		"default_datastore": {"azureml:workspaceartifactstore"},
		"jobs":              {"{b: {" + inlineJob + "}, c: {" + inlineJob + "}}", "{b: {command: echo b, environment: azureml:base@latest}}"},
		"version":           {`"1"`, `"2"`},
		"conf":              {sparkConf},
		"input_data":        {`"${{inputs.x}}"`},
		"expression":        {"0 6 * * *", "0 7 * * *"},
		"condition":         {"true"},
		"body":              {`"${{parent.jobs.b}}"`},
		"true_block":        {`"${{parent.jobs.b}}"`},
		"false_block":       {`"${{parent.jobs.b}}"`},
		"items":             {"[{i: 1}]"},
		"mapping":           {"{o: i}"},
		"output":            {"{type: uri_folder}"},

		"outputs":                {"{o: {type: uri_folder}}", "{o: {type: uri_folder, path: 'azureml://datastores/workspaceblobstore/paths/o'}}", "{x: {type: uri_folder, mode: direct}}"},
		"time_zone":              {"UTC"},
		"tile_grid_size":         {"3x2"},
		"primary_metric":         {"accuracy"},
		"BuildContext.path":      {"./code", "./other"},
		"InputParameter.default": {"4"},
		"InputParameter.enum":    {"['3']", "[3]"},
		"inputs": {"{x: {type: string, default: hello}}", "{x: 1}", "{x: {type: uri_folder, path: azureml:d:1}}", "{x: {type: uri_folder}}",
			"{x: {type: uri_folder, path: azureml:d:2}}", "{source: {type: mltable, path: azureml:d:2}}"},
		"append_row_to":                     {`"${{outputs.o}}"`},
		"allowed_training_algorithms":       {"[light_gbm]"},
		"blocked_training_algorithms":       {"[light_gbm]"},
		"default_compute":                   {"azureml:cpu"},
		"idle_time_before_shutdown_minutes": {"30"},
		"id":                                {"azureml:/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/w/components/c/versions/1"},
		"Monitor.compute":                   {"{instance_type: standard_e4s_v3, runtime_version: '3.4'}"},
		"Schedule.import_data":              {"./import.yml", "{path: azureml://datastores/workspaceblobstore/paths/x, name: x, type: mltable, source: {type: database, connection: azureml:c, query: q}}"},
		"IPRule.value":                      {"10.0.0.0/8"},
		"ip_rules":                          {"[{value: 10.0.0.0/8}]"},
		"storage_account":                   {resource},
		"container_registry":                {resource},
		"key_vault":                         {resource},
		"application_insights":              {resource},
		"hub_id":                            {resource},
		"workspace_hub":                     {resource},
		"primary_user_assigned_identity":    {resource},
		"custom_subnet":                     {resource},
		"storage_id":                        {resource},
		"search_id":                         {resource},
		"cosmosdb_id":                       {resource},
		"RegistryRegion.storage_config":     {"[" + resource + "]"},
		"BatchDeployment.model":             {"azureml:m:1"}, "ModelBatchDeployment.model": {"azureml:m:1"}, "OnlineDeployment.model": {"azureml:m:1"},
		"model_mount_path": {"/var/model"},
		"connection":       {"azureml:c"},
		"shm_size":         {"2g"},
		"on_init":          {"b"},
		"on_finalize":      {"b"},
		"min_value":        {"1"},
		"max_value":        {"9", "8"},

		"CommandNode.component":     {"./c.yml", "./d.yml"},
		"SweepJob.trial":            {"{" + inlineJob + "}"},
		"PipelineNode.component":    {"./p.yml", "./q.yml"},
		"PipelineJob.component":     {"./p.yml"},
		"Schedule.create_job":       {"./job.yml"},
		"ScheduledJob_pipeline.job": {"./job.yml"},
		"job":                       {"azureml:j"},
		"DataImport.path":           {"azureml://datastores/workspaceblobstore/paths/x"},
		"Route.path":                {"/x"},
		"service_resource_id":       {"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/s"},
	}
}

const resource = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/Microsoft.X/y/z"

const guid = "00000000-0000-0000-0000-000000000000"

const sparkConf = "{spark.driver.cores: 1, spark.driver.memory: 2g, spark.executor.cores: 1, spark.executor.memory: 2g, spark.executor.instances: 1}"

// basesOf are mappings of an object into which its fields are put, the smallest
// first.
func basesOf(o *schema.Object) []fieldsOf {
	if known := knownBases()[o.Name]; known != nil {
		return known
	}
	base := required(o)
	out := []fieldsOf{base}
	if f := fieldNamed(o, "type"); f != nil {
		for _, value := range f.Shape.Enum {
			out = append(out, base.with("type", value))
		}
	}
	return out
}

func knownBases() map[string][]fieldsOf {
	image, build := fieldsOf{{"image", "x:1"}}, fieldsOf{{"build", "{path: ./code}"}}
	given, declared := entry{"inputs", "{x: {type: uri_folder, path: azureml:d:1}}"}, entry{"inputs", "{x: {type: uri_folder}}"}
	made, declaredOut := entry{"outputs", "{o: {type: uri_folder}}"}, entry{"outputs", "{o: {type: uri_folder}}"}
	mini := fieldsOf{{"type", "parallel"}, {"input_data", `"${{inputs.x}}"`}, {"mini_batch_size", `"10"`},
		{"task", "{type: run_function, environment: azureml:base@latest, entry_script: a.py, code: ./code}"}}
	spark := fieldsOf{{"type", "spark"}, {"code", "./code"}, {"entry", "{file: a.py}"}, {"conf", sparkConf}}
	pool := entry{"compute", "azureml:pool"}
	copyData := fieldsOf{{"type", "data_transfer"}, {"task", "copy_data"}, {"data_copy_mode", "merge_with_overwrite"}}
	sweep := fieldsOf{{"type", "sweep"}, {"trial", "./c.yml"}, {"objective", "{goal: minimize, primary_metric: loss}"}, {"limits", "{max_total_trials: 2}"},
		{"search_space", "{x: {type: choice, values: [a, b]}}"}}
	importData := fieldsOf{{"type", "data_transfer"}, {"task", "import_data"}, {"source", "{type: database, connection: azureml:c, query: q}"}, {"outputs", "{sink: {type: mltable}}"}}
	exportData := fieldsOf{{"type", "data_transfer"}, {"task", "export_data"}, {"sink", "{type: database, connection: azureml:c, table_name: t}"}, {"inputs", "{source: {type: mltable, path: azureml:d:1}}"}}
	table := entry{"training_data", "{type: mltable, path: azureml:d:1}"}
	var autoML []fieldsOf
	for _, task := range []string{"classification", "forecasting", "image_object_detection", "image_classification", "text_classification"} {
		m := fieldsOf{{"type", "automl"}, {"task", task}, table, {"target_column_name", "y"}}
		if task == "forecasting" {
			m = append(m, entry{"forecasting", "{time_column_name: t}"})
		}
		if strings.HasPrefix(task, "image") {
			m = m.with("primary_metric", map[bool]string{true: "accuracy", false: "mean_average_precision"}[task == "image_classification"])
		}
		if task == "text_classification" {
			m = append(m, entry{"validation_data", "{type: mltable, path: azureml:d:1}"})
		}
		autoML = append(autoML, m)
	}
	return map[string][]fieldsOf{
		"AutoMLJob": autoML, "AutoMLNode": autoML,
		"InputParameter": {{{"type", "number"}, {"default", "3"}}, {{"type", "number"}}, {{"type", "string"}, {"default", "3"}}},
		"BuildContext":   {{{"path", "./code"}}},
		"InputPort":      {{{"type", "uri_folder"}}},
		"JobOutput":      {{{"type", "uri_folder"}}, {{"type", "uri_folder"}, {"name", "asset"}}},

		"DataInput":    {{{"type", "uri_folder"}, {"path", "./data"}}},
		"LiteralInput": {{{"value", "1"}}},
		"ComputeSSH":   {{{"admin_username", "ada"}, {"admin_password", "from-a-vault"}}},
		"NetworkACLs":  {{{"default_action", "Allow"}}},
		"BatchDeployment": {
			{{"name", "blue"}, {"endpoint_name", "point"}, {"type", "model"}, {"model", "azureml:m:1"}, {"compute", "azureml:cpu"}},
			{{"name", "blue"}, {"endpoint_name", "point"}, {"type", "pipeline"}, {"component", "azureml:c:1"}},
		},

		"Datastore": {
			{{"name", "d"}, {"type", "azure_blob"}, {"account_name", "storage"}, {"container_name", "raw"}},
			{{"name", "d"}, {"type", "azure_file"}, {"account_name", "storage"}, {"file_share_name", "raw"}},
			{{"name", "d"}, {"type", "azure_data_lake_gen2"}, {"account_name", "storage"}, {"filesystem", "raw"}},
			{{"name", "d"}, {"type", "azure_data_lake_gen1"}, {"store_name", "lake"}},
			{{"name", "d"}, {"type", "one_lake"}, {"one_lake_workspace_name", "w"}, {"endpoint", "onelake.dfs.fabric.microsoft.com"}, {"artifact", "{type: lake_house, name: a}"}},
			{{"name", "d"}, {"type", "hdfs"}, {"name_node_address", "https://name.node"}, {"credentials", "{kerberos_realm: r, kerberos_kdc_address: a, kerberos_principal: p, kerberos_password: from-a-vault}"}},
		},
		"DatastoreCredentials": {
			{{"account_key", "from-a-vault"}},
			{{"tenant_id", guid}, {"client_id", guid}, {"client_secret", "from-a-vault"}},
			{{"tenant_id", guid}, {"client_id", guid}, {"thumbprint", "from-a-vault"}, {"certificate", "from-a-vault"}},
			{{"kerberos_realm", "r"}, {"kerberos_kdc_address", "a"}, {"kerberos_principal", "p"}, {"kerberos_password", "from-a-vault"}},
		},
		"Compute": {
			{{"name", "cluster"}, {"type", "amlcompute"}}, {{"name", "instance"}, {"type", "computeinstance"}},
			{{"name", "machine"}, {"type", "virtualmachine"}, {"resource_id", resource}},
			{{"name", "kube"}, {"type", "kubernetes"}, {"resource_id", resource}, {"namespace", "default"}},
			{{"name", "pool"}, {"type", "synapsespark"}, {"resource_id", resource}},
		},
		"CodeConfiguration": {{{"code", "./code"}, {"scoring_script", "a.py"}}},
		"TrialComponent":    {{{"inputs", "{x: {type: string, optional: true}}"}, {"command", "'echo $[[${{inputs.x}}]]'"}, {"environment", "azureml:base@latest"}}},
		"DataImport":        {{{"name", "x"}, {"type", "mltable"}, {"path", "azureml://datastores/workspaceblobstore/paths/x"}, {"source", "{type: database, connection: azureml:c, query: q}"}}},
		"ComputeNetwork":    {{{"vnet_name", "v"}, {"subnet", "s"}}},

		"CommandNode":  {{{"type", "command"}, {"component", "./c.yml"}}, {{"type", "command"}, {"component", "azureml:c:1"}, given}},
		"PipelineNode": {{{"type", "pipeline"}, {"component", "./p.yml"}}, {{"type", "pipeline"}, {"component", "azureml:c:1"}, given}},
		"SweepNode":    {sweep, append(sweep[:5:5], given)},
		"ParallelNode": {{{"type", "parallel"}, {"component", "azureml:c:1"}, given}},

		"InlineEnvironment": {image, build},
		"Environment":       {append(fieldsOf{{"name", "x"}}, image...), append(fieldsOf{{"name", "x"}}, build...)},

		"SparkJob":        {append(spark[:4:4], pool)},
		"InlineSparkNode": {append(spark[:4:4], pool)},
		"SparkNode":       {{{"type", "spark"}, {"component", "azureml:c:1"}, {"conf", sparkConf}, pool}},
		"SparkComponent":  {spark},

		"ParallelJob":        {append(mini[:4:4], given)},
		"InlineParallelNode": {append(mini[:4:4], given)},
		"ParallelComponent":  {append(mini[:4:4], declared)},

		"DataTransferJob":        {append(copyData[:3:3], given, made), importData, exportData},
		"InlineDataTransferNode": {append(copyData[:3:3], given, made), importData, exportData},
		"DataTransferNode": {
			append(copyData[:3:3], entry{"component", "azureml:c:1"}, given, made),
			append(importData[:4:4], entry{"component", "azureml:c:1"}), append(exportData[:4:4], entry{"component", "azureml:c:1"}),
		},
		"DataTransferComponent": {append(copyData[:3:3], declared, declaredOut)},

		"OnlineDeployment": {
			{{"name", "blue"}, {"endpoint_name", "point"}, {"instance_type", "Standard_DS3_v2"}, {"model", "azureml:m:1"}},
			{{"name", "blue"}, {"endpoint_name", "point"}, {"type", "kubernetes"}, {"model", "azureml:m:1"}},
		},
	}
}
