package schema_test

// document is a definition, and what the checker says of it.
type document struct {
	name, kind, text string
	want             []string
	// checkerOnly: the JSON Schema cannot know.
	checkerOnly bool
}

// documents are right and wrong definitions of every kind.
func documents() []document {
	var out []document
	for _, list := range [][]document{rightDocuments(), pipelineDocuments(), partDocuments(), componentDocuments(), specDocuments()} {
		out = append(out, list...)
	}
	return out
}

func rightDocuments() []document {
	return []document{
		{name: "pipeline", kind: "pipelineJob", text: `
$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json
type: pipeline
tags: {team: a, empty: }
inputs:
  raw: {type: uri_folder, path: ./data, mode: ro_mount}
  lr: 0.1
  flag: true
  later:
  grp: {size: 3, deep: {label: x}}
outputs:
  report:
  model: {type: mlflow_model, mode: upload, name: m, version: 2}
settings: {default_compute: azureml:cpu, force_rerun: false}
jobs:
  prep:
    command: echo ${{inputs.data}}
    environment: azureml:sklearn:1
    environment_variables: {A: 1, B: x, C: }
    inputs: {data: "${{parent.inputs.raw}}"}
    outputs: {clean: "${{parent.outputs.report}}", other: }
    limits: {timeout: "${{parent.inputs.lr}}"}
    resources: {instance_count: 2, docker_args: [a, b]}
    distribution: {type: PyTorch, process_count_per_instance: "2"}
    identity: {type: UserIdentity}
  train:
    type: Command
    component: ./train.yml
    environment: {image: i, conda_file: {dependencies: [pip]}}
  nested: {type: pipeline, component: azureml:p@latest}
  inline:
    component: {command: x, environment: {image: i}, inputs: {a: {type: string}}}
`, want: []string{
			"10 warning wrong-shape inputs.grp: Azure ML takes no groups of inputs in files (write names with dots: GROUP.MEMBER)",
			"10 warning wrong-shape inputs.grp.deep: Azure ML takes no groups of inputs in files (write names with dots: GROUP.MEMBER)",
		}},
		{name: "pipeline with a component", kind: "pipelineJob", text: "type: pipeline\ncomponent: azureml:p:1\n"},
		{name: "read-only fields", kind: "pipelineJob", text: "id: 1\ncreation_context: {a: b}\nstatus: Completed\njobs: {a: {component: ./a.yml}}\n"},
		{name: "command job", kind: "commandJob", text: "command: x\nenvironment: {build: {path: ., dockerfile_path: D}}\ncode: src\ncompute: local\n"},
		{name: "command component", kind: "commandComponent", text: `
name: c
version: 1.0
command: x
environment: {image: i}
is_deterministic: false
inputs:
  a: {type: integer, default: 1, min: 0, max: 10}
  e: {type: string, enum: [a, "2"]}
  b: {type: mltable, optional: true, mode: eval_mount}
  c: {type: path}
  g: {type: group, properties: {x: {type: number}}}
outputs:
  o: {type: uri_folder, mode: upload}
  n: {type: boolean, is_control: true}
resources: {instance_count: 1, other: x}
distribution: {type: mpi, other: 1}
additional_includes: [../lib, {type: artifact, feed: f}]
`, want: []string{
			"12 warning wrong-shape inputs.g: Azure ML takes no groups of inputs in files (write names with dots: GROUP.MEMBER)",
			`16 warning unknown-field resources.other: unknown field "other" in resources (Azure ML ignores it)`,
			`17 warning unknown-field distribution.other: unknown field "other" in distribution (Azure ML ignores it)`,
		}},
		{name: "pipeline component", kind: "pipelineComponent", text: "type: pipeline\njobs: {a: {component: ./a.yml}}\noutputs: {o: {type: uri_file}}\n"},
		{name: "data", kind: "data", text: "name: d\nversion: 1\ntype: uri_file\npath: a.csv\ntags: {a: true}\n"},
	}
}

func pipelineDocuments() []document {
	const job = "jobs: {a: {component: ./a.yml}}\n"
	return []document{
		{name: "no jobs", kind: "pipelineJob", text: "type: pipeline\n", want: []string{
			"1 error missing-field : the pipeline has neither jobs nor component (add jobs)"}},
		{name: "jobs misspelt", kind: "pipelineJob", text: "type: pipeline\njob: {}\n", want: []string{
			`2 error unknown-field job: unknown field "job" in a pipeline job (did you mean "jobs"?)`}},
		{name: "jobs and component", kind: "pipelineJob", text: "component: azureml:p:1\n" + job, want: []string{
			"2 error bad-value jobs: the pipeline has both jobs and component (keep one of them)"}},
		{name: "jobs empty", kind: "pipelineJob", text: "jobs: {}\n", want: []string{
			"1 error missing-field jobs: jobs is empty: the pipeline runs nothing (fill it, or remove it)"}},
		{name: "jobs null", kind: "pipelineJob", text: "jobs:\n", want: []string{
			"1 error missing-field jobs: jobs is empty: the pipeline runs nothing (fill it, or remove it)"}},
		{name: "jobs list", kind: "pipelineJob", text: "jobs:\n- a\n", want: []string{
			"1 error wrong-shape jobs: jobs must be a mapping of names to jobs, but this is a list"}},
		{name: "job text", kind: "pipelineJob", text: "jobs:\n  a: x\n", want: []string{
			`2 error wrong-shape jobs.a: job "a" must be a mapping, but this is text`}},
		{name: "job without command", kind: "pipelineJob", text: "jobs:\n  a: {environment: azureml:e:1}\n", want: []string{
			"2 error missing-field jobs.a.command: job a has no command (add command)"}},
		{name: "command null", kind: "pipelineJob", text: "jobs:\n  a: {environment: azureml:e:1, command: }\n", want: []string{
			"2 error missing-field jobs.a.command: command of job a is empty (give it a value)"}},
		{name: "unknown type", kind: "pipelineJob", text: "jobs:\n  a: {type: comand, comand: x}\n", want: []string{
			`2 error unknown-kind jobs.a.type: "comand" is not a type of job (did you mean "command"?)`}},
		{name: "preview type", kind: "pipelineJob", text: "jobs:\n  a: {type: component, component: x}\n", want: []string{
			"2 error preview-syntax jobs.a.type: type: component is syntax of the 2021 preview (today write type: command (the type of the component))"}},
		{name: "preview compute", kind: "pipelineJob", text: "compute: {target: azureml:c}\n" + job, want: []string{
			"1 error preview-syntax compute: compute.target is syntax of the 2021 preview " +
				"(today write compute: azureml:NAME, and how many nodes under resources: instance_count)"}},
		{name: "preview input", kind: "pipelineJob", text: "inputs:\n  d:\n    data: azureml:d:1\n    mode: ro_mount\n" + job, want: []string{
			`3 error preview-syntax inputs.d.data: unknown field "data" in an input (this is syntax of the 2021 preview; today write path)`}},
		{name: "job beside jobs", kind: "pipelineJob", text: job + "b: {command: x}\n", want: []string{
			`2 error unknown-field b: unknown field "b" in a pipeline job (is it a job? then indent it under jobs)`}},
		{name: "unknown in a node", kind: "pipelineJob", text: "jobs:\n  a: {component: ./a.yml, condition: x, inptus: {}}\n", want: []string{
			`2 warning unknown-field jobs.a.condition: unknown field "condition" in a job of type command (Azure ML ignores it)`,
			`2 error unknown-field jobs.a.inptus: unknown field "inptus" in a job of type command (did you mean "inputs"?)`}, checkerOnly: true},
		{name: "unknown in an inline node", kind: "pipelineJob", text: "jobs:\n  a: {command: x, environment: azureml:e:1, condition: x}\n", want: []string{
			`2 error unknown-field jobs.a.condition: unknown field "condition" in a job of type command (remove it)`}},
		{name: "misspelt setting", kind: "pipelineJob", text: "settings: {defualt_compute: x}\n" + job, want: []string{
			`1 warning unknown-field settings.defualt_compute: unknown setting "defualt_compute" (did you mean "default_compute"?)`}},
		{name: "empty description", kind: "pipelineJob", text: "description:\n" + job, want: []string{
			"1 error missing-field description: description is empty (give it a value, or remove it)"}},
		{name: "component empty", kind: "pipelineJob", text: "jobs:\n  a: {component: \"\"}\n", want: []string{
			"2 error missing-field jobs.a.component: component is empty (give it a value)"}},
		{name: "component list", kind: "pipelineJob", text: "jobs:\n  a: {component: [x]}\n", want: []string{
			"2 error wrong-shape jobs.a.component: component must be the path of a file, a reference, or a component, but this is a list"}},
	}
}

func partDocuments() []document {
	const head = "command: x\nenvironment: azureml:e:1\n"
	return []document{
		{name: "number as text", kind: "commandJob", text: head + "name: 1\n", want: []string{
			`3 error wrong-shape name: name must be text, but this is a number (put it in quotes: "1")`}},
		{name: "tags list", kind: "commandJob", text: head + "tags:\n- a\n", want: []string{
			"3 error wrong-shape tags: tags must be a mapping, but this is a list"}},
		{name: "wrong type", kind: "commandJob", text: head + "type: comand\n", want: []string{
			`3 error bad-value type: "comand" is not a value of type (did you mean "command"?)`}},
		{name: "timeout", kind: "commandJob", text: head + "limits: {timeout: -5}\n", want: []string{
			"3 error out-of-range limits.timeout: timeout -5 is not positive (it is a number of seconds)"}},
		{name: "timeout text", kind: "commandJob", text: head + "limits: {timeout: soon}\n", want: []string{
			`3 error bad-value limits.timeout: timeout "soon" is not a whole number of seconds`}},
		{name: "count fraction", kind: "commandJob", text: head + "resources: {instance_count: 1.5}\n", want: []string{
			`3 error bad-value resources.instance_count: instance_count "1.5" is not a whole number`}},
		{name: "port", kind: "commandJob", text: head + "services: {s: {port: 70000}}\n", want: []string{
			"3 error out-of-range services.s.port: port 70000 is above 65535 (it is from 0 to 65535)"}},
		{name: "distribution type", kind: "commandJob", text: head + "distribution: {type: mpii}\n", want: []string{
			`3 error bad-value distribution.type: "mpii" is not a type of distribution (did you mean "mpi"?)`}},
		{name: "distribution without type", kind: "commandJob", text: head + "distribution: {process_count_per_instance: 1}\n", want: []string{
			"3 error missing-field distribution.type: distribution has no type (add type)"}},
		{name: "distribution of another type", kind: "commandJob", text: head + "distribution: {type: pytorch, worker_count: 1}\n", want: []string{
			`3 error unknown-field distribution.worker_count: unknown field "worker_count" in distribution (the fields are type, process_count_per_instance)`}},
		{name: "mode", kind: "commandJob", text: head + "inputs: {a: {path: p, mode: readonly}}\n", want: []string{
			`3 error bad-value inputs.a.mode: "readonly" is not a mode here ` +
				`(modes are ro_mount, download, direct, eval_mount, eval_download)`}},
		{name: "mode of a table", kind: "commandJob", checkerOnly: true, text: head + "inputs: {a: {type: uri_file, path: p, mode: eval_mount}}\n", want: []string{
			"3 error bad-value inputs.a.mode: eval_mount is for inputs of type mltable, but this is a uri_file (modes are ro_mount, download, direct)"}},
		{name: "declared in a job", kind: "commandJob", checkerOnly: true, text: head + "inputs: {a: {type: integer, default: 20, optional: true}}\n", want: []string{
			`3 error bad-value inputs.a.type: input "a" of a job is a value, but this declares it with type integer (write a: 20)`}},
		{name: "nodes of a service", kind: "commandJob", text: head + "services: {s: {type: ssh, nodes: one}}\n", want: []string{
			`3 error bad-value services.s.nodes: "one" is not a choice of nodes (write all)`}},
		{name: "enum of a number", kind: "commandComponent", checkerOnly: true, text: head + "inputs: {a: {type: integer, enum: ['1']}}\n", want: []string{
			`3 error bad-value inputs.a.enum: unknown field "enum" in an input of type integer (it is a field of type string)`}},
		{name: "enum of numbers", kind: "commandComponent", checkerOnly: true, text: head + "inputs: {a: {type: string, enum: [1]}}\n", want: []string{
			`3 error wrong-shape inputs.a.enum: enum has texts, but 1 is a number (put it in quotes: "1")`}},
		{name: "id of a component", kind: "commandComponent", checkerOnly: true, text: head + "id: azureml:abc\n", want: []string{
			`3 error bad-reference id: "azureml:abc" is not an id of a component (remove it: the service gives it)`}},
		{name: "schema of a component", kind: "commandComponent", text: "$schema: 3\n" + head, want: []string{
			`1 error wrong-shape $schema: $schema must be text, but this is a number (put it in quotes: "3")`}},
		{name: "unknown in a component", kind: "commandComponent", text: head + "colour: red\n", want: []string{
			`3 warning unknown-field colour: unknown field "colour" in a command component (Azure ML ignores it)`}},
		{name: "slip in a component", kind: "commandComponent", checkerOnly: true, text: head + "inptus: {}\n", want: []string{
			`3 error unknown-field inptus: unknown field "inptus" in a command component (did you mean "inputs"?)`}},
		{name: "settings of a deployment", kind: "batchDeployment", text: "name: first\nendpoint_name: batch\nmodel: azureml:m:1\nsettings: {mini_batch_size: 1}\n", want: []string{
			"4 error missing-field type: the batch deployment has settings, but no type (add type: model, or type: pipeline)"}},
		{name: "on_init unknown", kind: "pipelineJob", checkerOnly: true, text: "jobs: {prep: {component: a.yml}, b: {component: a.yml}}\nsettings: {on_init: perp}\n", want: []string{
			`2 error unknown-job settings.on_init: the pipeline has no job "perp" (did you mean "prep"?)`}},
		{name: "on_init and on_finalize", kind: "pipelineJob", checkerOnly: true, text: "jobs: {a: {component: a.yml}, b: {component: a.yml}}\nsettings: {on_init: a, on_finalize: a}\n", want: []string{
			"2 error bad-value settings.on_finalize: on_init and on_finalize name the same job (give each a job of its own)"}},
		{name: "nothing but on_init", kind: "pipelineJob", checkerOnly: true, text: "jobs: {a: {component: a.yml}}\nsettings: {on_init: a}\n", want: []string{
			"2 error bad-value settings.on_init: the pipeline has no job but those of on_init and on_finalize (add the jobs between them)"}},
		{name: "input type", kind: "commandJob", text: head + "inputs: {a: {path: p, type: urifolder}}\n", want: []string{
			`3 error bad-value inputs.a.type: "urifolder" is not a type of input or output (did you mean "uri_folder"?)`}},
		{name: "input list", kind: "commandJob", text: head + "inputs: {a: [1]}\n", want: []string{
			"3 error wrong-shape inputs.a: a must be a value, a binding, or a mapping with type and path, but this is a list"}},
		{name: "output text", kind: "commandJob", text: head + "outputs: {a: b}\n", want: []string{
			"3 error wrong-shape outputs.a: a must be empty, or a mapping with type, mode and path, but this is text"}},
		{name: "conda beside the image", kind: "commandJob", text: "command: x\nenvironment:\n  image: i\n  dependencies: [a]\n", want: []string{
			`4 error unknown-field environment.dependencies: unknown field "dependencies" in an environment (it belongs into the conda file: conda_file)`}},
		{name: "docker", kind: "commandJob", text: "command: x\nenvironment: {docker: {image: i}}\n", want: []string{
			`2 error preview-syntax environment.docker: unknown field "docker" in an environment ` +
				`(this is syntax of the 2021 preview; today write image, or build with a path)`}},
		{name: "identity", kind: "commandJob", text: head + "identity: {type: maneged}\n", want: []string{
			`3 error bad-value identity.type: "maneged" is not a type of identity (did you mean "managed"?)`}},
		{name: "preview data", kind: "data", text: "local_path: a\n", want: []string{
			`1 error preview-syntax local_path: unknown field "local_path" in a data asset (this is syntax of the 2021 preview; today write path)`}},
		{name: "no path", kind: "data", text: "name: d\n", want: []string{
			"1 error missing-field path: the data asset has no path (add path)"}},
	}
}

func componentDocuments() []document {
	const head = "command: x\nenvironment: azureml:e:1\n"
	return []document{
		{name: "nothing", kind: "commandComponent", text: "type: command\n", want: []string{
			"1 error missing-field command: the command component has no command (add command)",
			"1 error missing-field environment: the command component has no environment (add environment)"}},
		{name: "empty command", kind: "commandComponent", text: "command: \"\"\nenvironment: azureml:e:1\n", want: []string{
			"1 error missing-field command: command is empty (give it a value)"}},
		{name: "environment misspelt", kind: "commandComponent", text: "command: x\nenviroment: azureml:e:1\n", want: []string{
			`2 error unknown-field enviroment: unknown field "enviroment" in a command component (did you mean "environment"?)`}},
		{name: "input without type", kind: "commandComponent", text: head + "inputs: {a: {default: 1}}\n", want: []string{
			"3 error missing-field inputs.a.type: input a has no type (add type)"}},
		{name: "input with a misspelt type", kind: "commandComponent", text: head + "inputs: {a: {tpye: string}}\n", want: []string{
			`3 error unknown-field inputs.a.tpye: unknown field "tpye" (did you mean "type"?)`}},
		{name: "input type", kind: "commandComponent", text: head + "inputs: {a: {type: decimal}}\n", want: []string{
			`3 error bad-value inputs.a.type: "decimal" is not a type of input or output ` +
				`(types are string, number, integer, boolean, uri_file, uri_folder, mltable, custom_model, mlflow_model, triton_model)`}},
		{name: "bounds of data", kind: "commandComponent", text: head + "inputs: {a: {type: uri_file, min: 1}}\n", want: []string{
			`3 error unknown-field inputs.a.min: unknown field "min" in an input of data (the fields are type, description, optional, mode, intellectual_property)`}},
		{name: "optional", kind: "commandComponent", text: head + "inputs: {a: {type: string, optional: maybe}}\n", want: []string{
			"3 error wrong-shape inputs.a.optional: optional must be true or false, but this is text"}},
		{name: "enum element", kind: "commandComponent", text: head + "inputs: {a: {type: string, enum: [a, [b]]}}\n", want: []string{
			"3 error wrong-shape inputs.a.enum[1]: enum must be one value, but this is a list"}},
		{name: "output without type", kind: "commandComponent", text: head + "outputs: {a: {mode: upload}}\n", want: []string{
			"3 error missing-field outputs.a.type: output a has no type (add type)"}},
		{name: "many faults", kind: "pipelineComponent", text: "jobs:\n  a: {component: ./a.yml, limits: {timeout: x}}\n  b: 1\ntags: []\n", want: []string{
			`2 error bad-value jobs.a.limits.timeout: timeout "x" is not a whole number of seconds`,
			`3 error wrong-shape jobs.b: job "b" must be a mapping, but this is a number`,
			"4 error wrong-shape tags: tags must be a mapping, but this is a list"}},
	}
}
