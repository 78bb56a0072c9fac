package local

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// PinnedText is the plan that a run of the request would leave in its job's
// folder, in one line. Nothing runs.
func (l *Local) PinnedText(ctx context.Context, r Request) (string, error) {
	if err := l.settle(ctx, &r); err != nil {
		return "", err
	}
	blobs, err := l.Blobs()
	if err != nil {
		return "", err
	}
	j := &running{Local: l, req: r, hide: mask.New(nil), names: make([]string, len(r.Plan.Nodes))}
	j.tree = &workspace.Tree{Root: &workspace.Job{}}
	j.rec = &recorder{running: j}
	doer, err := j.doer(ctx, &guarded{ctx: ctx}, blobs)
	if err != nil {
		return "", err
	}
	text, err := j.pinnedText(ctx, doer.Pinner())
	if err != nil {
		return "", err
	}
	var line bytes.Buffer
	if err := json.Compact(&line, []byte(text)); err != nil {
		return "", err
	}
	return line.String(), nil
}
