package schema

import "github.com/ischia-ml/ischia/internal/yamlnode"

func sweepJobKind() *Kind {
	return &Kind{
		Name: "sweepJob", Noun: "a sweep job",
		Doc: "A sweep job runs one command many times, each time with other values of its parameters, " +
			"and finds the values with which a metric is best.",
		Source: "azure-ai-ml: _schema/_sweep/sweep_job.py",
		Body: &Object{
			Name: "SweepJob", Noun: "a sweep job", Subject: "the sweep job", Stray: strayOfSweep,
			Fields: validated(jobHead("sweep"), []Field{
				field("trial", obj("SweepTrial", sweepTrial), "The command that every trial runs; `${{search_space.NAME}}` stands for a parameter.").required(),
			}, sweepFields(), jobPorts(), []Field{
				field("compute", computeShape(), "Where the trials run: azureml:NAME, or serverless."),
				field("resources", obj("Resources", jobResources), "How many nodes each trial gets."),
				preview("algorithm", "sampling_algorithm"),
				preview("max_total_trials", "limits with max_total_trials"),
				preview("max_concurrent_trials", "limits with max_concurrent_trials"),
				preview("timeout_minutes", "limits with timeout, in seconds"),
			}, jobOptions(), jobReadOnly()),
		},
	}
}

// sweepNode is a job of a pipeline that runs a component many times.
// Source: azure-ai-ml: _schema/pipeline/component_job.py, SweepSchema.
func sweepNode() *Object {
	trial := text().full("").or(obj("TrialComponent", trialComponent)).says("the path of a file, a reference, or a component")
	return &Object{
		Noun: "a job of type sweep", Subject: "job %s", Unknown: Drop, Stray: strayOfSweep,
		Fields: validated(nodeHead("sweep")[:6], []Field{
			field("trial", trial, "The component that every trial runs. The keys of search_space are inputs of it.").required(),
			readOnly("comment", "A note that the studio shows."), // so that nobody who writes component is led to it
		}, sweepFields(), nodePorts(), []Field{
			field("compute", computeShape(), "Where the trials run: azureml:NAME, or serverless."),
			field("resources", obj("Resources", jobResources), "How many nodes each trial gets."),
			preview("algorithm", "sampling_algorithm"),
		}, nodeOptions()),
	}
}

// strayOfSweep: what a component is under in other jobs.
func strayOfSweep(p yamlnode.Pair) string {
	if p.Key == "component" {
		return "the component of a sweep is its trial"
	}
	return ""
}

// validated joins lists of fields of which nothing here acts on any.
func validated(lists ...[]Field) []Field {
	out := fields(lists...)
	for i := range out {
		if out[i].Here == Runs || out[i].Here == Ignored {
			out[i].Here = Validated
		}
	}
	return out
}

// trialComponent is a command component in place. Azure ML drops keys that it
// does not know.
func trialComponent() *Object {
	o := commandComponent()
	o.Name, o.Noun, o.Subject, o.Unknown = "TrialComponent", "a trial", "the trial", Drop
	return o
}

// sweepTrial is the command of a sweep job.
// Source: azure-ai-ml: _schema/job/parameterized_command.py.
func sweepTrial() *Object {
	return &Object{
		Noun: "a trial", Subject: "the trial", Stray: strayOfTrial,
		Fields: validated(commandFields(environmentShape()), []Field{
			field("environment_variables", anyEnvVars(), "Variables that the command sees."),
			field("resources", obj("Resources", jobResources), "How many nodes, of which kind."),
			field("distribution", distributionShape("", Reject), "How several processes run together."),
			field("queue_settings", obj("QueueSettings", queueSettings), "How urgent it is."),
		}),
	}
}

// strayOfTrial: what stands beside the trial, not within it.
func strayOfTrial(p yamlnode.Pair) string {
	switch p.Key {
	case "inputs", "outputs", "compute", "limits", "search_space", "objective":
		return p.Key + " stands beside trial, not within it"
	}
	return ""
}

// sweepFields are what every sweep consists of.
func sweepFields() []Field {
	return []Field{
		field("sampling_algorithm", samplingShape().bindable(), "How the values of the trials are chosen.").defaults("random"),
		field("search_space", mapOf(spaceShape()).full("there is nothing to search"),
			"The parameters by name, each with the values that it may take.").required(),
		field("objective", obj("SweepObjective", sweepObjective), "What is best.").required(),
		field("early_termination", policyShape(), "When a trial that does badly is given up."),
		field("limits", obj("SweepLimits", sweepLimits), "How many trials there are, and for how long.").required(),
	}
}

// samplingShape is how values are chosen: one word, or a mapping with more.
// Source: azure-ai-ml: _schema/_sweep/sweep_sampling_algorithm.py.
func samplingShape() Shape {
	mine := func(value string, fs ...Field) Case {
		head := []Field{field("type", enum(value).snake(), "How values are chosen.").required()}
		return caseOf(value, "Sampling_"+value, func() *Object {
			return &Object{Noun: "sampling_algorithm", Fields: validated(head, fs)}
		})
	}
	return enum("random", "grid", "bayesian").fold().of("a sampling algorithm", "sampling algorithms").or(union(Union{
		By: "type", Fold: Snake, Noun: "a sampling algorithm", Plural: "sampling algorithms",
		Cases: []Case{
			mine("random",
				field("seed", integer(), "Where the random numbers start."),
				field("rule", enum("random", "sobol").snake().of("a rule", "rules"), "How the random values are spread.").defaults("random"),
				field("logbase", literal(), "The base of the logarithms: `e`, or a number.")),
			mine("grid"), mine("bayesian"),
		},
	})).says("random, grid or bayesian, or a mapping with type")
}

// spaceShape is the values that one parameter may take.
// Source: azure-ai-ml: _schema/_sweep/search_space/.
func spaceShape() Shape {
	value := func(name, doc string) Field { return field(name, number().bindable(), doc).required() }
	low, high := value("min_value", "The least value."), value("max_value", "The greatest value.")
	mu, sigma := value("mu", "The mean."), value("sigma", "The standard deviation.")
	q := value("q", "Values are multiples of it.")
	return union(Union{
		By: "type", Fold: Lower, Subject: "parameter %s", Noun: "a type of parameter", Plural: "types of parameters",
		Cases: []Case{
			spaceCase("choice", field("values", list(literal().or(mapOf(anything()))).full("there is nothing to choose from"), "The values to choose from.").required()),
			spaceCase("randint", field("upper", integer().atLeast(1), "Values are whole numbers from 0 up to, and without, this one.").required()),
			spaceCase("uniform", low, high), spaceCase("loguniform", low, high),
			spaceCase("quniform", low, high, q), spaceCase("qloguniform", low, high, q),
			spaceCase("normal", mu, sigma), spaceCase("lognormal", mu, sigma),
			spaceCase("qnormal", mu, sigma, q), spaceCase("qlognormal", mu, sigma, q),
		},
	}).bindable()
}

func spaceCase(value string, fs ...Field) Case {
	head := []Field{
		field("type", enum(value).fold(), "How the values are spread.").required(),
		preview("spec", "type"),
	}
	return caseOf(value, "Space_"+value, func() *Object {
		return &Object{Noun: "a parameter of type " + value, Subject: "parameter %s", Fields: validated(head, fs)}
	})
}

func sweepObjective() *Object {
	return &Object{Noun: "objective", Subject: "objective", Fields: validated([]Field{
		field("goal", enum("minimize", "maximize").snake().of("a goal", "goals"), "Whether less is better, or more.").required(),
		field("primary_metric", text().full(""), "The metric that the trials log.").required(),
	})}
}

// sweepLimits are bounds of the whole sweep.
// Sources: azure-ai-ml: _schema/job/job_limits.py; for the bounds,
// https://learn.microsoft.com/azure/machine-learning/how-to-tune-hyperparameters
func sweepLimits() *Object {
	return &Object{Noun: "limits", Subject: "limits", Fields: validated([]Field{
		field("max_total_trials", integer().between(1, 1000), "How many trials there are in all.").required(),
		field("max_concurrent_trials", integer().between(1, 1000), "How many trials run at once.").defaults("max_total_trials"),
		field("timeout", integer().atLeast(1).unit("seconds"), "The seconds after which the sweep ends."),
		field("trial_timeout", integer().atLeast(1).unit("seconds"), "The seconds after which a trial is given up."),
		preview("max_total_runs", "max_total_trials"),
		preview("max_concurrent_runs", "max_concurrent_trials"),
		preview("max_duration_minutes", "timeout, in seconds"),
		preview("timeout_minutes", "timeout, in seconds"),
	})}
}

// policyShape is when a trial is given up.
// Source: azure-ai-ml: _schema/_sweep/sweep_termination.py.
func policyShape() Shape {
	return union(Union{
		By: "type", Fold: Snake, Noun: "a policy of early termination", Plural: "policies",
		Cases: []Case{
			policyCase("bandit", []Rule{oneOf("slack_factor", "slack_amount").hint("give exactly one of slack_factor and slack_amount")},
				field("slack_factor", number().atLeast(0).nullable(), "How far a trial may fall behind the best, as a ratio."),
				field("slack_amount", number().atLeast(0).nullable(), "How far a trial may fall behind the best, as an amount.")),
			policyCase("median_stopping", nil),
			policyCase("truncation_selection", nil,
				field("truncation_percentage", integer().between(1, 99), "How many of the worst are given up, in percent.").required()),
		},
	}).bindable()
}

func policyCase(value string, rules []Rule, fs ...Field) Case {
	head := []Field{
		field("type", enum(value).snake(), "How it is decided.").required(),
		field("evaluation_interval", integer().atLeast(0).nullable(), "After how many logged values it is decided again.").defaults("1"),
		field("delay_evaluation", integer().atLeast(0).nullable(), "How many logged values pass before the first decision.").defaults("0"),
		preview("spec", "type"),
	}
	return caseOf(value, "Policy_"+value, func() *Object {
		return &Object{Noun: "early_termination", Fields: validated(head, fs), Rules: rules}
	})
}
