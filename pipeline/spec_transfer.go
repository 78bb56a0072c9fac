package pipeline

import "github.com/ischia-ml/ischia/diag"

// DataTransfer copies data from one place to another, or moves it between a
// datastore and a database or file system.
type DataTransfer struct {
	// Task is copy_data, import_data or export_data.
	Task Text `az:"task"`
	// CopyMode is merge_with_overwrite or fail_if_conflict.
	CopyMode Text       `az:"data_copy_mode"`
	Source   *DataEnd   `az:"source"`
	Sink     *DataEnd   `az:"sink"`
	Range    diag.Range `az:",place"`
}

func (*DataTransfer) stepType() StepType { return DataTransferStep }

// DataEnd is a database or file system outside Azure ML.
type DataEnd struct {
	// Ref is a reference that stands for the whole.
	Ref Text `az:",scalar"`
	// Type is database or file_system.
	Type            Text       `az:"type"`
	Connection      Text       `az:"connection"`
	TableName       Text       `az:"table_name"`
	Query           Text       `az:"query"`
	StoredProcedure Text       `az:"stored_procedure"`
	Parameters      Text       `az:"stored_procedure_params,tree"`
	Path            Text       `az:"path"`
	Range           diag.Range `az:",place"`
}

// Import brings the result of a query, or files of S3, into a datastore. Where
// to is the output of the step by the name of [ImportOutput].
type Import struct {
	Source *DataEnd `az:"source"`
}

func (*Import) stepType() StepType { return ImportStep }

// ImportOutput is the name of the one output of an import.
const ImportOutput = "output"
