package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
)

// CacheSize is what a cache folder holds.
type CacheSize struct {
	Entries    int   `json:"entries"`
	EntryBytes int64 `json:"entry_bytes"`
	Blobs      int   `json:"blobs"`
	BlobBytes  int64 `json:"blob_bytes"`
	// Of the blobs: what the ledger holds (files of datastores, code, inputs
	// and outputs of jobs), what only entries hold, and what nobody holds.
	LedgerBlobs int   `json:"ledger_blobs"`
	LedgerBytes int64 `json:"ledger_bytes"`
	CacheBlobs  int   `json:"cache_only_blobs"`
	CacheBytes  int64 `json:"cache_only_bytes"`
	LooseBlobs  int   `json:"unreferenced_blobs"`
	LooseBytes  int64 `json:"unreferenced_bytes"`
}

// Size counts what the folder holds.
func (f *CacheFolder) Size(ctx context.Context) (CacheSize, error) {
	all, err := f.count(ctx)
	if err != nil {
		return CacheSize{}, fmt.Errorf("look at what the step cache holds: %w", err)
	}
	s := CacheSize{Entries: len(all.entries), Blobs: len(all.blobs)}
	for _, e := range all.entries {
		s.EntryBytes += e.info.Size
	}
	for _, k := range all.blobs {
		s.BlobBytes += k.size
		switch {
		case k.ledger:
			s.LedgerBlobs++
			s.LedgerBytes += k.size
		case k.entries > 0:
			s.CacheBlobs++
			s.CacheBytes += k.size
		default:
			s.LooseBlobs++
			s.LooseBytes += k.size
		}
	}
	return s, nil
}

// Problem is something that is not as it was stored.
type Problem struct {
	// What is entry or blob, Name its key or digest.
	What string `json:"what"`
	Name string `json:"name"`
	// Kind is damaged or missing.
	Kind string `json:"kind"`
	// NeededBy is one that refers to it.
	NeededBy string `json:"needed_by,omitempty"`
	// Fixed: it is out of the way, and nothing on record is lost by it.
	Fixed bool `json:"fixed"`
	// Note says what to do about what could not be fixed.
	Note string `json:"note,omitempty"`
}

// Verified is what a look at everything found.
type Verified struct {
	Entries  int       `json:"entries"`
	Blobs    int       `json:"blobs"`
	Bytes    int64     `json:"bytes"`
	Problems []Problem `json:"problems"`
}

// Sound reports whether nothing is wrong any more.
func (v Verified) Sound() bool {
	return !slices.ContainsFunc(v.Problems, func(p Problem) bool { return !p.Fixed })
}

// Verify reads every entry, and every blob that entries and the ledger refer
// to. With fix it removes damaged entries and blobs, and entries that refer to
// what is damaged or gone: their steps run again.
func (f *CacheFolder) Verify(ctx context.Context, fix bool) (Verified, error) {
	if f.home != nil {
		release, err := f.home.holdBlobs(ctx, nil)
		if err != nil {
			return Verified{}, err
		}
		defer release()
	}
	v := verification{CacheFolder: f, fix: fix, needs: map[blob.Digest]*need{}, trees: trees{f.blobs, map[blob.Digest][]blob.Digest{}}}
	v.found.Problems = []Problem{}
	if err := v.verify(ctx); err != nil {
		return v.found, fmt.Errorf("verify the step cache: %w", err)
	}
	slices.SortFunc(v.found.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.What, b.What), cmp.Compare(a.Name, b.Name))
	})
	return v.found, nil
}

// verification is one call of Verify.
type verification struct {
	*CacheFolder
	fix   bool
	needs map[blob.Digest]*need
	trees trees

	mu    sync.Mutex // guards found while blobs are read
	found Verified
}

// need is who needs a blob.
type need struct {
	// ledger is a reference of the ledger, entries the entries; strict: it has
	// to be there.
	ledger  string
	entries []cache.Key
	strict  bool
}

func (v *verification) verify(ctx context.Context) error {
	if v.home != nil {
		err := v.home.eachReference(ctx, func(r reference) error {
			return v.need(ctx, r.root, func(n *need) {
				if n.strict = n.strict || !r.loose; n.ledger == "" {
					n.ledger = r.by()
				}
			})
		})
		if err != nil {
			return err
		}
	}
	err := v.eachEntry(ctx, func(c counted, e cache.Entry) error { return v.entry(ctx, c, e) })
	if err != nil {
		return err
	}
	return v.readBlobs(ctx)
}

// need notes that somebody needs a blob, and with a tree all that is in it.
func (v *verification) need(ctx context.Context, r root, note func(*need)) error {
	parts, err := v.trees.parts(ctx, r)
	if err != nil {
		return err
	}
	for _, d := range parts {
		if v.needs[d] == nil {
			v.needs[d] = &need{}
		}
		note(v.needs[d])
	}
	return nil
}

// entry looks at one entry.
func (v *verification) entry(ctx context.Context, c counted, e cache.Entry) error {
	v.found.Entries++
	if c.err != nil {
		p := Problem{What: "entry", Name: string(c.info.Key), Kind: "damaged"}
		if v.fix {
			if err := v.entries.Remove(c.info.Key); err != nil {
				return err
			}
			p.Fixed = true
		}
		v.found.Problems = append(v.found.Problems, p)
		return nil
	}
	strict := outputsOf(e)
	for _, r := range c.roots {
		err := v.need(ctx, r, func(n *need) {
			if slices.Contains(strict, r) {
				n.strict = true
				n.entries = append(n.entries, c.info.Key)
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// readBlobs reads all that somebody needs.
func (v *verification) readBlobs(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for d, n := range v.needs {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error { return v.readBlob(ctx, d, n) })
	}
	return g.Wait()
}

func (v *verification) readBlob(ctx context.Context, d blob.Digest, n *need) error {
	err := v.blobs.Verify(ctx, d)
	kind := "damaged"
	switch {
	case err == nil:
		var size int64
		if info, err := v.blobs.Stat(d); err == nil {
			size = info.Size
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.found.Blobs++
		v.found.Bytes += size
		return nil
	case errors.Is(err, fs.ErrNotExist):
		kind = "missing"
		if !n.strict || n.ledger == "" && !v.anyThere(n.entries) {
			return nil // need not be there, or was collected together with its entries
		}
	case !errors.Is(err, blob.ErrDamaged):
		return err
	}
	p := Problem{What: "blob", Name: string(d), Kind: kind, NeededBy: n.ledger}
	if p.NeededBy == "" && len(n.entries) > 0 {
		p.NeededBy = "entry " + string(n.entries[0])
	}
	if v.fix {
		if err := v.fixBlob(&p, d, n); err != nil {
			return err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found.Problems = append(v.found.Problems, p)
	return nil
}

// anyThere reports whether one of the entries is still there.
func (v *verification) anyThere(keys []cache.Key) bool {
	return slices.ContainsFunc(keys, func(k cache.Key) bool {
		_, ok, err := v.entries.Get(k)
		return ok || err != nil
	})
}

// fixBlob removes a blob that is of no use, and the entries that need it. What
// the ledger needs comes back only when somebody makes it again.
func (v *verification) fixBlob(p *Problem, d blob.Digest, n *need) error {
	for _, k := range n.entries {
		if err := v.entries.Remove(k); err != nil {
			return err
		}
	}
	if p.Kind == "damaged" {
		if err := v.blobs.Remove(d); err != nil {
			return err
		}
	}
	p.Fixed = n.ledger == "" || !n.strict
	if !p.Fixed {
		p.Note = "the record needs it: it comes back when a step makes the same again, as in a run of the definition"
	}
	return nil
}
