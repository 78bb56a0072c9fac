package local

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// checkReferences refuses a run whose steps read what is not registered: better
// said now than when the step's turn comes. What was resolved is no reference
// any more.
func (l *Local) checkReferences(ctx context.Context, r Request) error {
	assets := registered{l, r.Scope}
	for _, n := range r.Plan.Nodes {
		if _, done := r.Finished[n.Path]; done || !n.IsAction() {
			continue
		}
		for _, in := range n.Inputs {
			err := assets.check(ctx, in)
			if err == nil {
				continue
			}
			if n.Path != "" {
				err = fmt.Errorf("step %s: input %s: %w", n.Path, in.Name, err)
			} else {
				err = fmt.Errorf("input %s: %w", in.Name, err)
			}
			if n.Source == "" {
				return err
			}
			return fmt.Errorf("%s: %w", filepath.Join(r.Root, filepath.FromSlash(n.Source)), err)
		}
	}
	return nil
}

// check refuses a reference, NAME:VERSION or NAME@LABEL, to what is not there.
func (r registered) check(ctx context.Context, in plan.Input) error {
	rest, ok := strings.CutPrefix(in.URI, "azureml:")
	if !ok || strings.ContainsAny(rest, "/$") {
		return nil
	}
	got, err := r.version(ctx, workspace.Collection(in.Asset()), in.URI)
	if got != nil || err != nil {
		return err
	}
	noun := strings.TrimSuffix(string(in.Asset()), "s")
	if name, label, ok := strings.Cut(rest, "@"); ok && label == "latest" {
		return fmt.Errorf("%s %s: no version is registered", noun, name)
	}
	return fmt.Errorf("%s %s is not registered", noun, rest)
}
