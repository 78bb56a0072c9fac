package blob

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// digester finds, and perhaps stores, the content of one file.
type digester func(ctx context.Context, f found) (Digest, int64, error)

// PutTree stores a folder: its files, and the tree's text under the digest returned. The folder
// may be a symbolic link to one. Files that are remembered and stored already are not read.
func (s *Store) PutTree(ctx context.Context, dir string, o TreeOptions) (Tree, Digest, error) {
	return s.storeTree(ctx, dir, o, func(ctx context.Context, f found) (Digest, int64, error) {
		return s.putFile(ctx, f.file, f.info)
	})
}

// AdoptTree is PutTree for the outputs of a step that has ended: files are moved into the store
// as by [Store.Adopt], and the folder that stays behind is to be thrown away. What was reached
// through a symbolic link is copied.
func (s *Store) AdoptTree(ctx context.Context, dir string, o TreeOptions) (Tree, Digest, error) {
	return s.storeTree(ctx, dir, o, func(ctx context.Context, f found) (Digest, int64, error) {
		if f.own {
			return s.Adopt(ctx, f.file)
		}
		return s.putFile(ctx, f.file, f.info)
	})
}

// DigestTree is PutTree without storing anything.
func (s *Store) DigestTree(ctx context.Context, dir string, o TreeOptions) (Tree, Digest, error) {
	t, err := s.readTree(ctx, dir, o, func(ctx context.Context, f found) (Digest, int64, error) {
		return s.digestFile(ctx, f.file, f.info)
	})
	if err != nil {
		return Tree{}, "", fmt.Errorf("digest folder %s: %w", dir, err)
	}
	return t, t.Digest(), nil
}

func (s *Store) storeTree(ctx context.Context, dir string, o TreeOptions, each digester) (Tree, Digest, error) {
	t, err := s.readTree(ctx, dir, o, each)
	if err != nil {
		return Tree{}, "", fmt.Errorf("store folder %s: %w", dir, err)
	}
	d, err := s.PutBytes(ctx, t.Encode())
	if err != nil {
		return Tree{}, "", fmt.Errorf("store folder %s: %w", dir, err)
	}
	return t, d, nil
}

// readTree lists the folder first and looks at the files then, several at a time.
func (s *Store) readTree(ctx context.Context, dir string, o TreeOptions, each digester) (Tree, error) {
	s.memory.Refresh()
	defer s.memory.Flush()
	files, err := listFolder(ctx, dir, o)
	if err != nil {
		return Tree{}, err
	}
	// What a link leads to may be in the folder too, and is gone once that has been adopted.
	slices.SortStableFunc(files, func(a, b found) int { return order(a.own) - order(b.own) })
	links := slices.IndexFunc(files, func(f found) bool { return f.own })
	if links < 0 {
		links = len(files)
	}
	t := Tree{Entries: make([]Entry, len(files))}
	if err := fillEntries(ctx, t.Entries[:links], files[:links], each); err != nil {
		return Tree{}, err
	}
	if err := fillEntries(ctx, t.Entries[links:], files[links:], each); err != nil {
		return Tree{}, err
	}
	slices.SortFunc(t.Entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return t, nil
}

// order puts what was reached through a link first.
func order(own bool) int {
	if own {
		return 1
	}
	return 0
}

func fillEntries(ctx context.Context, entries []Entry, files []found, each digester) error {
	return parallel(ctx, len(files), func(ctx context.Context, i int) error {
		entries[i] = files[i].entry
		if files[i].file == "" {
			return nil
		}
		d, size, err := each(ctx, files[i])
		entries[i].Digest, entries[i].Size = d, size
		return err
	})
}

// parallel calls do for 0 to n-1 on as many goroutines as there are processors, and returns the
// first error, after which no more calls begin.
func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		g.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(ctx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
