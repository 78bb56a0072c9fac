package pipeline

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// flat is a word as azure-ai-ml compares it: AUCWeighted is auc_weighted.
func flat(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// among: word is one of list, capitals and underscores aside.
func among(list []string, word string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return flat(s) == flat(word) })
}

// automl checks what depends on the task; what all tasks have in common is a
// matter of shape.
func (c *checker) automl(body *AutoML, at string) {
	t, known := automlTask(body.Task.Value)
	if !known {
		return
	}
	if m := body.PrimaryMetric; m.Value != "" && !strings.Contains(m.Value, "${{") && !among(t.metrics, m.Value) {
		c.errorf(m.Range, diag.CodeBadValue, join(at, "primary_metric"), "%q is not a metric of task %s", clip(m.Value), body.Task.Value).Hint =
			c.knownHint(strings.ToLower(m.Value), t.metrics, "its metrics are")
	}
	c.automlLimits(body, t, join(at, "limits"))
	c.automlTraining(body, t, join(at, "training"))
	c.automlData(body, at)
	c.automlParameters(body, t, at)
	if body.Sweep != nil {
		c.policy(body.Sweep.Sampling, body.Sweep.Policy, join(at, "sweep"))
	}
}

// automlLimits checks the order of limits, and those that only some tasks have.
func (c *checker) automlLimits(body *AutoML, t task, at string) {
	l := body.Limits
	if l == nil {
		return
	}
	for _, only := range []struct {
		text  Text
		name  string
		taken bool
	}{
		{l.TrialTimeoutMinutes, "trial_timeout_minutes", t.family != imageTask}, {l.MaxNodes, "max_nodes", t.family != imageTask},
		{l.MaxCoresPerTrial, "max_cores_per_trial", t.family == tableTask}, {l.ExitScore, "exit_score", t.family == tableTask},
		{l.EarlyTermination, "enable_early_termination", t.family == tableTask},
	} {
		if only.text.Value != "" && !only.taken {
			c.errorf(only.text.Range, diag.CodeUnknownField, at+"."+only.name, "limits of task %s have no %s", body.Task.Value, only.name).Hint = "remove it"
		}
	}
	c.above(l.MaxConcurrentTrials, l.MaxTrials, "max_concurrent_trials", "max_trials", at+".max_concurrent_trials")
	c.trialOutlives(l.TrialTimeoutMinutes, l.TimeoutMinutes, "trial_timeout_minutes", "timeout_minutes", at+".trial_timeout_minutes")
}

func (c *checker) automlTraining(body *AutoML, t task, at string) {
	if body.Training == nil || t.family != tableTask {
		return
	}
	for _, list := range []struct {
		name  string
		words []Text
	}{{"allowed_training_algorithms", body.Training.Allowed}, {"blocked_training_algorithms", body.Training.Blocked}} {
		for i, word := range list.words {
			if strings.Contains(word.Value, "${{") || among(t.algorithms, word.Value) {
				continue
			}
			c.errorf(word.Range, diag.CodeBadValue, at+"."+list.name+"["+strconv.Itoa(i)+"]", "%q is not an algorithm of task %s", clip(word.Value), body.Task.Value).Hint =
				oneOf(strings.ToLower(word.Value), t.algorithms)
		}
	}
}

// automlData checks that what is held back of the data is said once.
func (c *checker) automlData(body *AutoML, at string) {
	for _, twice := range []struct {
		data       *TableUse
		size       Text
		name, with string
	}{{body.ValidationData, body.ValidationDataSize, "validation_data_size", "validation_data"}, {body.TestData, body.TestDataSize, "test_data_size", "test_data"}} {
		if twice.data != nil && twice.size.Value != "" {
			c.warnf(twice.size.Range, diag.CodeBadValue, join(at, twice.name), "%s has no effect with %s", twice.name, twice.with).Hint = "keep one of the two"
		}
	}
}

// automlParameters checks the names of parameters, and the values to search.
func (c *checker) automlParameters(body *AutoML, t task, at string) {
	c.parameterNames(body, t, body.Parameters, join(at, "training_parameters"))
	for i := range body.Spaces {
		path := join(at, "search_space") + "[" + strconv.Itoa(i) + "]"
		c.parameterNames(body, t, body.Spaces[i].Parameters, path)
		c.space(body.Spaces[i].Parameters, path)
		if body.Sweep != nil {
			c.sampling(body.Sweep.Sampling, body.Spaces[i].Parameters, path)
		}
	}
}

func (c *checker) parameterNames(body *AutoML, t task, list []Parameter, at string) {
	if t.family == tableTask {
		return
	}
	for i := range list {
		name := list[i].Name
		if slices.Contains(t.foreign, name.Value) {
			c.errorf(name.Range, diag.CodeUnknownField, at+"."+name.Value, "%q is not a parameter of task %s", name.Value, body.Task.Value).Hint = "remove it"
		}
	}
}

// oneOf is the hint of a word that is none of a list that does not grow.
func oneOf(word string, known []string) string {
	if hint := diag.DidYouMean(word, known); hint != "" {
		return hint
	}
	return "it is one of " + strings.Join(known, ", ")
}
