package schema_test

// specDocuments are of the kinds of jobs that are neither pipeline nor command.
func specDocuments() []document {
	var out []document
	for _, list := range [][]document{sweepDocuments(), parallelDocuments(), sparkDocuments(), autoMLDocuments(), flowDocuments(), transferDocuments()} {
		out = append(out, list...)
	}
	return out
}

func sweepDocuments() []document {
	return []document{
		{name: "sweep job", kind: "sweepJob", text: `
type: sweep
trial: {command: "x ${{search_space.lr}}", environment: azureml:e@latest, code: src, resources: {instance_count: 1}}
inputs: {data: {type: uri_file, path: azureml:d:1}, k: 3}
sampling_algorithm: {type: random, seed: 1, rule: sobol, logbase: e}
search_space:
  lr: {type: LogUniform, min_value: -6, max_value: -1.5}
  n: {type: randint, upper: 8}
  m: {type: choice, values: [1, a, {x: {type: choice, values: [1]}}]}
  q: {type: qnormal, mu: 1, sigma: 2, q: 0.5}
objective: {goal: Minimize, primary_metric: loss}
early_termination: {type: MedianStopping, evaluation_interval: 1, delay_evaluation: 0}
limits: {max_total_trials: 20, max_concurrent_trials: 10, timeout: 7200, trial_timeout: 60}
`},
		{name: "sweep job without a space", kind: "sweepJob", text: `
type: sweep
trial: {command: x, environment: azureml:e}
objective: {goal: less, primary_metric: loss}
limits: {max_total_trials: 1001}
`, want: []string{
			"2 error missing-field search_space: the sweep job has no search_space (add search_space)",
			`4 error bad-value objective.goal: "less" is not a goal (goals are minimize, maximize)`,
			"5 error out-of-range limits.max_total_trials: max_total_trials 1001 is above 1000 (it is from 1 to 1000)",
		}},
		{name: "policy with both slacks", kind: "sweepJob", text: `
type: sweep
trial: {command: x, environment: azureml:e}
search_space: {a: {type: choice, values: [1]}}
objective: {goal: minimize, primary_metric: loss}
limits: {max_total_trials: 1}
early_termination: {type: bandit, slack_factor: 1, slack_amount: 1}
`, want: []string{
			"7 error bad-value early_termination.slack_amount: early_termination has both slack_factor and slack_amount (keep one of them)",
		}},
		{name: "sweep in a pipeline", kind: "pipelineJob", text: `
jobs:
  a:
    type: sweep
    trial: ./trial.yml
    search_space: {lr: "${{parent.inputs.space}}", n: {type: uniform, min_value: 1, max_value: "${{parent.inputs.n}}"}}
    sampling_algorithm: bayesian
    objective: {goal: maximize, primary_metric: acc}
    limits: {max_total_trials: 2}
  b:
    type: sweep
    trial: {command: x, environment: azureml:e, inputs: {lr: {type: number}}}
    search_space: {lr: {type: uniform, min_value: 1}}
    objective: {goal: maximize, primary_metric: acc}
    limits: {max_total_trials: 2}
`, want: []string{
			"13 error missing-field jobs.b.search_space.lr.max_value: parameter lr has no max_value (add max_value)",
		}},
	}
}

func parallelDocuments() []document {
	return []document{
		{name: "parallel component", kind: "parallelComponent", text: `
type: parallel
name: p
version: 1
inputs: {data: {type: uri_folder}}
outputs: {out: {type: uri_file}}
input_data: ${{inputs.data}}
mini_batch_size: 10kb
error_threshold: -1
retry_settings: {max_retries: 0, timeout: 60}
logging_level: DEBUG
task: {type: run_function, entry_script: a.py, environment: azureml:e:1, append_row_to: "${{outputs.out}}"}
`},
		{name: "parallel in a pipeline", kind: "pipelineJob", text: `
jobs:
  a:
    type: parallel
    component: ./p.yml
    max_concurrency_per_instance: ${{parent.inputs.n}}
    retry_settings: {timeout: "${{parent.inputs.n}}"}
  b:
    type: parallel
    input_data: ${{inputs.data}}
    mini_batch_size: "0"
    error_threshold: -2
    task: {type: run_function, environment: azureml:e:1}
`, want: []string{
			`11 error bad-value jobs.b.mini_batch_size: "0" is not the size of a mini-batch (write a number of files, or a size such as 10kb)`,
			"12 error out-of-range jobs.b.error_threshold: error_threshold -2 is below -1 (it is at least -1)",
			"13 error missing-field jobs.b.task.entry_script: task has type run_function, but no entry_script (add entry_script)",
		}},
	}
}

func sparkDocuments() []document {
	return []document{
		{name: "spark job", kind: "sparkJob", text: `
type: spark
code: src
entry: {file: main.py}
conf: {spark.driver.cores: 1, spark.driver.memory: 2g, spark.hadoop.x: "true", executor_instances: 2}
resources: {instance_type: Standard_E4s_V3, runtime_version: "3.4"}
identity: {type: user_identity}
py_files: [a.zip]
`},
		{name: "spark job nowhere", kind: "sparkJob", text: `
type: spark
entry: {class_name: A}
conf: {spark.driver.cores: 0, spark.executor.memory: 2 gigabytes}
`, want: []string{
			"2 error missing-field : the spark job has neither compute nor resources (name an attached pool with compute, or give resources with instance_type)",
			"3 error bad-value entry.class_name: entry is a class, and Azure ML runs files only (write file, with the path of a script)",
			"4 error out-of-range conf.spark.driver.cores: spark.driver.cores 0 is not positive (it is at least 1)",
			`4 error bad-value conf.spark.executor.memory: "2 gigabytes" is not a size of memory (write it as 2g, or 512m)`,
		}, checkerOnly: true},
		{name: "spark component", kind: "sparkComponent", text: "type: spark\nname: s\nentry: {file: a.py}\nargs: x\nenvironment:\nother: 1\n",
			want: []string{`6 warning unknown-field other: unknown field "other" in a spark component (Azure ML ignores it)`}},
	}
}

func autoMLDocuments() []document {
	return []document{
		{name: "automl job", kind: "autoMLJob", text: `
type: automl
task: classification
primary_metric: AUC_weighted
training_data: {type: mltable, path: ./train}
target_column_name: y
n_cross_validations: auto
limits: {timeout_minutes: 5, max_cores_per_trial: -1}
featurization: {mode: auto, blocked_transformers: [LabelEncoder]}
training: {allowed_training_algorithms: [LogisticRegression]}
`},
		{name: "automl job of images", kind: "autoMLJob", text: `
type: automl
task: image_classification
training_data: {type: mltable, path: ./train}
target_column_name: y
training_parameters: {early_stopping: True, learning_rate: 0.1}
search_space: [{model_name: {type: choice, values: [vit]}, learning_rate: {type: uniform, min_value: 0.1, max_value: 1}, beta1: 0.5}]
sweep: {sampling_algorithm: random, early_termination: {type: bandit, slack_factor: 0.2}}
`},
		{name: "automl job with fields of another task", kind: "autoMLJob", text: `
type: automl
task: regression
training_data: {type: uri_folder, path: ./train}
positive_label: a
validation_data_size: 2
`, want: []string{
			"2 error missing-field target_column_name: the automated ML job has task regression, but no target_column_name (add target_column_name)",
			`4 error bad-value training_data.type: "uri_folder" is not a type of input of automated ML (write mltable)`,
			`5 error bad-value positive_label: unknown field "positive_label" in an automated ML job of task regression (it is a field of task classification)`,
			"6 error out-of-range validation_data_size: validation_data_size 2 is above 1 (it is from 0 to 1)",
		}},
		{name: "automl component", kind: "automlComponent", text: "type: automl\nname: a\nversion: 1\ntask: text_ner\n"},
	}
}

func flowDocuments() []document {
	return []document{
		{name: "control flow", kind: "pipelineJob", text: `
jobs:
  a: {type: if_else, condition: "${{parent.jobs.x.outputs.o}}", true_block: ["${{parent.jobs.y}}"], false_block: "${{parent.jobs.z}}"}
  b: {type: do_while, body: "${{parent.jobs.x}}", condition: true, mapping: {o: i, p: [j, k]}, limits: {max_iteration_count: 1000}}
  c: {type: parallel_for, body: "${{parent.jobs.x}}", items: '[{"a": 1}]'}
  d: {type: parallel_for, body: "${{parent.jobs.x}}", items: [{a: 1, b: {type: uri_file, path: azureml:d:1}}], max_concurrency: 2, outputs: {o: }}
  e: {type: parallel_for, body: "${{parent.jobs.x}}", items: {one: {a: 1}}}
`},
		{name: "control flow that lacks", kind: "pipelineJob", text: `
jobs:
  a: {type: if_else, condition: 1}
  b: {type: do_while, mapping: {}, limits: {max_iteration_count: 0}}
  c: {type: parallel_for, items: [1], body: x}
`, want: []string{
			"3 error missing-field jobs.a: job a has neither true_block nor false_block (add true_block or false_block)",
			"3 error wrong-shape jobs.a.condition: condition must be a binding, true or false, but this is a number (put it in quotes: \"1\")",
			"4 error missing-field jobs.b.body: job b has no body (add body)",
			"4 error out-of-range jobs.b.limits.max_iteration_count: max_iteration_count 0 is below 1 (it is from 1 to 1000)",
			"5 error wrong-shape jobs.c.items[0]: items must be a mapping, but this is a number",
		}},
	}
}

func transferDocuments() []document {
	return []document{
		{name: "data transfers", kind: "pipelineJob", text: `
jobs:
  a: {type: data_transfer, task: copy_data, inputs: {i: {type: uri_folder, path: azureml:d:1}}, outputs: {o: {type: uri_folder}}, data_copy_mode: fail_if_conflict}
  b: {type: data_transfer, task: import_data, source: {type: database, connection: azureml:c, query: q}, outputs: {sink: {type: mltable}}}
  c: {type: data_transfer, task: export_data, component: azureml:c:1, inputs: {source: "${{parent.inputs.x}}"}, sink: {type: file_system, connection: azureml:c, path: p}}
  d: {type: import, source: {type: s3, connection: azureml:c, path: p}, output: {type: mltable}}
`},
		{name: "data transfer without a source", kind: "dataTransferJob", text: `
type: data_transfer
task: import_data
outputs: {sink: {type: mltable}}
`, want: []string{"2 error missing-field source: the data transfer job has task import_data, but no source (add source)"}},
		{name: "import job without a query", kind: "importJob", text: `
type: import
source: {type: snowflake, connection: azureml:c}
output: {type: mltable}
`, want: []string{"3 error missing-field source.query: source has no query (add query)"}},
	}
}
