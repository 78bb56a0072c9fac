package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// eachRegistered yields what registered things refer to.
func (l *Local) eachRegistered(ctx context.Context, yield func(reference) error) error {
	return l.ledger.Resources().ResourceDigests(ctx, func(digest string) error {
		d, err := blob.ParseDigest(digest)
		if err != nil {
			return nil //nolint:nilerr // it names no blob
		}
		return yield(reference{root: root{d, false}, by: func() string { return "something that is registered" }})
	})
}

// ticketsAtOnce bounds how many plans, which may be long, are in memory.
const ticketsAtOnce = 64

// eachQueued yields what the jobs need that were accepted and have not ended.
func (l *Local) eachQueued(ctx context.Context, yield func(reference) error) error {
	var last *workspace.Ticket
	for {
		list, err := l.ledger.Queue().Tickets(ctx, last, ticketsAtOnce)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, t := range list {
			for _, r := range planContents(t.Plan) {
				r := reference{root: r, by: func() string { return "job " + t.Job + ", which has not ended" }}
				if err := yield(r); err != nil {
					return err
				}
			}
		}
		last = &list[len(list)-1]
	}
}

// eachUnfinished yields what steps would need that were never started: of jobs
// that failed or were cancelled, and can be retried. It need not be there, as a
// job that was run from its own folder is retried from there.
func (l *Local) eachUnfinished(ctx context.Context, yield func(reference) error) error {
	jobs, err := l.ledger.Jobs(ctx, workspace.Filter{
		AllScopes: true, Archived: "all", Statuses: []workspace.Status{workspace.Failed, workspace.Canceled},
	})
	if err != nil {
		return fmt.Errorf("list the jobs that can be retried: %w", err)
	}
	for _, j := range jobs {
		dir, err := l.JobDir(j.Name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, planFile))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the plan of job %s: %w", j.Name, err)
		}
		for _, r := range planContents(text) {
			r := reference{root: r, loose: true, by: func() string { return "job " + j.Name + ", which can be retried" }}
			if err := yield(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// contentName finds the names that package blob gives contents, wherever in a
// plan they stand. A text of the user's that looks like one keeps a blob a
// little longer, which does no harm.
var contentName = regexp.MustCompile(`\.(tree|file|program)/(sha256:[0-9a-f]{64})`)

// planContents are the blobs that the JSON of a pinned plan names.
func planContents(plan []byte) []root {
	var out []root
	seen := map[root]bool{}
	for _, m := range contentName.FindAllSubmatch(plan, -1) {
		d, err := blob.ParseDigest(string(m[2]))
		r := root{d, string(m[1]) != "tree"}
		if err == nil && !seen[r] {
			seen[r] = true
			out = append(out, r)
		}
	}
	return out
}
