package pipeline

import "github.com/ischia-ml/ischia/diag"

// AutoML tries many models for one task. Which fields count depends on the
// task. The data are inputs of the step too, by the names of their fields, so
// that they are checked as all inputs are.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-automated-ml-forecasting
// and its neighbours for the other tasks.
type AutoML struct {
	// Task is classification, regression, forecasting, image_..., text_...
	Task               Text            `az:"task"`
	PrimaryMetric      Text            `az:"primary_metric"`
	TrainingData       *TableUse       `az:"training_data"`
	ValidationData     *TableUse       `az:"validation_data"`
	ValidationDataSize Text            `az:"validation_data_size,plain"`
	TestData           *TableUse       `az:"test_data"`
	TestDataSize       Text            `az:"test_data_size,plain"`
	Target             Text            `az:"target_column_name"`
	Weight             Text            `az:"weight_column_name"`
	SplitColumns       []Text          `az:"cv_split_column_names"`
	CrossValidations   Text            `az:"n_cross_validations,plain"`
	PositiveLabel      Text            `az:"positive_label"`
	Limits             *AutoMLLimits   `az:"limits"`
	Featurization      *Featurization  `az:"featurization"`
	Training           *AutoMLTraining `az:"training"`
	Forecasting        *Forecasting    `az:"forecasting"`
	Sweep              *AutoMLSweep    `az:"sweep"`
	Parameters         []Parameter     `az:"training_parameters"`
	Spaces             []AutoMLSpace   `az:"search_space"`
}

func (*AutoML) stepType() StepType { return AutoMLStep }

// TableUse is data that automated ML reads.
type TableUse struct {
	// Ref is a reference that stands for the whole.
	Ref   Text       `az:",scalar"`
	Type  Text       `az:"type"`
	Path  Text       `az:"path"`
	Mode  Text       `az:"mode"`
	Other Text       `az:",rest,tree"`
	Range diag.Range `az:",place"`
}

// AutoMLLimits are bounds of the whole job.
type AutoMLLimits struct {
	TimeoutMinutes      Text       `az:"timeout_minutes,plain"`
	TrialTimeoutMinutes Text       `az:"trial_timeout_minutes,plain"`
	MaxTrials           Text       `az:"max_trials,plain"`
	MaxConcurrentTrials Text       `az:"max_concurrent_trials,plain"`
	MaxCoresPerTrial    Text       `az:"max_cores_per_trial,plain"`
	MaxNodes            Text       `az:"max_nodes,plain"`
	EarlyTermination    Text       `az:"enable_early_termination,plain"`
	ExitScore           Text       `az:"exit_score,plain"`
	Range               diag.Range `az:",place"`
}

// Featurization is how columns become features.
type Featurization struct {
	// Mode is auto, off or custom.
	Mode                Text         `az:"mode"`
	DatasetLanguage     Text         `az:"dataset_language"`
	BlockedTransformers []Text       `az:"blocked_transformers"`
	ColumnTypes         []ColumnType `az:"column_name_and_types"`
	// Transformers are what transformers are given, as YAML text.
	Transformers Text       `az:"transformer_params,tree"`
	DNN          Text       `az:"enable_dnn_featurization,plain"`
	Range        diag.Range `az:",place"`
}

// ColumnType says what a column holds.
type ColumnType struct {
	Column Text `az:",key"`
	Type   Text `az:",value"`
}

// AutoMLTraining says which models are tried.
type AutoMLTraining struct {
	Allowed []Text `az:"allowed_training_algorithms"`
	Blocked []Text `az:"blocked_training_algorithms"`
	// Other are further settings, as YAML text.
	Other Text       `az:",rest,tree"`
	Range diag.Range `az:",place"`
}

// Forecasting is what the time series is like.
type Forecasting struct {
	TimeColumn    Text   `az:"time_column_name"`
	SeriesColumns []Text `az:"time_series_id_column_names,single"`
	Horizon       Text   `az:"forecast_horizon,plain"`
	Frequency     Text   `az:"frequency"`
	CVStepSize    Text   `az:"cv_step_size,plain"`
	// Other are further settings, as YAML text.
	Other Text       `az:",rest,tree"`
	Range diag.Range `az:",place"`
}

// AutoMLSweep is how the search space is searched.
type AutoMLSweep struct {
	Sampling *Sampling          `az:"sampling_algorithm"`
	Policy   *TerminationPolicy `az:"early_termination"`
	Range    diag.Range         `az:",place"`
}

// AutoMLSpace are the parameters of one model.
type AutoMLSpace struct {
	Parameters []Parameter `az:",whole"`
	Range      diag.Range  `az:",place"`
}
