package workspace

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// Remains are what a deleted root job has left outside the ledger: the folders
// of its jobs.
type Remains struct {
	Scope Scope
	// Root is the name of the root job, Jobs those of all its jobs, itself
	// included.
	Root string
	Jobs []string
}

// Delete deletes a root job that has ended, as [JobStore] does. What lies
// outside the ledger is for the caller: see [Workspace.Remains].
func (w *Workspace) Delete(ctx context.Context, scope Scope, name string) error {
	return w.store.Delete(ctx, scope, name, w.time())
}

// Remains are those that nobody has said are gone.
func (w *Workspace) Remains(ctx context.Context) ([]Remains, error) { return w.store.Remains(ctx) }

// Gone says that remains are gone.
func (w *Workspace) Gone(ctx context.Context, r Remains) error { return w.store.Gone(ctx, r) }

// Where a job's files lie on datastores, before its name.
const (
	outputsOf   = "azureml/"
	artifactsOf = "ExperimentRun/dcid."
)

// JobPaths are the paths at and below which the files of a job lie, on
// whatever datastore: outputs that were given no place, and artifacts.
func JobPaths(job string) []string { return []string{outputsOf + job, artifactsOf + job} }

// PathsOfJobs are the paths of jobs' files that the body of a resource refers
// to, in whichever form of address, and so all files at and below them. jobs
// says which jobs matter. A path is taken for one on any datastore: what
// might be referred to is kept.
func PathsOfJobs(body []byte, jobs func(name string) bool) []string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return nil
	}
	var paths []string
	eachText(value, func(text string) {
		for _, p := range jobPathsIn(text) {
			if jobs(jobOfPath(p)) {
				paths = append(paths, p)
			}
		}
	})
	slices.Sort(paths)
	return slices.Compact(paths)
}

// eachText calls yield for every text in a JSON value.
func eachText(value any, yield func(string)) {
	switch v := value.(type) {
	case string:
		yield(v)
	case []any:
		for _, one := range v {
			eachText(one, yield)
		}
	case map[string]any:
		for _, one := range v {
			eachText(one, yield)
		}
	}
}

// jobPathsIn are the paths of jobs' files that a text may be the address of.
func jobPathsIn(text string) []string {
	text, _, _ = strings.Cut(text, "?") // a signature
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	text = strings.TrimRight(text, "/")
	if rest, ok := strings.CutPrefix(text, "runs:/"); ok {
		return []string{artifactsOf + strings.TrimLeft(rest, "/")}
	}
	var paths []string
	for _, before := range []string{outputsOf, artifactsOf} {
		if i := strings.Index("/"+text, "/"+before); i >= 0 {
			paths = append(paths, text[i:])
		}
	}
	if _, rest, ok := strings.Cut(text, "/jobs/"); ok && strings.HasPrefix(text, "azureml:") {
		paths = append(paths, outputPath(rest))
	}
	return paths
}

// outputPath is the path of JOB/outputs/NAME[/paths/PATH]. Of JOB alone it is
// that of its outputs.
func outputPath(rest string) string {
	job, rest, _ := strings.Cut(rest, "/")
	rest = strings.TrimPrefix(rest, "outputs")
	name, inside, _ := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	inside = strings.TrimLeft(strings.TrimPrefix(inside, "paths"), "/")
	begin := outputsOf + job + "/" + name
	if name == "artifacts" {
		begin = artifactsOf + job
	}
	return strings.TrimRight(begin+"/"+inside, "/")
}

// jobOfPath is the job whose file a path of [JobPaths] is.
func jobOfPath(p string) string {
	for _, before := range []string{outputsOf, artifactsOf} {
		if rest, ok := strings.CutPrefix(p, before); ok {
			job, _, _ := strings.Cut(rest, "/")
			return job
		}
	}
	return ""
}
