package local

import (
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/step"
)

// CacheOptions say which step cache a run uses.
type CacheOptions struct {
	// Dir is a cache folder of its own, which homes and machines may share;
	// empty for the home's.
	Dir string
	// ReadOnly answers from the cache and adds nothing to it.
	ReadOnly bool
	// Force runs every step; what they make is remembered all the same.
	Force bool
}

// Properties of a reused step, as Azure ML names them, and of every step whose
// result is remembered.
// Source: azure-ai-ml, constants/_job/pipeline.py.
const (
	PropertyReused     = "azureml.isreused"
	PropertyReusedFrom = "azureml.reusedrunid"
	PropertyKey        = "ischia.step_key"
	// PropertyResumes names the earlier attempt that a job goes on with,
	// PropertyAgain the step that it does again all the same, and
	// PropertyMasked says that secrets were taken out of a job's record.
	PropertyResumes = "ischia.resumes"
	PropertyAgain   = "ischia.again"
	PropertyMasked  = "ischia.masked"
)

// openCache opens the step cache of a run and the blobs that its entries refer
// to: those of the home, or the shared folder's own.
func (l *Local) openCache(o CacheOptions, blobs *blob.Store) (*cache.Cache, *blob.Store, error) {
	if o.Dir == "" {
		c, err := cache.Open(filepath.Join(l.home.CacheDir(), "steps"), o.ReadOnly)
		return c, blobs, err
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, nil, err
	}
	c, err := cache.Open(dir, o.ReadOnly)
	if err != nil {
		return nil, nil, err
	}
	shared, err := blob.Open(filepath.Join(dir, "blobs"))
	return c, shared, err
}

// addCache makes earlier results answer for the steps of a run.
func (j *running) addCache(c *step.Config) error {
	entries, shared, err := j.openCache(j.req.Cache, c.Blobs)
	if err != nil {
		return err
	}
	c.Cache, c.CacheBlobs, c.Force, c.Finished = entries, shared, j.req.Cache.Force, j.req.Finished
	c.Interpreters = environ.NewInterpreters(filepath.Join(j.home.CacheDir(), "interpreters"))
	c.Passed = passed(j.req.Environ, j.req.Pass, j.req.Private)
	c.Hide = j.hide.String
	c.Warn = j.rec.warn
	return nil
}

// passed are the variables that were passed by name and that count for the
// result; secrets do not.
func passed(environ, names, private []string) []string {
	hidden := map[string]bool{}
	for _, n := range private {
		hidden[n] = true
	}
	var out []string
	for _, name := range names {
		if hidden[name] {
			continue
		}
		for _, kv := range environ {
			if n, _, _ := strings.Cut(kv, "="); n == name {
				out = append(out, kv)
			}
		}
	}
	return out
}
