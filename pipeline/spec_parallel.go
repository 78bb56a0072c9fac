package pipeline

import "github.com/ischia-ml/ischia/diag"

// Parallel is a script that is run over mini-batches of data. A step that uses
// a component says only what differs.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-parallel
type Parallel struct {
	Task *ParallelTask `az:"task"`
	// InputData is the input that is cut into mini-batches: ${{inputs.NAME}}.
	InputData Text `az:"input_data"`
	// MiniBatchSize is a number of files, or a size: "10kb".
	MiniBatchSize  Text   `az:"mini_batch_size"`
	PartitionKeys  []Text `az:"partition_keys"`
	MaxConcurrency Text   `az:"max_concurrency_per_instance,plain"`
	// ErrorThreshold counts records, MiniBatchErrorThreshold mini-batches, that
	// may fail; -1: all of them.
	ErrorThreshold          Text           `az:"error_threshold,plain"`
	MiniBatchErrorThreshold Text           `az:"mini_batch_error_threshold,plain"`
	Retry                   *ParallelRetry `az:"retry_settings"`
	LoggingLevel            Text           `az:"logging_level"`
}

func (*Parallel) stepType() StepType { return ParallelStep }

// ParallelTask is what is run over the data.
type ParallelTask struct {
	// Type is run_function, function or model.
	Type        Text       `az:"type"`
	Code        *CodeUse   `az:"code"`
	EntryScript Text       `az:"entry_script"`
	Arguments   Text       `az:"program_arguments"`
	Model       Text       `az:"model"`
	AppendRowTo Text       `az:"append_row_to"`
	Range       diag.Range `az:",place"`
	// Environment is what it runs in; package load reads and prints it.
	Environment *Environment
}

// CodeUse is code as it is written within a body: a path, or a mapping with
// one, as YAML text.
type CodeUse struct {
	Path  LocalPath `az:",scalar"`
	Whole Text      `az:",whole,tree"`
}

// ParallelRetry says how often a mini-batch is tried.
type ParallelRetry struct {
	MaxRetries Text `az:"max_retries,plain"`
	// Timeout is in seconds.
	Timeout Text       `az:"timeout,plain"`
	Range   diag.Range `az:",place"`
}
