package cli

import (
	"context"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// inventory says what a workspace has, for the references of a definition.
type inventory struct {
	scope workspace.Scope
	// names are those of what is registered, by kind.
	names map[string][]string
}

// inventory is that of the workspace which -w names; nil when it names none:
// then references are not looked up.
func (a *app) inventory(ctx context.Context) (*inventory, error) {
	if a.scope.workspace == "" {
		return nil, nil
	}
	l, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	scope, err := a.chooseScope(ctx, l)
	if err != nil {
		return nil, err
	}
	have := &inventory{scope: scope, names: map[string][]string{}}
	for _, d := range workspace.Datastores() {
		have.names["datastore"] = append(have.names["datastore"], d.Name)
	}
	return have, nil
}

// missing reports the references of a job to what the workspace has not.
func (have *inventory) missing(def asset.Definition) diag.List {
	job, ok := def.(pipeline.Job)
	if have == nil || !ok {
		return nil
	}
	var errs diag.List
	for _, ref := range pipeline.References(job) {
		if have.has(ref) {
			continue
		}
		d := errs.Errorf(ref.Range, diag.CodeUnknownAsset, "workspace %s has no %s %s", have.scope.Workspace, ref.Kind, ref.Value)
		d.Hint = diag.DidYouMean(ref.Name, have.names[ref.Kind])
	}
	return errs
}

// has: something of that name is registered. This version registers nothing
// that has versions.
func (have *inventory) has(ref pipeline.AssetRef) bool {
	for _, name := range have.names[ref.Kind] {
		if name == ref.Name {
			return true
		}
	}
	return false
}
