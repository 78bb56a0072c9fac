package armapi

import (
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
)

// checkModel: what a model is made of is there when it is registered. A model
// from the output of a job says so; its address is that of the files, as clients
// download a model from where it says it is.
func checkModel(c *call, d *draft) error {
	body, err := typed[armmachinelearning.ModelVersion](d)
	if err != nil {
		return err
	}
	a, err := arm.DecodeModel(c.ctx(), d.key.Name, d.key.Version, body, c.decoding())
	if err != nil {
		return err
	}
	uri := d.properties.at("modelUri")
	if d.Place != "" && d.Content == "" {
		return d.wrong("there is nothing at %.200s", uri)
	}
	if job, ok := jobOf(uri); ok {
		d.properties.setIfMissing("jobName", job)
		if d.Place != "" {
			d.properties.set("modelUri", d.at.address())
		}
	}
	return refusedFor(a.Validate(nil))
}

// jobOf is the job that an address of an output or artifact names.
func jobOf(uri string) (string, bool) {
	for _, prefix := range []string{"azureml://jobs/", "runs:/"} {
		if rest, ok := strings.CutPrefix(uri, prefix); ok {
			job, _, _ := strings.Cut(rest, "/")
			return job, job != ""
		}
	}
	return "", false
}

// presentModel fills in the maps that azure-ai-ml takes for granted.
func presentModel(p object) {
	p.setIfMissing("flavors", object{})
	p.setIfMissing("modelType", "custom_model")
}

// selectModels finds versions by what was said of them.
func selectModels(q url.Values) func(object) bool {
	description := q.Get("description")
	var all []func(object) bool
	for _, f := range []func(object) bool{byTags("tags", q.Get("tags")), byTags("properties", q.Get("properties"))} {
		if f != nil {
			all = append(all, f)
		}
	}
	if description != "" {
		all = append(all, func(p object) bool { return strings.Contains(p.at("description"), description) })
	}
	if len(all) == 0 {
		return nil
	}
	return func(p object) bool {
		for _, f := range all {
			if !f(p) {
				return false
			}
		}
		return true
	}
}
