package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// census is who refers to which blob of a cache folder.
type census struct {
	blobs   map[blob.Digest]*kept
	entries []counted
	trees   trees
}

// kept is a blob that is there.
type kept struct {
	size int64
	used time.Time
	// ledger: a file of a datastore, or part of a job.
	ledger bool
	// entries is how many references entries make to it.
	entries int
}

// counted is an entry with what it refers to.
type counted struct {
	info  cache.Info
	roots []root
	// err says how it is damaged.
	err error
}

// count looks at everything. Entries come last: what a run stores meanwhile is
// either seen or young.
func (f *CacheFolder) count(ctx context.Context) (*census, error) {
	c := &census{blobs: map[blob.Digest]*kept{}, trees: trees{f.blobs, map[blob.Digest][]blob.Digest{}}}
	err := f.blobs.Walk(ctx, func(i blob.Info) error {
		c.blobs[i.Digest] = &kept{size: i.Size, used: i.Used}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if f.home != nil {
		if err := f.home.eachReference(ctx, func(r reference) error { return c.refer(ctx, r) }); err != nil {
			return nil, err
		}
	}
	return c, f.eachEntry(ctx, func(e counted, _ cache.Entry) error {
		c.entries = append(c.entries, e)
		return c.add(ctx, e, 1)
	})
}

// refer notes what the ledger refers to.
func (c *census) refer(ctx context.Context, r reference) error {
	parts, err := c.trees.parts(ctx, r.root)
	if err != nil {
		return err
	}
	for _, d := range parts {
		if k := c.blobs[d]; k != nil {
			k.ledger = true
		}
	}
	return nil
}

func (c *census) add(ctx context.Context, e counted, n int) error {
	for _, r := range e.roots {
		parts, err := c.trees.parts(ctx, r)
		if err != nil {
			return err
		}
		for _, d := range parts {
			if k := c.blobs[d]; k != nil {
				k.entries += n
			}
		}
	}
	return nil
}

// release takes an entry's references away, and returns the bytes that nobody
// refers to since.
func (c *census) release(e counted) int64 {
	var freed int64
	for _, r := range e.roots {
		parts := c.trees.known[r.digest]
		if r.file {
			parts = []blob.Digest{r.digest}
		}
		for _, d := range parts {
			k := c.blobs[d]
			if k == nil {
				continue
			}
			if k.entries--; k.entries == 0 && !k.ledger {
				freed += k.size
			}
		}
	}
	return freed
}

// cacheBytes are the entries and what only they hold.
func (c *census) cacheBytes() int64 {
	var n int64
	for _, e := range c.entries {
		n += e.info.Size
	}
	for _, k := range c.blobs {
		if k.entries > 0 && !k.ledger {
			n += k.size
		}
	}
	return n
}

// root is a blob that somebody refers to, with all that it consists of.
type root struct {
	digest blob.Digest
	// file: it is no tree, whatever it looks like.
	file bool
}

// trees knows what trees consist of.
type trees struct {
	blobs *blob.Store
	known map[blob.Digest][]blob.Digest
}

// parts are a digest and, if it is that of a tree, the digests of its files.
func (t trees) parts(ctx context.Context, r root) ([]blob.Digest, error) {
	parts := []blob.Digest{r.digest}
	if r.file {
		return parts, nil
	}
	if known, ok := t.known[r.digest]; ok {
		return known, nil
	}
	tree, ok, err := t.blobs.PeekTree(ctx, r.digest)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, blob.ErrDamaged):
		// What it held cannot be known; nobody can read it either.
	case err != nil:
		return nil, err // not even now and then is a tree taken for a file
	case ok:
		for _, e := range tree.Entries {
			if e.Digest != "" {
				parts = append(parts, e.Digest)
			}
		}
	}
	t.known[r.digest] = parts
	return parts, nil
}

// eachEntry reads every entry.
func (f *CacheFolder) eachEntry(ctx context.Context, yield func(counted, cache.Entry) error) error {
	return f.entries.Walk(func(i cache.Info) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		e, ok, err := f.entries.Get(i.Key)
		switch {
		case errors.Is(err, cache.ErrDamaged):
			return yield(counted{info: i, err: err}, e)
		case err != nil:
			return err
		case !ok:
			return nil // another process collects
		}
		return yield(counted{info: i, roots: rootsOf(e)}, e)
	})
}

// rootsOf are the blobs that an entry refers to: what the step made, and the
// list of packages that explains its key.
func rootsOf(e cache.Entry) []root {
	roots := outputsOf(e)
	if d, err := cache.ParseDescription(e.Description); err == nil {
		if list, ok := d.Get(step.PackagesField); ok {
			if list, err := blob.ParseDigest(list); err == nil {
				roots = append(roots, root{list, true})
			}
		}
	}
	return roots
}

// outputsOf are the blobs that an entry cannot do without.
func outputsOf(e cache.Entry) []root {
	var out []root
	for _, o := range e.Outputs {
		if d, err := blob.ParseDigest(o.Digest); err == nil {
			out = append(out, root{d, !o.Folder})
		}
	}
	if d, err := blob.ParseDigest(e.Log); err == nil {
		out = append(out, root{d, true})
	}
	return out
}

// reference is a blob that the ledger refers to.
type reference struct {
	root
	// loose: it need not be there. Data that was composed for a step has a
	// digest, but is not stored as a whole.
	loose bool
	// by says who refers to it: for people, and so only made when asked for.
	by func() string
}

// eachReference yields what the ledger of a home refers to, in all workspaces.
func (l *Local) eachReference(ctx context.Context, yield func(reference) error) error {
	err := l.ledger.Files().Digests(ctx, func(digest string) error {
		d, err := blob.ParseDigest(digest)
		if err != nil {
			return nil //nolint:nilerr // it names no blob
		}
		return yield(reference{root: root{d, true}, by: func() string { return "a file of a datastore" }})
	})
	if err != nil {
		return err
	}
	err = l.ledger.References(ctx, func(j *workspace.Job) error {
		for _, r := range jobReferences(j) {
			if err := yield(r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.eachRegistered(ctx, yield); err != nil {
		return err
	}
	if err := l.eachUnfinished(ctx, yield); err != nil {
		return err
	}
	return l.eachQueued(ctx, yield)
}

// jobReferences are what a job refers to. They hold as long as j is what it is.
func jobReferences(j *workspace.Job) []reference {
	var out []reference
	add := func(digest, what, name string, file, loose bool) {
		d, err := blob.ParseDigest(digest)
		if err != nil {
			return
		}
		out = append(out, reference{root: root{d, file}, loose: loose, by: func() string {
			who := "job " + j.Root
			if j.Step != "" {
				who += ", step " + j.Step
			}
			return strings.TrimSpace(fmt.Sprintf("%s: %s %s", who, what, name))
		}})
	}
	add(j.Spec.Code, "code", "", false, false)
	for _, p := range j.Spec.Inputs {
		add(p.Digest, "input", p.Name, false, true) // of a file of this machine it is a tree's
	}
	for _, p := range j.Spec.Outputs {
		add(p.Digest, "output", p.Name, pipeline.Type(p.Type) == pipeline.URIFile, false)
	}
	return out
}
