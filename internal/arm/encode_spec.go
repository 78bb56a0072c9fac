package arm

import (
	"context"
	"fmt"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// specJob is a standalone job that is neither pipeline nor command.
func (e *encoder) specJob(ctx context.Context, j *pipeline.SpecJob, n *yamlnode.Node) (*yamlnode.Node, error) {
	switch j.Step.Type {
	case pipeline.SweepStep:
		return e.sweepJob(ctx, j, n)
	case pipeline.SparkStep:
		return e.sparkJob(ctx, j, n)
	}
	return nil, fmt.Errorf("%s can be sent as a step of a pipeline only", j.Step.Type.Words())
}

// sparkFields are the fields of Spark that keep their values.
func sparkFields() []string { return []string{"args", "py_files", "jars", "files", "archives"} }

// sparkJob is a standalone script for Spark.
func (e *encoder) sparkJob(ctx context.Context, j *pipeline.SpecJob, n *yamlnode.Node) (*yamlnode.Node, error) {
	if err := remaining(n, append(sparkFields(), "code", "entry", "conf", "environment", "resources", "queue_settings")...); err != nil {
		return nil, err
	}
	body, err := e.header("Spark", &j.Header, n)
	if err != nil {
		return nil, err
	}
	if id := e.Scope.resource("computes", j.Step.Compute.Value); id != "" {
		body.Set("computeId", str(id))
	}
	c := j.Step.Component
	if err := e.jobPorts(ctx, body, newLevel(c.Inputs, c.Outputs, nil), c.Inputs, n); err != nil {
		return nil, err
	}
	code, err := e.codeID(ctx, c)
	if err != nil {
		return nil, err
	}
	env, err := e.environmentID(ctx, j.Step.Environment)
	if err != nil {
		return nil, err
	}
	for _, f := range []pair{{"codeId", code}, {"environmentId", env}} {
		if f.wire != "" {
			body.Set(f.yaml, str(f.wire))
		}
	}
	entry := clone(n.Get("entry"))
	if !isMapping(entry) {
		return nil, faultf("entry", "it names a file")
	}
	entry.Set("spark_job_entry_type", str(entryType(entry)))
	body.Set("entry", camelKeys(entry))
	return body, sparkRest(body, n)
}

// sparkRest adds what keeps its form.
func sparkRest(body, n *yamlnode.Node) error {
	for _, key := range sparkFields() {
		if v := n.Get(key); v != nil && !v.IsNull() {
			body.Set(camel(key), v)
		}
	}
	conf := yamlnode.NewMapping()
	for _, p := range entries(n.Get("conf")) {
		if p.Value.Kind != yamlnode.Scalar {
			return faultf("conf."+p.Key, "a setting is a text or a number")
		}
		conf.Set(p.Key, str(p.Value.PyString()))
	}
	if len(conf.Pairs) > 0 {
		body.Set("conf", conf)
	}
	for _, key := range []string{"resources", "queue_settings"} {
		if v := n.Get(key); isMapping(v) {
			body.Set(camel(key), camelKeys(nodeField(key, clone(v))))
		}
	}
	return nil
}

// sweepJob is a standalone sweep.
func (e *encoder) sweepJob(ctx context.Context, j *pipeline.SpecJob, n *yamlnode.Node) (*yamlnode.Node, error) {
	err := remaining(n, "trial", "sampling_algorithm", "search_space", "objective", "early_termination", "limits", "resources", "queue_settings")
	if err != nil {
		return nil, err
	}
	body, err := e.header("Sweep", &j.Header, n)
	if err != nil {
		return nil, err
	}
	if id := e.Scope.resource("computes", j.Step.Compute.Value); id != "" {
		body.Set("computeId", str(id))
	}
	c := j.Step.Component
	if c.Limits != nil {
		return nil, faultf("trial.limits", "a sweep says trial_timeout in its own limits")
	}
	if err := e.jobPorts(ctx, body, newLevel(c.Inputs, c.Outputs, nil), c.Inputs, n); err != nil {
		return nil, err
	}
	trial := yamlnode.NewMapping()
	if j.Step.Resources != nil && c.Resources == nil {
		own := *c
		own.Resources = j.Step.Resources
		c = &own
	}
	if err := e.trial(ctx, trial, c); err != nil {
		return nil, err
	}
	body.Set("trial", trial)
	return body, sweepFields(body, n)
}

// sweepFields adds what a sweep has besides its trial, in the words of
// standalone jobs.
func sweepFields(body, n *yamlnode.Node) error {
	sampling := yamlnode.NewMapping()
	for _, p := range entries(n.Get("sampling_algorithm")) {
		sampling.Set(p.Key, p.Value)
	}
	if s := n.Get("sampling_algorithm"); s != nil && s.Kind == yamlnode.Scalar {
		sampling.Set("type", s)
	}
	rename(sampling, "type", "sampling_algorithm_type")
	body.Set("samplingAlgorithm", camelKeys(sampling))
	space := yamlnode.NewMapping()
	for _, p := range entries(n.Get("search_space")) {
		list, err := spaceToList(p.Value)
		if err != nil {
			return fmt.Errorf("search_space.%s: %w", p.Key, err)
		}
		space.Set(p.Key, list)
	}
	body.Set("searchSpace", space)
	if v := n.Get("objective"); v != nil {
		body.Set("objective", camelKeys(v))
	}
	if v := n.Get("early_termination"); isMapping(v) {
		body.Set("earlyTermination", camelKeys(nodeField("early_termination", clone(v))))
	}
	if v := n.Get("limits"); isMapping(v) {
		limits := clone(v)
		for _, key := range []string{"timeout", "trial_timeout"} {
			if t := limits.Get(key); t != nil {
				limits.Set(key, str(isoDuration(t.PyString())))
			}
		}
		limits.Set("job_limits_type", str("Sweep"))
		body.Set("limits", camelKeys(limits))
	}
	if v := n.Get("queue_settings"); isMapping(v) {
		body.Set("queueSettings", camelKeys(nodeField("queue_settings", clone(v))))
	}
	return nil
}

// spaceFields are the arguments of the distributions of a search space, in
// order.
func spaceFields(typ string) []string {
	switch typ {
	case "choice":
		return []string{"values"}
	case "randint":
		return []string{"upper"}
	case "uniform", "loguniform":
		return []string{"min_value", "max_value"}
	case "quniform", "qloguniform":
		return []string{"min_value", "max_value", "q"}
	case "normal", "lognormal":
		return []string{"mu", "sigma"}
	case "qnormal", "qlognormal":
		return []string{"mu", "sigma", "q"}
	}
	return nil
}

// spaceToList writes one parameter as standalone sweeps do: ["uniform", [0, 1]].
func spaceToList(n *yamlnode.Node) (*yamlnode.Node, error) {
	fields := spaceFields(textAt(n, "type"))
	if fields == nil {
		return nil, fmt.Errorf("the type %q is not known", textAt(n, "type"))
	}
	args := yamlnode.NewSequence()
	for _, f := range fields {
		v := n.Get(f)
		if v == nil {
			return nil, fmt.Errorf("%s is missing", f)
		}
		args.Items = append(args.Items, v)
	}
	return yamlnode.NewSequence(str(textAt(n, "type")), args), nil
}

// spaceFromList is the reverse.
func spaceFromList(n *yamlnode.Node) (*yamlnode.Node, error) {
	if n.Kind == yamlnode.Mapping {
		return n, nil
	}
	if n.Kind != yamlnode.Sequence || len(n.Items) != 2 || n.Items[1].Kind != yamlnode.Sequence {
		return nil, fmt.Errorf("it is no list of a type and its arguments")
	}
	typ := n.Items[0].PyString()
	fields, args := spaceFields(typ), n.Items[1].Items
	if fields == nil || len(args) != len(fields) {
		return nil, fmt.Errorf("%q with %d arguments is not known", typ, len(args))
	}
	out := yamlnode.NewMapping()
	out.Set("type", str(typ))
	for i, f := range fields {
		out.Set(f, args[i])
	}
	return out, nil
}
