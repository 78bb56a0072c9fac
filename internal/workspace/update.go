package workspace

import (
	"context"
	"maps"
)

// Update is what a user may change of a root job at any time, whatever state it
// is in. Nil fields stay as they are; Tags replace those it has.
type Update struct {
	DisplayName, Description, Experiment *string
	Tags                                 map[string]string
	Archived                             *bool
}

// Update changes a root job. One that has all of it already is left alone.
// ErrNotFound when there is no such job, ErrInvalid for a step.
func (w *Workspace) Update(ctx context.Context, scope Scope, name string, u Update) error {
	j, err := w.rootJob(ctx, scope, name)
	if err != nil {
		return err
	}
	if u.Archived != nil && *u.Archived == j.Archived {
		u.Archived = nil
	}
	if u.Tags != nil && maps.Equal(u.Tags, j.Tags) {
		u.Tags = nil
	}
	if u.DisplayName == nil && u.Description == nil && u.Experiment == nil && u.Tags == nil && u.Archived == nil {
		return nil
	}
	kind := "updated"
	switch {
	case u.Archived != nil && *u.Archived:
		kind = "archived"
	case u.Archived != nil:
		kind = "restored"
	}
	return w.store.Edit(ctx, scope, name, Edit{
		Kind: kind, Time: w.time(), Archived: u.Archived,
		DisplayName: u.DisplayName, Description: u.Description, Experiment: u.Experiment, Tags: u.Tags,
	})
}
