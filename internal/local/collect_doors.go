package local

import (
	"context"
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

// eachQueued yields what the jobs need that were accepted and have not ended. What
// a job refers to after that stands in its steps.
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
