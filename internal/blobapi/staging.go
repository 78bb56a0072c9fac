package blobapi

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// StagedFor is how long a block may wait for its blob, as on Azure.
const StagedFor = 7 * 24 * time.Hour

// orphanAge is how old content has to be that no record speaks of. It may be
// of an upload whose record comes next, in another process.
const orphanAge = 24 * time.Hour

// staging is the content of blocks that are in no blob yet.
type staging struct {
	index workspace.Storage
	blobs *blob.Store
	now   func() time.Time

	mu sync.Mutex // guards the rest
	// uploads are under way: their content may be there already, and their
	// record not yet.
	uploads int
	// waiting are digests that were released meanwhile.
	waiting map[string]bool
}

// begin says that a block is on its way; end that it is recorded, or not coming.
func (s *staging) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads++
}

func (s *staging) end(ctx context.Context) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads--
	s.clean(ctx)
}

// release lets go of content that one blob needed. It is removed as soon as no
// upload is under way, if no other blob needs it.
func (s *staging) release(ctx context.Context, digests []string) {
	if len(digests) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range digests {
		s.waiting[d] = true
	}
	s.clean(ctx)
}

// clean removes what waits to be, if nothing is under way. What it fails to
// remove is removed by the next sweep.
func (s *staging) clean(ctx context.Context) {
	if s.uploads > 0 || len(s.waiting) == 0 {
		return
	}
	var digests []string
	for d := range s.waiting {
		digests = append(digests, d)
	}
	clear(s.waiting)
	ctx = context.WithoutCancel(ctx) // the request may be over
	unused, err := s.index.DropStaged(ctx, time.Time{}, digests...)
	if err == nil {
		_, _ = s.remove(unused)
	}
}

func (s *staging) remove(digests []string) (int, error) {
	for i, d := range digests {
		if err := s.blobs.Remove(blob.Digest(d)); err != nil {
			return i, err
		}
	}
	return len(digests), nil
}

// Sweep forgets blocks that were staged longer ago than [StagedFor], and
// removes content that no block needs. It says how many pieces of content went.
// The server calls it when it starts, and once a day.
func (h *Handler) Sweep(ctx context.Context) (int, error) {
	s := h.staging
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	unused, err := s.index.DropStaged(ctx, now.Add(-StagedFor))
	if err != nil {
		return 0, fmt.Errorf("forget old blocks: %w", err)
	}
	if s.uploads > 0 {
		// One of those under way may be just this content: the next time.
		unused = nil
	}
	var old []string
	err = s.blobs.Walk(ctx, func(i blob.Info) error {
		if now.Sub(i.Used) > orphanAge {
			old = append(old, string(i.Digest))
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	orphans, err := s.index.DropStaged(ctx, time.Time{}, old...)
	if err != nil {
		return 0, fmt.Errorf("look for content of no block: %w", err)
	}
	removed, err := s.remove(unused)
	if err != nil {
		return removed, err
	}
	limit := now.Add(-orphanAge)
	for _, d := range orphans {
		gone, err := s.blobs.RemoveUnused(blob.Digest(d), limit)
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	s.blobs.CleanTmp(limit)
	return removed, nil
}
