package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
)

// CacheFolder is a step cache with the blobs that its entries refer to.
type CacheFolder struct {
	entries *cache.Cache
	blobs   *blob.Store
	// home is nil for a folder that homes share.
	home *Local
}

// Cache is the home's own step cache.
func (l *Local) Cache() (*CacheFolder, error) {
	blobs, err := l.Blobs()
	if err != nil {
		return nil, err
	}
	entries, _, err := l.openCache(CacheOptions{}, blobs)
	if err != nil {
		return nil, err
	}
	return &CacheFolder{entries, blobs, l}, nil
}

// ErrNoCache says that a folder is not what --cache-dir made.
var ErrNoCache = errors.New("not a folder of step results")

// OpenSharedCache opens a folder that homes and machines share.
func OpenSharedCache(dir string) (*CacheFolder, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	store := filepath.Join(dir, "blobs")
	if info, err := os.Stat(store); err != nil || !info.IsDir() || !cache.Exists(dir) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoCache)
	}
	entries, err := cache.Open(dir, true)
	if err != nil {
		return nil, err
	}
	blobs, err := blob.Open(store)
	if err != nil {
		return nil, err
	}
	return &CacheFolder{entries: entries, blobs: blobs}, nil
}

// DefaultCacheBytes is the bound of [CacheFolder.Collect] when none is given.
const DefaultCacheBytes = 20_000_000_000

// collectAge is how long nobody must have used a blob before it is removed. It
// is well above the staleness of a blob's time.
const collectAge = 2 * time.Hour

// CollectOptions say what may go.
type CollectOptions struct {
	// MaxBytes bounds the entries and what only they hold.
	MaxBytes int64
	// MaxAge takes entries that were not used for so long; 0 takes none.
	MaxAge time.Duration
	// DryRun counts, and removes nothing.
	DryRun bool
}

// Collected is what a collection did, or would do.
type Collected struct {
	DryRun bool `json:"dry_run"`
	// Entries and blobs that went, and the bytes of both.
	Entries int   `json:"removed_entries"`
	Blobs   int   `json:"removed_blobs"`
	Bytes   int64 `json:"freed_bytes"`
	// Spared are blobs that nobody refers to, but that were used a short time
	// ago.
	Spared      int   `json:"spared_blobs"`
	SparedBytes int64 `json:"spared_bytes"`
	// KeptEntries are left, and hold KeptBytes that nobody else holds.
	KeptEntries int   `json:"kept_entries"`
	KeptBytes   int64 `json:"kept_bytes"`
}

// Collect removes the entries used longest ago until they and what only they
// hold are within the bound, then the blobs that nobody refers to: neither an
// entry nor, in a home, the ledger. At every moment what is left is whole:
// entries go before what they refer to.
//
// In a home nobody runs a job meanwhile, or it is a [BusyError]. In a shared
// folder, where no lock is to be trusted, blobs that were used a short time
// ago stay, whoever refers to them; a run that finds an entry gone runs its
// step.
func (f *CacheFolder) Collect(ctx context.Context, o CollectOptions) (Collected, error) {
	if f.home != nil && !o.DryRun {
		release, err := f.home.lockBlobs(ctx)
		if err != nil {
			return Collected{}, err
		}
		defer release()
	}
	now, err := f.entries.Now()
	if err != nil {
		return Collected{}, err
	}
	all, err := f.count(ctx)
	if err != nil {
		return Collected{}, fmt.Errorf("look at what the step cache holds: %w", err)
	}
	c := collection{CacheFolder: f, all: all, o: o, limit: now.Add(-collectAge)}
	c.done.DryRun = o.DryRun
	if err := c.collect(ctx, now); err != nil {
		return c.done, fmt.Errorf("collect the step cache: %w", err)
	}
	return c.done, nil
}

// collection is one call of Collect.
type collection struct {
	*CacheFolder
	all   *census
	o     CollectOptions
	limit time.Time
	done  Collected
}

func (c *collection) collect(ctx context.Context, now time.Time) error {
	if err := c.dropEntries(ctx, now); err != nil {
		return err
	}
	if err := c.dropBlobs(ctx); err != nil {
		return err
	}
	if c.o.DryRun {
		return nil
	}
	c.entries.Clean(c.limit)
	c.blobs.CleanTmp(c.limit)
	if c.home != nil {
		cleanNotes(c.home.home.CacheDir(), c.limit)
	}
	return nil
}

// dropEntries removes entries, the one used longest ago first. Damaged ones
// answer for nothing, and go too.
func (c *collection) dropEntries(ctx context.Context, now time.Time) error {
	slices.SortFunc(c.all.entries, func(a, b counted) int {
		return cmp.Or(a.info.Used.Compare(b.info.Used), cmp.Compare(a.info.Key, b.info.Key))
	})
	held := c.all.cacheBytes()
	for _, e := range c.all.entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		old := c.o.MaxAge > 0 && now.Sub(e.info.Used) > c.o.MaxAge
		if e.err == nil && !old && held <= c.o.MaxBytes {
			c.done.KeptEntries++
			continue
		}
		if gone, err := c.dropEntry(e); err != nil {
			return err
		} else if !gone {
			c.done.KeptEntries++ // used since it was counted
			continue
		}
		c.done.Entries++
		c.done.Bytes += e.info.Size
		held -= e.info.Size + c.all.release(e)
	}
	c.done.KeptBytes = held
	return nil
}

func (c *collection) dropEntry(e counted) (bool, error) {
	if c.o.DryRun {
		return true, nil
	}
	return c.entries.RemoveUnused(e.info.Key, e.info.Used)
}

// dropBlobs removes the blobs that nobody refers to any more.
func (c *collection) dropBlobs(ctx context.Context) error {
	for d, k := range c.all.blobs {
		if err := ctx.Err(); err != nil {
			return err
		}
		if k.ledger || k.entries > 0 {
			continue
		}
		gone := !k.used.After(c.limit)
		if gone && !c.o.DryRun {
			var err error
			if gone, err = c.blobs.RemoveUnused(d, c.limit); err != nil {
				return err
			}
		}
		if !gone {
			c.done.Spared++
			c.done.SparedBytes += k.size
			continue
		}
		c.done.Blobs++
		c.done.Bytes += k.size
	}
	return nil
}

// cleanNotes removes the half-written notes about interpreters and programs.
func cleanNotes(dir string, limit time.Time) {
	for _, pattern := range []string{"interpreters/note-*", "go/new-*", "shims/*/new-*", "shims/new-*"} {
		left, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
		if err != nil {
			continue
		}
		for _, name := range left {
			if info, err := os.Stat(name); err == nil && info.ModTime().Before(limit) {
				_ = os.Remove(name)
			}
		}
	}
}
