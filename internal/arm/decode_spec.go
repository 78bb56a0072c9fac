package arm

import (
	"context"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// sweepJob is a standalone sweep.
func (d *decoder) sweepJob(ctx context.Context, out, n *yamlnode.Node) error {
	err := d.header(out, n, "trial", "searchSpace", "samplingAlgorithm", "objective", "earlyTermination", "limits", "queueSettings")
	if err != nil {
		return err
	}
	if err := d.jobPorts(ctx, out, n); err != nil {
		return err
	}
	trial := yamlnode.NewMapping()
	if err := d.trial(ctx, trial, withoutNulls(n.Get("trial")), "properties.trial"); err != nil {
		return err
	}
	out.Set("trial", trial)
	space := yamlnode.NewMapping()
	for _, p := range entries(n.Get("searchSpace")) {
		parameter, err := spaceFromList(p.Value)
		if err != nil {
			return &Fault{Path: "properties.searchSpace." + p.Key, Err: err}
		}
		space.Set(p.Key, parameter)
	}
	out.Set("search_space", space)
	if v := n.Get("samplingAlgorithm"); isMapping(v) {
		sampling := withoutNulls(snakeKeys(v))
		rename(sampling, "sampling_algorithm_type", "type")
		lowerAt(sampling, "type", "rule")
		out.Set("sampling_algorithm", sampling)
	}
	if v := n.Get("objective"); isMapping(v) {
		objective := withoutNulls(snakeKeys(v))
		lowerAt(objective, "goal")
		out.Set("objective", objective)
	}
	for _, key := range []string{"earlyTermination", "limits", "queueSettings"} {
		if v := n.Get(key); isMapping(v) {
			out.Set(snake(key), nodeFieldBack(snake(key), snakeKeys(v)))
		}
	}
	return nil
}

func lowerAt(n *yamlnode.Node, keys ...string) {
	for _, key := range keys {
		if text := textAt(n, key); text != "" {
			n.Set(key, str(strings.ToLower(text)))
		}
	}
}

// sparkJob is a standalone script for Spark.
func (d *decoder) sparkJob(ctx context.Context, out, n *yamlnode.Node) error {
	err := d.header(out, n, "codeId", "environmentId", "entry", "args", "conf", "pyFiles", "jars", "files", "archives", "resources", "queueSettings")
	if err != nil {
		return err
	}
	if err := d.jobPorts(ctx, out, n); err != nil {
		return err
	}
	if id := textAt(n, "codeId"); id != "" {
		if err := d.code(ctx, out, id, "properties.codeId"); err != nil {
			return err
		}
	}
	if id := textAt(n, "environmentId"); id != "" {
		env, err := d.environment(ctx, str(id), "properties.environmentId")
		if err != nil {
			return err
		}
		out.Set("environment", env)
	}
	for _, key := range sparkFields() {
		if v := n.Get(camel(key)); v != nil && !isEmpty(v) {
			out.Set(key, v)
		}
	}
	conf := yamlnode.NewMapping()
	for _, p := range entries(n.Get("conf")) {
		conf.Set(p.Key, plain(p.Value.PyString()))
	}
	if len(conf.Pairs) > 0 {
		out.Set("conf", conf)
	}
	for _, key := range []string{"entry", "resources", "queueSettings"} {
		if v := n.Get(key); isMapping(v) {
			out.Set(snake(key), nodeFieldBack(snake(key), snakeKeys(v)))
		}
	}
	return nil
}
