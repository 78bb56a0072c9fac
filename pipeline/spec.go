package pipeline

// Spec is the body of a step or component of the kinds that are neither
// command nor pipeline: *[Sweep], *[Parallel], *[Spark], *[AutoML],
// *[DataTransfer], *[Import], *[IfElse], *[DoWhile] or *[ParallelFor]. What a
// step has in common with others (inputs, outputs, compute, environment,
// resources) stands in the [Step]; the command of a sweep's trials is its
// Component.
type Spec interface {
	// stepType is the type of the steps that have such a body.
	stepType() StepType
}

// The kinds of steps that are checked, and not run on this machine.
const (
	SweepStep        StepType = "sweep"
	ParallelStep     StepType = "parallel"
	SparkStep        StepType = "spark"
	AutoMLStep       StepType = "automl"
	DataTransferStep StepType = "data_transfer"
	ImportStep       StepType = "import"
	IfElseStep       StepType = "if_else"
	DoWhileStep      StepType = "do_while"
	ParallelForStep  StepType = "parallel_for"
)

// The kinds of components that are checked, and not run on this machine.
const (
	ParallelComponent     ComponentKind = "parallel"
	SparkComponent        ComponentKind = "spark"
	AutoMLComponent       ComponentKind = "automl"
	DataTransferComponent ComponentKind = "data_transfer"
	ImportComponent       ComponentKind = "import"
)

// Words names a type of step in messages: "a data transfer job".
func (t StepType) Words() string {
	switch t {
	case SweepStep:
		return "a sweep job"
	case SparkStep:
		return "a spark job"
	case ParallelStep:
		return "a parallel job"
	case AutoMLStep:
		return "an automated ML job"
	case DataTransferStep:
		return "a data transfer job"
	case ImportStep:
		return "an import job"
	case CommandStep, PipelineStep:
		return "a " + string(t)
	}
	return "control flow (" + string(t) + ")"
}

// IsFlow reports whether steps of type t run nothing themselves, but say which
// of the other steps run, and how often.
func (t StepType) IsFlow() bool {
	return t == IfElseStep || t == DoWhileStep || t == ParallelForStep
}

// SpecJob is a standalone job of a kind that is neither pipeline nor command.
type SpecJob struct {
	Header
	// Step is what the job does; its Name is empty, its component is inline.
	Step *Step
}

// Kind is the base name of the job's schema: "sweepJob".
func (j *SpecJob) Kind() string {
	switch j.Step.Type {
	case AutoMLStep:
		return "autoMLJob"
	case DataTransferStep:
		return "dataTransferJob"
	}
	return string(j.Step.Type) + "Job"
}
