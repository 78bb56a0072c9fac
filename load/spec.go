package load

import (
	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// newSpec is an empty body of steps of that type; nil for command and pipeline.
func newSpec(t pipeline.StepType) pipeline.Spec {
	switch t {
	case pipeline.SweepStep:
		return &pipeline.Sweep{}
	case pipeline.ParallelStep:
		return &pipeline.Parallel{}
	case pipeline.SparkStep:
		return &pipeline.Spark{}
	case pipeline.AutoMLStep:
		return &pipeline.AutoML{}
	case pipeline.DataTransferStep:
		return &pipeline.DataTransfer{}
	case pipeline.ImportStep:
		return &pipeline.Import{}
	case pipeline.IfElseStep:
		return &pipeline.IfElse{}
	case pipeline.DoWhileStep:
		return &pipeline.DoWhile{}
	case pipeline.ParallelForStep:
		return &pipeline.ParallelFor{}
	}
	return nil
}

// keptSpec are the fields that a body of that type has a place for.
func keptSpec(t pipeline.StepType) []string {
	switch t {
	case pipeline.SweepStep:
		return []string{"sampling_algorithm", "search_space", "objective", "early_termination", "limits"}
	case pipeline.ParallelStep:
		return []string{"task", "input_data", "mini_batch_size", "partition_keys", "max_concurrency_per_instance",
			"error_threshold", "mini_batch_error_threshold", "retry_settings", "logging_level"}
	case pipeline.SparkStep:
		return []string{"entry", "args", "conf", "py_files", "jars", "files", "archives", "resources"}
	case pipeline.AutoMLStep:
		return []string{"task", "primary_metric", "training_data", "validation_data", "validation_data_size", "test_data",
			"test_data_size", "target_column_name", "weight_column_name", "cv_split_column_names", "n_cross_validations",
			"positive_label", "limits", "featurization", "training", "forecasting", "sweep", "training_parameters", "search_space"}
	case pipeline.DataTransferStep:
		return []string{"task", "data_copy_mode", "source", "sink"}
	case pipeline.ImportStep:
		return []string{"source", "output"}
	case pipeline.IfElseStep:
		return []string{"condition", "true_block", "false_block"}
	case pipeline.DoWhileStep:
		return []string{"body", "condition", "mapping", "limits"}
	case pipeline.ParallelForStep:
		return []string{"body", "items", "max_concurrency"}
	}
	return nil
}

// spec reads the body that a mapping holds.
func (r *reader) spec(t pipeline.StepType, n *yamlnode.Node, at string) pipeline.Spec {
	s := newSpec(t)
	if s == nil {
		return nil
	}
	r.decode(n, s)
	if body, ok := s.(*pipeline.Parallel); ok && body.Task != nil {
		task := n.Get("task")
		if v := task.Get("environment"); v != nil && !v.IsNull() {
			body.Task.Environment = r.environmentAt(task, dot(at, "task"))
		}
	}
	return s
}

// specStep reads a step that is neither command nor pipeline.
func (r *reader) specStep(s *pipeline.Step, n *yamlnode.Node, at string) {
	s.Ignored = append(r.dropped(n), r.ignored(n)...)
	s.Spec = r.spec(s.Type, n, at)
	taken := join(keptStep(), keptSpec(s.Type)...)
	s.Inputs, s.Outputs = r.bindings(n, at), r.outputBindings(n, at)
	switch _, uses := n.Pair("component"); {
	case s.Type.IsFlow():
	case s.Type == pipeline.SweepStep:
		s.ComponentRef, s.Component = r.componentAt(n, at, "trial")
		s.Resources = r.resources(n, at)
		r.pathsOfData(s)
		r.trialIsCommand(s)
		taken = append(taken, "trial", "resources")
	case uses && s.Type != pipeline.AutoMLStep:
		s.ComponentRef, s.Component = r.componentAt(n, at, "component")
		taken = append(taken, r.specOptions(s, n, at)...)
		r.pathsOfData(s)
		r.typesAgree(s, n, at)
		taken = append(taken, "component")
	default:
		taken = append(taken, r.inlineSpec(s, n, at)...)
	}
	s.Extra = r.extra(n, at, taken...)
}

// inlineSpec reads a step that holds its body itself. The result are the
// fields that were read.
func (r *reader) inlineSpec(s *pipeline.Step, n *yamlnode.Node, at string) []string {
	s.Component = &pipeline.Component{Type: pipeline.ComponentKind(s.Type), Inline: true, Range: firstLine(n)}
	var taken []string
	switch s.Type {
	case pipeline.AutoMLStep:
		s.Inputs = r.tables(n, at)
	case pipeline.ImportStep:
		s.Outputs = r.importOutput(n, at)
	case pipeline.SparkStep:
		r.code(s.Component, n, at)
		taken = append(taken, "code")
	}
	if s.Component.Inputs, s.Component.Outputs = inlinePorts(s); s.Type == pipeline.AutoMLStep {
		for _, in := range s.Component.Inputs {
			in.Type = pipeline.MLTable
		}
	}
	return append(taken, r.specOptions(s, n, at)...)
}

// specOptions reads what steps are given besides their body. The result are
// the fields that were read.
func (r *reader) specOptions(s *pipeline.Step, n *yamlnode.Node, at string) []string {
	var taken []string
	if s.Type == pipeline.ParallelStep {
		s.EnvironmentVariables = r.envVars(n, at)
		taken = append(taken, "environment_variables")
	}
	if s.Type == pipeline.ParallelStep || s.Type == pipeline.AutoMLStep {
		s.Resources = r.resources(n, at)
		taken = append(taken, "resources")
	}
	if v := n.Get("environment"); v != nil && !v.IsNull() && s.Type == pipeline.SparkStep {
		s.Environment = r.environmentAt(n, at)
		taken = append(taken, "environment")
	}
	return taken
}

// tableFields are the fields of automated ML with data.
func tableFields() []string { return []string{"training_data", "validation_data", "test_data"} }

// tables are the data of automated ML as bindings of inputs.
func (r *reader) tables(n *yamlnode.Node, at string) []*pipeline.Binding {
	var out []*pipeline.Binding
	for _, key := range tableFields() {
		p, ok := n.Pair(key)
		if !ok {
			continue
		}
		if v := r.value(p.Value, dot(at, key)); v != nil {
			out = append(out, &pipeline.Binding{Name: key, NameRange: p.KeyRange, Value: *v})
		}
	}
	return out
}

// importOutput is the one output of an import.
func (r *reader) importOutput(n *yamlnode.Node, at string) []*pipeline.OutputBinding {
	p, ok := n.Pair(pipeline.ImportOutput)
	if !ok || p.Value.IsNull() {
		return nil
	}
	outputs := &yamlnode.Node{Kind: yamlnode.Mapping, Range: p.Value.Range, Pairs: []yamlnode.Pair{p}}
	wrapped := &yamlnode.Node{Kind: yamlnode.Mapping, Range: p.Value.Range,
		Pairs: []yamlnode.Pair{{Key: "outputs", KeyRange: p.KeyRange, Value: outputs}}}
	return r.outputBindings(wrapped, at)
}

// specJob reads a standalone job of a kind that is neither pipeline nor command.
func (r *reader) specJob(root *yamlnode.Node, t pipeline.StepType) *pipeline.SpecJob {
	s := &pipeline.Step{Type: t, Compute: r.text(root, "", "compute"), Range: kindPlace(root), Ignored: r.ignored(root)}
	s.Spec = r.spec(t, root, "")
	taken := join(keptHeader(), keptSpec(t)...)
	if t == pipeline.SweepStep {
		s.Component = &pipeline.Component{Type: pipeline.CommandComponent, Range: firstLine(root)}
		if trial := r.mapping(root, "", "trial"); trial != nil {
			s.Component = r.commandBody(trial, "trial")
			s.Component.Extra = r.extra(trial, "trial", keptCommand()...)
		}
		s.Resources = r.resources(root, "")
		taken = append(taken, "trial", "resources")
	} else {
		taken = append(taken, r.inlineSpec(s, root, "")...)
	}
	s.Component.Inline = true
	switch t {
	case pipeline.AutoMLStep:
		s.Component.Outputs = r.outputs(root)
	case pipeline.ImportStep:
	default:
		s.Component.Inputs, s.Component.Outputs = r.jobInputs(root), r.outputs(root)
		s.Inputs = given(s.Component.Inputs)
	}
	job := &pipeline.SpecJob{Header: r.header(root), Step: s}
	job.Extra = r.extra(root, "", taken...)
	return job
}

// given are the values of a job's inputs, as bindings.
func given(inputs []*pipeline.Input) []*pipeline.Binding {
	var out []*pipeline.Binding
	for _, in := range inputs {
		if in.Value != nil {
			out = append(out, &pipeline.Binding{Name: in.Name, NameRange: in.NameRange, Value: *in.Value})
		}
	}
	return out
}

// specBody reads the body of a component that is neither command nor pipeline.
// The result are also the fields that were read.
func (r *reader) specBody(root *yamlnode.Node, kind string) (*pipeline.Component, []string) {
	c := &pipeline.Component{Type: componentType(kind)}
	t := pipeline.StepType(c.Type)
	c.Spec = r.spec(t, root, "")
	taken := keptSpec(t)
	switch t {
	case pipeline.SparkStep:
		r.code(c, root, "")
		c.Includes = r.includes(root, "")
		taken = append(taken, "code", "additional_includes")
		if v := root.Get("environment"); v != nil && !v.IsNull() {
			c.Environment = r.environmentAt(root, "")
			taken = append(taken, "environment")
		}
	case pipeline.ParallelStep:
		c.EnvironmentVariables, c.Resources = r.envVars(root, ""), r.resources(root, "")
		taken = append(taken, "environment_variables", "resources")
	}
	return c, taken
}

// componentType is the type of components of that kind.
func componentType(kind string) pipeline.ComponentKind {
	switch kind {
	case asset.SparkComponent:
		return pipeline.SparkComponent
	case asset.ParallelComponent:
		return pipeline.ParallelComponent
	case asset.AutoMLComponent:
		return pipeline.AutoMLComponent
	case asset.DataTransferComponent:
		return pipeline.DataTransferComponent
	case asset.PipelineComponent:
		return pipeline.PipelineComponent
	case asset.CommandComponent:
		return pipeline.CommandComponent
	}
	return ""
}

// specJobType is the type of standalone jobs of that kind; empty for pipelines
// and commands.
func specJobType(kind string) pipeline.StepType {
	switch kind {
	case asset.SweepJob:
		return pipeline.SweepStep
	case asset.SparkJob:
		return pipeline.SparkStep
	case asset.ParallelJob:
		return pipeline.ParallelStep
	case asset.AutoMLJob:
		return pipeline.AutoMLStep
	case asset.DataTransferJob:
		return pipeline.DataTransferStep
	case asset.ImportJob:
		return pipeline.ImportStep
	}
	return ""
}
