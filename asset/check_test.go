package asset_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ischia-ml/ischia/asset"
)

// project is what lies beside the definitions of the tests.
func project() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"p/data.csv":          file("a,b\n"),
		"p/folder/x.csv":      file("a,b\n"),
		"p/table/MLTable":     file("paths: []\n"),
		"p/conda.yml":         file("name: x\ndependencies:\n  - pip\n"),
		"p/broken.yml":        file("name: x\n  y: [\n"),
		"p/list.yml":          file("- pip\n"),
		"p/docker/Dockerfile": file("FROM x\n"),
		"p/src/score.py":      file("print()\n"),
		"p/job.yml":           file("type: command\n"),
		"p/component.yml":     file("type: pipeline\n"),
		"p/key.pem":           file("x"),
	}
}

// rule is a definition and what is said of it: "line severity code path:
// message (hint)", a line each.
type rule struct {
	name, kind, text string
	want             string
}

func TestValidate(t *testing.T) {
	t.Parallel()
	fsys := project()
	for _, list := range [][]rule{assetRules(), storeRules(), computeRules(), scheduleRules(), endpointRules(), deploymentRules()} {
		for _, r := range list {
			t.Run(r.kind+"/"+r.name, func(t *testing.T) {
				t.Parallel()
				def, errs := read(fsys, r.kind, "p/"+r.kind+".yml", []byte(r.text))
				var said []string
				for _, d := range errs.Sorted() {
					line := fmt.Sprintf("%d %s %s %s: %s", d.Line, d.Severity, d.Code, d.Path, d.Message)
					if d.Hint != "" {
						line += " (" + d.Hint + ")"
					}
					said = append(said, line)
				}
				if got, want := strings.Join(said, "\n"), strings.TrimSpace(r.want); got != want {
					t.Errorf("said\n%s\nwant\n%s", got, want)
				}
				again(t, def, "p/"+r.kind+".yml", errs.HasErrors())
			})
		}
	}
}

func assetRules() []rule {
	const (
		data = asset.DataKind
		env  = asset.EnvironmentKind
	)
	return []rule{
		{"fine", data, "name: d\nversion: 1\npath: ./data.csv\ntype: uri_file\ntags: {a: 1, b: x}\nauto_delete_setting: {condition: created_greater_than, value: 30d}\n", ""},
		{"folder", data, "path: folder\n", ""},
		{"table", data, "path: table\ntype: mltable\n", ""},
		{"addresses", data, "name: d\npath: azureml://datastores/x/paths/y\n", ""},
		{"web address", data, "name: d\npath: https://a.blob.core.windows.net/c/x\n", ""},
		{"placeholders", data, "name: <NAME>\npath: <PATH>\n", ""},
		{"bad name", data, "name: my data\npath: folder\n", `1 error bad-name name: "my data" is not the name of a data asset (use letters, digits, dashes, underscores and dots, beginning with a letter or digit; did you mean "my-data"?)`},
		{"bad version", data, "name: d\nversion: a/b\npath: folder\n", `2 error bad-name version: "a/b" is not a version (use letters, digits, dots, dashes and underscores)`},
		{"missing data", data, "path: foldr\n", `1 warning missing-data path: local data foldr is not there (did you mean "folder"?)`},
		{"file as folder", data, "path: data.csv\ntype: uri_folder\n", `1 error type-mismatch path: data.csv is a file, but the type is uri_folder (write type: uri_file)`},
		{"file without type", data, "path: data.csv\n", `1 error type-mismatch path: data.csv is a file, but data without a type is a folder (add type: uri_file)`},
		{"folder as file", data, "path: folder\ntype: uri_file\n", `1 error type-mismatch path: folder is a folder, but the type is uri_file (write type: uri_folder)`},
		{"table without MLTable", data, "path: folder\ntype: mltable\n", `1 error missing-file path: the folder folder of a table has no file MLTable: it is not there (write the file MLTable, which says how the data is read; or write type: uri_folder)`},
		{"bad address", data, "path: azureml://datastore/x\n", `1 error bad-reference path: azureml://datastore/x is not the address of data (write azureml://datastores/NAME/paths/PATH)`},

		{"fine", env, "name: e\nimage: x\nconda_file: conda.yml\ninference_config:\n  liveness_route: {port: 80, path: /live}\n  readiness_route: {port: 80, path: /ready}\n  scoring_route: {port: 80, path: /score}\n", ""},
		{"conda in place", env, "name: e\nimage: x\nconda_file: {name: a, dependencies: [pip, {pip: [numpy]}]}\n", ""},
		{"context", env, "name: e\nbuild: {path: docker}\n", ""},
		{"context on the web", env, "name: e\nbuild: {path: 'https://github.com/a/b'}\n", ""},
		{"nothing", env, "name: e\n", `1 error bad-environment : the environment has neither image nor build (give image, or build with the path of a Docker context)`},
		{"conda alone", env, "name: e\nconda_file: conda.yml\n", `1 error bad-environment : an environment with a conda file needs an image to build on (add image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04)`},
		{"both", env, "name: e\nimage: x\nbuild: {path: docker}\n", `3 error bad-environment build: the environment has both image and build (keep one of them)`},
		{"conda and context", env, "name: e\nbuild: {path: docker}\nconda_file: conda.yml\n", `2 warning bad-environment conda_file: the conda file is not used when the image is built of a Docker context (install what it names in the Dockerfile, or give image instead of build)`},
		{"no conda file", env, "name: e\nimage: x\nconda_file: conda.yaml\n", `3 error missing-file conda_file: conda file conda.yaml is not there (did you mean "conda.yml"?)`},
		{"conda folder", env, "name: e\nimage: x\nconda_file: folder\n", `3 error missing-file conda_file: conda file folder is a folder`},
		{"conda elsewhere", env, "name: e\nimage: x\nconda_file: azureml:x:1\n", `3 error bad-environment conda_file: conda_file azureml:x:1 is not a file of this machine (give a path relative to this file, or the specification itself)`},
		{"conda list", env, "name: e\nimage: x\nconda_file: list.yml\n", `3 error bad-environment conda_file: conda file list.yml is not a conda specification (it is a mapping with name, channels and dependencies)`},
		{"no context", env, "name: e\nbuild: {path: dockr}\n", `2 error missing-file build.path: build context dockr is not there (did you mean "docker"?)`},
		{"context is a file", env, "name: e\nbuild: {path: data.csv}\n", `2 error missing-file build.path: build context data.csv is not a folder`},
		{"route", env, "name: e\nimage: x\ninference_config:\n  liveness_route: {port: 80, path: live}\n  readiness_route: {port: 80, path: /}\n  scoring_route: {port: 80, path: /}\n", `4 error bad-value inference_config.liveness_route.path: "live" is not the path of a URL (write /live)`},
		{"preview", env, "name: e\ndocker: {image: x}\n", `2 error preview-syntax docker: unknown field "docker" in an environment (this is syntax of the 2021 preview; today write image, or build with a path)`},
		{"conda file itself", env, "name: e\nimage: x\ndependencies: [pip]\n", `3 error unknown-field dependencies: unknown field "dependencies" in an environment (it belongs into the conda file: conda_file)`},

		{"fine", asset.ModelKind, "name: m\nversion: 1\npath: runs:/a/b\ntype: mlflow_model\nflavors: {sklearn: {version: '1'}}\nstage: Production\n", ""},
		{"missing", asset.ModelKind, "name: m\npath: modl\n", `2 warning missing-data path: local model modl is not there (a path starts from the folder of the file that it stands in)`},
		{"file", asset.ModelKind, "name: m\npath: data.csv\ntype: mlflow_model\n", `2 error type-mismatch path: data.csv is a file, but a model of type mlflow_model is a folder (name the folder, or write type: custom_model)`},
		{"runs", asset.ModelKind, "name: m\npath: runs:/a\n", `2 error bad-reference path: runs:/a is not the address of a model (write runs:/RUN_ID/PATH)`},
		{"job output", asset.ModelKind, "name: m\npath: azureml://jobs/a/outputs/b/paths/c\n", ""},
	}
}

func storeRules() []rule {
	const (
		store = asset.DatastoreKind
		ws    = asset.WorkspaceKind
		arm   = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g/providers/"
	)
	return []rule{
		{"fine", store, "name: d_1\ntype: azure_blob\naccount_name: abc\ncontainer_name: a-b\ncredentials: {sas_token: '?x'}\n", ""},
		{"gen 2", store, "name: d\ntype: azure_data_lake_gen2\naccount_name: abc\nfilesystem: abc\ncredentials: {tenant_id: a, client_id: b, client_secret: c}\n", ""},
		{"no credentials", store, "name: d\ntype: azure_file\naccount_name: abc\nfile_share_name: abc\ncredentials: {}\n", ""},
		{"one lake", store, "name: d\ntype: one_lake\none_lake_workspace_name: w\nendpoint: msit-onelake.dfs.fabric.microsoft.com\nartifact: {type: lake_house, name: x}\n", ""},
		{"account", store, "name: d\ntype: azure_blob\naccount_name: My-Account\ncontainer_name: abc\n", `3 error bad-name account_name: "My-Account" is not the name of a storage account (use lower-case letters and digits; did you mean "myaccount"?)`},
		{"container", store, "name: d\ntype: azure_blob\naccount_name: abc\ncontainer_name: a\n", `4 error bad-name container_name: "a" has 1 characters; the name of a blob container has 3 to 63 (choose another name)`},
		{"protocol", store, "name: d\ntype: azure_blob\naccount_name: abc\ncontainer_name: abc\nprotocol: http\n", `5 warning bad-value protocol: a datastore of type azure_blob does not speak "http" (protocols are https, wasbs)`},
		{"no container", store, "name: d\ntype: azure_blob\naccount_name: abc\n", `2 error missing-field container_name: the datastore has type azure_blob, but no container_name (add container_name)`},
		{"field of another type", store, "name: d\ntype: azure_blob\naccount_name: abc\ncontainer_name: abc\nfilesystem: abc\n", `5 error bad-value filesystem: unknown field "filesystem" in a datastore of type azure_blob (it is a field of type azure_data_lake_gen2)`},
		{"two secrets", store, "name: d\ntype: azure_blob\naccount_name: abc\ncontainer_name: abc\ncredentials:\n  account_key: a\n  sas_token: b\n", `7 error bad-value credentials.sas_token: credentials has both account_key and sas_token (keep one of them)`},
		{"wrong secret", store, "name: d\ntype: azure_data_lake_gen1\nstore_name: abc\ncredentials: {account_key: a}\n", `4 error bad-value credentials: a datastore of type azure_data_lake_gen1 is not opened by account_key (give client_secret or thumbprint, or no credentials)`},
		{"half a principal", store, "name: d\ntype: azure_data_lake_gen1\nstore_name: abc\ncredentials: {tenant_id: a, client_id: b}\n", `4 error bad-value credentials.client_id: credentials of a service principal have neither client_secret nor thumbprint (add client_secret)`},

		{"fine", ws, "name: ws-1\nstorage_account: " + arm + "Microsoft.Storage/storageAccounts/a\nidentity:\n  type: user_assigned\n  user_assigned_identities:\n    " + arm + "Microsoft.ManagedIdentity/userAssignedIdentities/a:\n    b: {client_id: x}\nmanaged_network:\n  isolation_mode: allow_internet_outbound\n  outbound_rules:\n    - {name: a, type: fqdn, destination: '*.x.org'}\n    - {name: b, type: service_tag, destination: {service_tag: S, protocol: TCP, port_ranges: '80'}}\n", ""},
		{"bad name", ws, "name: w\n", `1 error bad-name name: "w" has 1 characters; the name of a workspace has 3 to 33 (choose another name)`},
		{"resource", ws, "name: wsx\nkey_vault: my-vault\n", `2 error bad-reference key_vault: my-vault is not the id of a resource (write /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/providers/PROVIDER/TYPE/NAME)`},
		{"deny all", ws, "name: wsx\nnetwork_acls: {default_action: Deny}\n", `2 error missing-field network_acls.ip_rules: default_action Deny lets nobody in: there are no ip_rules (add ip_rules)`},
		{"address", ws, "name: wsx\nnetwork_acls: {default_action: Deny, ip_rules: [{value: 1.2.3}]}\n", `2 error bad-value network_acls.ip_rules[0].value: "1.2.3" is not an address or a range of them (write 203.0.113.7, or 203.0.113.0/24)`},
		{"hub of a project", ws, "name: wsx\nkind: project\n", `2 error missing-field hub_id: the workspace has kind project, but no hub_id (add hub_id)`},
		{"subnet", ws, "name: wsx\nserverless_compute: {no_public_ip: true}\n", `2 error missing-field serverless_compute.custom_subnet: no_public_ip needs a custom_subnet (add custom_subnet)`},

		{"fine", asset.RegistryKind, "name: reg\nlocation: eastus\nreplication_locations:\n  - location: eastus\n    storage_config: {storage_account_type: Standard_LRS, replication_count: 2}\n  - location: westus\n    storage_config: [" + arm + "Microsoft.Storage/storageAccounts/a]\ncontainer_registry: {acr_account_sku: premium}\n", ""},
		{"twice", asset.RegistryKind, "name: reg\nlocation: eastus\nreplication_locations: [{location: eastus}, {location: East US}]\n", `3 warning duplicate-name replication_locations[1].location: region East US is named twice`},
	}
}

func computeRules() []rule {
	const k = asset.ComputeKind
	return []rule{
		{"cluster", k, "name: cpu-cluster\ntype: amlcompute\nsize: STANDARD_DS3_V2\nmin_instances: 0\nmax_instances: 4\ntier: low_priority\nidentity: {type: user_assigned, user_assigned_identities: [{resource_id: x}]}\n", ""},
		{"instance", k, "name: inst-1\ntype: ComputeInstance\nidle_time_before_shutdown_minutes: 30\nschedules:\n  compute_start_stop:\n    - action: stop\n      trigger: {type: cron, expression: 0 18 * * *, time_zone: UTC, start_time: '2021-03-10T21:21:07'}\n    - action: start\n      trigger: {type: recurrence, frequency: week, interval: 1, schedule: {hours: [8], minutes: [0], week_days: [monday]}}\n", ""},
		{"name", k, "name: cpu_cluster\ntype: amlcompute\n", `1 error bad-name name: "cpu_cluster" is not the name of a compute (use letters, digits and dashes, beginning with a letter or digit, and not ending with a dash; did you mean "cpu-cluster"?)`},
		{"long name", k, "name: abcdefghijklmnopqrstuvwxyz\ntype: computeinstance\n", `1 error bad-name name: "abcdefghijklmnopqrstuvwxyz" has 26 characters; the name of a compute has 3 to 24 (choose another name)`},
		{"upside down", k, "name: cpu\ntype: amlcompute\nmin_instances: 4\nmax_instances: 2\n", `3 error out-of-range min_instances: min_instances 4 is above max_instances 2 (exchange them, or correct one)`},
		{"negative", k, "name: cpu\ntype: amlcompute\nmin_instances: -1\n", `3 error out-of-range min_instances: min_instances -1 is not positive (it is at least 0)`},
		{"subnet", k, "name: cpu\ntype: amlcompute\nnetwork_settings: {subnet: s}\n", `3 error missing-field network_settings.vnet_name: subnet s has no network: vnet_name is missing (add vnet_name, or give the whole id of the subnet)`},
		{"network", k, "name: cpu\ntype: amlcompute\nnetwork_settings: {vnet_name: s}\n", `3 error missing-field network_settings.subnet: network s is given without a subnet (add subnet)`},
		{"login", k, "name: cpu\ntype: amlcompute\nssh_settings: {admin_username: a}\n", `3 error missing-field ssh_settings: ssh_settings has neither admin_password nor ssh_key_value (add one of them)`},
		{"another type's field", k, "name: cpu\ntype: computeinstance\nmin_instances: 1\n", `3 error bad-value min_instances: unknown field "min_instances" in a compute of type computeinstance (it is a field of type amlcompute)`},
		{"attached", k, "name: vm\ntype: virtualmachine\nssh_settings: {admin_username: a, admin_password: b}\n", `2 error missing-field resource_id: the compute has type virtualmachine, but no resource_id (add resource_id)`},
		{"whose", k, "name: cpu\ntype: amlcompute\nidentity: {type: user_assigned}\n", `3 error missing-field identity.user_assigned_identities: identity of type user_assigned names no identity (add user_assigned_identities)`},
		{"idle", k, "name: inst\ntype: computeinstance\nidle_time_before_shutdown: PT5M\n", `3 error out-of-range idle_time_before_shutdown: an instance stops after 15 minutes to 3 days without work, not after PT5M`},
		{"ports", k, "name: inst\ntype: computeinstance\ncustom_applications:\n  - {name: a, endpoints: [{target: 80, published: 8080}]}\n  - {name: b, endpoints: [{target: 80, published: 8080}]}\n", `5 error duplicate-name custom_applications[1].endpoints[0].published: port 8080 is published twice`},
		{"preview", k, "name: cpu\ntype: amlcompute\npriority: Dedicated\n", `3 error preview-syntax priority: unknown field "priority" in a compute (this is syntax of the 2021 preview; today write tier: dedicated, or tier: low_priority)`},
		{"type", k, "name: cpu\ntype: amlcompte\n", `2 error bad-value type: "amlcompte" is not a type of compute (did you mean "amlcompute"?)`},
	}
}

func scheduleRules() []rule {
	const k = asset.ScheduleKind
	cron := func(expression string) string {
		return "name: s\ntrigger:\n  type: cron\n  expression: " + expression + "\ncreate_job: ./job.yml\n"
	}
	const hint = "write *, a number from 0 to 59, a range 1-5, a list 1,3 or a step */2"
	return []rule{
		{"fine", k, "name: s\ntrigger: {type: recurrence, frequency: week, interval: 1, schedule: {hours: 4, minutes: [0, 30], week_days: [Monday, friday]}, start_time: '2026-01-01T00:00:00', end_time: '2027-01-01T00:00:00', time_zone: utc}\ncreate_job: azureml:old_job\n", ""},
		{"with changes", k, "name: s\ntrigger: {type: cron, expression: '15 10 * * 1-5,0'}\ncreate_job:\n  type: pipeline\n  job: ./job.yml\n  experiment_name: e\n  settings: {force_rerun: true}\n  inputs: {a: 3}\n", ""},
		{"import", k, "name: s\ntrigger: {type: cron, expression: 15 10 * * mon}\nimport_data:\n  type: mltable\n  name: n\n  path: azureml://datastores/a/paths/b/${{name}}\n  source: {type: database, query: select, connection: azureml:c}\n", ""},
		{"monitor", k, "name: s\ntrigger: {type: cron, expression: '*/5 * * * *'}\ncreate_monitor:\n  compute: {instance_type: standard_e4s_v3, runtime_version: '3.4'}\n  monitoring_signals: {a: {type: data_drift, features: {top_n_feature_importance: 10}}}\n", ""},
		{"fields", k, cron("15 10 * *"), `4 error bad-value trigger.expression: cron expression "15 10 * *" has 4 of 5 fields (the fields are minute, hour, day, month and day of the week: "30 6 * * 1")`},
		{"minute", k, cron("61 10 * * *"), `4 error bad-value trigger.expression: minute of the cron expression: 61 is not from 0 to 59 (` + hint + `)`},
		{"step", k, cron("'*/0 10 * * *'"), `4 error bad-value trigger.expression: minute of the cron expression: "0" is not a step (` + hint + `)`},
		{"word", k, cron("x 10 * * *"), `4 error bad-value trigger.expression: minute of the cron expression: "x" is not a value (` + hint + `)`},
		{"range", k, cron("5-1 10 * * *"), `4 error bad-value trigger.expression: minute of the cron expression: the range 5-1 is upside down (` + hint + `)`},
		{"day", k, cron("0 10 1 * *"), `4 warning bad-value trigger.expression: the service ignores the day of a cron expression (write *; for certain days of a month use a recurrence with month_days)`},
		{"zone", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *, time_zone: Europe/Berlin}\ncreate_job: job.yml\n", `2 error bad-value trigger.time_zone: "Europe/Berlin" is not a time zone of Azure ML (did you mean "W. Europe Standard Time"? Time zones have Windows's names)`},
		{"misspelt zone", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *, time_zone: Pacifc Standard Time}\ncreate_job: job.yml\n", `2 error bad-value trigger.time_zone: "Pacifc Standard Time" is not a time zone of Azure ML (did you mean "Pacific Standard Time"? Time zones have Windows's names)`},
		{"end", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *, start_time: '2026-01-02T00:00:00', end_time: '2026-01-01'}\ncreate_job: job.yml\n", `2 error bad-value trigger.end_time: "2026-01-01" is not a date and time (write it as 2026-01-31T09:30:00)`},
		{"order", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *, start_time: '2026-01-02T00:00:00', end_time: '2026-01-01 10:00:00'}\ncreate_job: job.yml\n", `2 error out-of-range trigger.end_time: end_time 2026-01-01 10:00:00 is not after start_time 2026-01-02T00:00:00 (exchange them, or correct one)`},
		{"hour", k, "name: s\ntrigger: {type: recurrence, frequency: day, interval: 1, schedule: {hours: [24], minutes: [0]}}\ncreate_job: job.yml\n", `2 error out-of-range trigger.schedule.hours[0]: hours 24 is above 23 (it is from 0 to 23)`},
		{"interval", k, "name: s\ntrigger: {type: recurrence, frequency: day, interval: 0}\ncreate_job: job.yml\n", `2 error out-of-range trigger.interval: interval 0 is not positive (it is at least 1)`},
		{"days", k, "name: s\ntrigger: {type: recurrence, frequency: day, interval: 1, schedule: {hours: 1, minutes: 0, month_days: 3}}\ncreate_job: job.yml\n", `2 warning bad-value trigger.schedule.month_days: month_days mean something to a monthly recurrence only (write frequency: month)`},
		{"no job file", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *}\ncreate_job: ./jb.yml\n", `3 error missing-file create_job: job file ./jb.yml is not there (did you mean "./job.yml"?)`},
		{"job", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *}\ncreate_job: azureml:a:b\n", `3 error bad-reference create_job: azureml:a:b is not a reference to a job (write azureml:NAME, or the path of a file with a job)`},
		{"nothing", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *}\n", `1 error missing-field : the schedule has neither create_job nor import_data nor create_monitor (add create_job or import_data or create_monitor)`},
		{"two things", k, "name: s\ntrigger: {type: cron, expression: 0 0 * * *}\ncreate_job: job.yml\ncreate_monitor: {}\n", `4 error bad-value create_monitor: the schedule has both create_job and create_monitor (keep one of them)`},
	}
}

func endpointRules() []rule {
	return []rule{
		{"fine", asset.BatchEndpointKind, "name: heart-batch\nauth_mode: aad_token\ndefaults: {deployment_name: blue}\nproperties: {a: b}\n", ""},
		{"name", asset.BatchEndpointKind, "name: heart_batch\n", `1 error bad-name name: "heart_batch" is not the name of an endpoint (use letters, digits and dashes, beginning with a letter, and not ending with a dash; did you mean "heart-batch"?)`},
		{"sign in", asset.BatchEndpointKind, "name: heart\nauth_mode: key\n", `2 error bad-value auth_mode: a batch endpoint takes tokens of Microsoft Entra only, not auth_mode key (write auth_mode: aad_token)`},
		{"fine", asset.OnlineEndpointKind, "name: heart\nauth_mode: key\ntraffic: {blue: 90, green: 10}\nmirror_traffic: {green: 10}\nidentity: {type: system_assigned}\n", ""},
		{"traffic", asset.OnlineEndpointKind, "name: heart\ntraffic: {blue: 90, green: 20}\n", `2 error out-of-range traffic: the shares of traffic are 110 percent together, more than 100`},
		{"mirror", asset.OnlineEndpointKind, "name: heart\nmirror_traffic: {green: 60}\n", `2 error out-of-range mirror_traffic.green: 60 percent is more than the 50 that can be mirrored`},
	}
}

func deploymentRules() []rule {
	const (
		batch  = asset.BatchDeploymentKind
		model  = asset.ModelBatchDeploymentKind
		pipe   = asset.PipelineComponentBatchDeploymentKind
		online = asset.OnlineDeploymentKind
		head   = "name: blue\nendpoint_name: heart\n"
	)
	return []rule{
		{"fine", batch, head + "model: azureml:m@latest\ncompute: azureml:cpu\nresources: {instance_count: 2}\nmini_batch_size: 10\nerror_threshold: -1\nretry_settings: {max_retries: 3, timeout: 30}\noutput_action: append_row\noutput_file_name: p.csv\n", ""},
		{"threshold", batch, head + "model: azureml:m:1\ncompute: azureml:cpu\nerror_threshold: -2\n", `5 error out-of-range error_threshold: error_threshold -2 is below -1 (it is at least -1)`},
		{"summary", batch, head + "model: azureml:m:1\ncompute: azureml:cpu\noutput_action: summary_only\noutput_file_name: x\n", `6 error bad-value output_file_name: output_file_name is for output_action append_row, but that is summary_only (remove output_file_name)`},
		{"reference", batch, head + "model: m:1\ncompute: azureml:cpu\n", `3 error bad-reference model: m:1 is not a reference to a model (did you mean azureml:m:1?)`},
		{"registry", batch, head + "model: azureml://registries/r/models/m/versions/1\ncompute: azureml:cpu\n", ""},
		{"registry of others", batch, head + "model: azureml://registries/r/components/m/versions/1\ncompute: azureml:cpu\n", `3 error bad-reference model: azureml://registries/r/components/m/versions/1 is not a reference to a model (write azureml:NAME:VERSION, azureml:NAME@LABEL, or azureml://registries/REGISTRY/models/NAME/versions/VERSION)`},
		{"code", batch, head + "model: azureml:m:1\ncompute: cpu\ncode_configuration: {code: src, scoring_script: scre.py}\nenvironment: {image: x, conda_file: conda.yml}\n", `5 error missing-file code_configuration.scoring_script: scoring script scre.py is not there (did you mean "score.py"?)`},
		{"no script", batch, head + "model: azureml:m:1\ncompute: cpu\ncode_configuration: {code: src}\n", `5 error missing-field code_configuration.scoring_script: code_configuration has code, but no scoring_script (add scoring_script)`},
		{"environment", batch, head + "model: azureml:m:1\ncompute: cpu\nenvironment: {conda_file: conda.yml}\n", `5 error bad-environment environment: an environment with a conda file needs an image to build on (add image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04)`},
		{"fine", model, head + "type: model\nmodel: {name: m, path: folder}\ncompute: azureml:cpu\nsettings: {mini_batch_size: 5, max_concurrency_per_instance: 2, logging_level: info, retry_settings: {max_retries: 1}}\nenvironment: azureml:e@latest\n", ""},
		{"moved", model, head + "model: azureml:m:1\ncompute: azureml:cpu\nmini_batch_size: 5\n", `5 error preview-syntax mini_batch_size: unknown field "mini_batch_size" in a batch deployment of a model (this is syntax of the 2021 preview; today write it under settings)`},
		{"instances", model, head + "model: azureml:m:1\ncompute: azureml:cpu\nresources: {instance_count: 1}\nsettings: {instance_count: 2}\n", `6 error bad-value settings.instance_count: instance_count is given in settings, and there are resources (write it in resources)`},
		{"fine", pipe, head + "type: pipeline\ncomponent: component.yml\nsettings: {default_compute: cpu, continue_on_step_failure: false}\n", ""},
		{"of a job", pipe, head + "type: pipeline\njob_definition: azureml:old\n", ""},
		{"no component", pipe, head + "type: pipeline\ncomponent: azureml:c@x@y\n", `4 error bad-reference component: azureml:c@x@y is not a reference to a component (write azureml:NAME:VERSION, azureml:NAME@LABEL, or azureml://registries/REGISTRY/components/NAME/versions/VERSION)`},
		{"fine", online, head + "instance_type: Standard_DS3_v2\ninstance_count: 1\nmodel: azureml:m:1\nliveness_probe: {period: 10}\nscale_settings: {type: default}\ndata_collector: {collections: {model_inputs: {enabled: 'True'}}}\n", ""},
		{"kubernetes", online, head + "type: kubernetes\nmodel: azureml:m:1\nresources: {requests: {cpu: '0.1', memory: 1Gi}}\nscale_settings: {type: target_utilization, min_instances: 1, max_instances: 3}\n", ""},
		{"scale", online, head + "type: kubernetes\nmodel: azureml:m:1\nscale_settings: {type: target_utilization, min_instances: 4, max_instances: 3}\n", `5 error out-of-range scale_settings.min_instances: min_instances 4 is above max_instances 3 (exchange them, or correct one)`},
		{"machines", online, head + "type: managed\nmodel: azureml:m:1\n", `3 error bad-value type: the managed online deployment has no instance_type (add instance_type: Standard_DS3_v2)`},
	}
}
