package armapi

import (
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// listJobs answers with root jobs, newest first.
func (c *call) listJobs() error {
	view, err := c.view()
	if err != nil {
		return err
	}
	f := workspace.Filter{Scope: c.scope, Archived: view, Type: strings.ToLower(c.query("jobType"))}
	fetch := func(limit, skip int) ([]*workspace.Job, error) {
		f.Limit, f.Skip = limit, skip
		return c.Ledger.Jobs(c.ctx(), f)
	}
	if wanted := c.jobSelection(); wanted != nil {
		fetch = c.selectedJobs(f, wanted)
	}
	return paged(c, "$top", fetch, func(j *workspace.Job) (any, error) { return c.job(j) })
}

// jobSelection is what the query wants of jobs beyond what the ledger selects
// by; nil when it wants no more. tag is a tag's name, or name=value; properties
// are several such, separated by commas.
func (c *call) jobSelection() func(*workspace.Job) bool {
	var tags, properties []string
	if text := c.query("tag"); text != "" {
		tags = []string{text}
	}
	for _, text := range strings.Split(c.query("properties"), ",") {
		if text = strings.TrimSpace(text); text != "" {
			properties = append(properties, text)
		}
	}
	if tags == nil && properties == nil {
		return nil
	}
	return func(j *workspace.Job) bool { return hasAll(j.Tags, tags) && hasAll(j.Properties, properties) }
}

// hasAll: each of wanted, a name or name=value, is in m.
func hasAll(m map[string]string, wanted []string) bool {
	for _, text := range wanted {
		name, value, withValue := strings.Cut(text, "=")
		got, ok := m[name]
		if !ok || withValue && got != value {
			return false
		}
	}
	return true
}

// scanSize is how many jobs are read at a time to find those that are wanted.
const scanSize = 500

// selectedJobs is the fetch of [paged] for the jobs of f that are wanted.
func (c *call) selectedJobs(f workspace.Filter, wanted func(*workspace.Job) bool) func(limit, skip int) ([]*workspace.Job, error) {
	return func(limit, skip int) ([]*workspace.Job, error) {
		var out []*workspace.Job
		f.Limit = scanSize
		for f.Skip = 0; ; f.Skip += scanSize {
			list, err := c.Ledger.Jobs(c.ctx(), f)
			if err != nil {
				return nil, err
			}
			for _, j := range list {
				if !wanted(j) {
					continue
				}
				if skip > 0 {
					skip--
					continue
				}
				if out = append(out, j); len(out) == limit {
					return out, nil
				}
			}
			if len(list) < scanSize {
				return out, nil
			}
		}
	}
}
