package pipeline

import "github.com/ischia-ml/ischia/diag"

// Sweep is what a sweep has besides its trial, which is the component of the
// step.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-sweep
type Sweep struct {
	Sampling  *Sampling          `az:"sampling_algorithm"`
	Space     []Parameter        `az:"search_space"`
	Objective *Objective         `az:"objective"`
	Policy    *TerminationPolicy `az:"early_termination"`
	Limits    *SweepLimits       `az:"limits"`
}

func (*Sweep) stepType() StepType { return SweepStep }

// Sampling is how the values of the trials are chosen.
type Sampling struct {
	// Algorithm is the one word that may stand for the whole.
	Algorithm Text       `az:",scalar"`
	Type      Text       `az:"type"`
	Seed      Text       `az:"seed,plain"`
	Rule      Text       `az:"rule"`
	LogBase   Literal    `az:"logbase"`
	Range     diag.Range `az:",place"`
}

// Name is the algorithm, however it is written.
func (s *Sampling) Name() Text {
	if s.Algorithm.Value != "" {
		return s.Algorithm
	}
	return s.Type
}

// Parameter is one parameter of a search space, with the values it may take.
type Parameter struct {
	Name Text `az:",key"`
	// Fixed is the one value that may stand for the whole, or a reference.
	Fixed Literal `az:",scalar"`
	// Type is choice, randint, uniform, quniform, normal, ...
	Type   Text         `az:"type"`
	Values []SpaceValue `az:"values"`
	Upper  Text         `az:"upper,plain"`
	Min    Text         `az:"min_value,plain"`
	Max    Text         `az:"max_value,plain"`
	Q      Text         `az:"q,plain"`
	Mu     Text         `az:"mu,plain"`
	Sigma  Text         `az:"sigma,plain"`
	Range  diag.Range   `az:",place"`
}

// SpaceValue is one value to choose from.
type SpaceValue struct {
	Value Literal `az:",scalar"`
	// Nested are parameters that count with this choice alone, as YAML text.
	Nested Text `az:",whole,tree"`
}

// Objective is what is best.
type Objective struct {
	// Goal is minimize or maximize.
	Goal          Text       `az:"goal"`
	PrimaryMetric Text       `az:"primary_metric"`
	Range         diag.Range `az:",place"`
}

// TerminationPolicy says when a trial that does badly is given up.
type TerminationPolicy struct {
	// Ref is a reference that stands for the whole.
	Ref Text `az:",scalar"`
	// Type is bandit, median_stopping or truncation_selection.
	Type               Text       `az:"type"`
	EvaluationInterval Text       `az:"evaluation_interval,plain"`
	DelayEvaluation    Text       `az:"delay_evaluation,plain"`
	SlackFactor        Text       `az:"slack_factor,plain"`
	SlackAmount        Text       `az:"slack_amount,plain"`
	Truncation         Text       `az:"truncation_percentage,plain"`
	Range              diag.Range `az:",place"`
}

// SweepLimits are bounds of the whole sweep.
type SweepLimits struct {
	MaxTotalTrials      Text `az:"max_total_trials,plain"`
	MaxConcurrentTrials Text `az:"max_concurrent_trials,plain"`
	// Timeout of the sweep and of one trial are in seconds.
	Timeout      Text       `az:"timeout,plain"`
	TrialTimeout Text       `az:"trial_timeout,plain"`
	Range        diag.Range `az:",place"`
}
