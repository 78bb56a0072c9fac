package workspacetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Run checks that the stores newStore makes do what [workspace.Store] says.
// Each call has to give an empty one.
func Run(t *testing.T, newStore func(t *testing.T) workspace.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, workspace.Store)
	}{
		{"create and read back", createAndReadBack},
		{"a name can be taken once", nameTaken},
		{"create refuses what is no tree", createInvalid},
		{"times are kept to the microsecond", timesKept},
		{"names mind case, scopes do not", nameCase},
		{"scopes do not see each other", scopesApart},
		{"advance", advance},
		{"advance fills in", advanceFillsIn},
		{"begun and ended at once", begunAndEnded},
		{"created and changed at once", createdAndChanged},
		{"advance is all or nothing", advanceAtomic},
		{"advance of what is not there", advanceMissing},
		{"the end is the end", endIsTheEnd},
		{"one of many ends a job", oneEndsIt},
		{"cancellation stays requested", cancelStays},
		{"cancellation of an ended job", cancelEnded},
		{"edit", edit},
		{"archive", archive},
		{"delete", deleteJob},
		{"delete refuses", deleteRefused},
		{"deleted jobs keep what is registered", deleteKeeps},
		{"filters", filters},
		{"newest first, in pages", pages},
		{"steps by index", stepsByIndex},
		{"what jobs refer to", references},
		{"events in order", eventsInOrder},
		{"events of many writers", eventsOfMany},
		{"experiments have numbers", experiments},
		{"the workspace used last", lastUsed},
		{"files", files},
		{"files below a prefix", filesBelow},
		{"files refuse odd paths", filesOdd},
		{"digests", digests},
		{"blobs", blobs},
		{"blobs refuse odd paths and what the change refuses", blobsRefused},
		{"blobs and files of steps", blobsAndFiles},
		{"blobs by prefix", blobsByPrefix},
		{"blocks", blocks},
		{"blocks of many blobs", blocksOfMany},
		{"containers", containers},
		{"containers go with what is in them", containerDeleted},
		{"definitions", definitions},
		{"tickets in the order of acceptance", queueInOrder},
		{"what waits", queueWaiting},
		{"tickets of what has begun when it is recorded", queueAtOnce},
		{"resources", resourceAndBack},
		{"resources refuse bad keys and bodies", resourcesInvalid},
		{"resources change", resourceChanged},
		{"resources of many writers", resourcesOfMany},
		{"lists of resources", resourceLists},
		{"resources of many scopes", resourceScopes},
		{"versions", resourceVersions},
		{"containers of versions", resourceContainers},
		{"versions by hash", resourceHashes},
		{"what resources refer to", resourceDigests},
		{"changes register", changesRegister},
		{"a context that has ended", endedContext},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, newStore(t))
		})
	}
}

// scope is where the tests work.
func scope() workspace.Scope { return workspace.BuiltIn() }

// at is a moment of the tests' day.
func at(seconds int) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC).Add(time.Duration(seconds) * time.Second)
}

// run is a root job with one step per path, created at a moment.
func run(name string, created time.Time, paths ...string) []*workspace.Job {
	root := &workspace.Job{
		Scope: scope(), Name: name, Root: name, Type: "pipeline", DisplayName: name,
		Experiment: "Default", Status: workspace.NotStarted, Created: created,
	}
	jobs := []*workspace.Job{root}
	for i, path := range paths {
		jobs = append(jobs, &workspace.Job{
			Scope: scope(), Name: name + "." + path, Root: name, Parent: name, Step: path, Index: i,
			Type: "command", DisplayName: path, Experiment: "Default",
			Status: workspace.NotStarted, Created: created,
		})
	}
	return jobs
}

func create(t *testing.T, s workspace.Store, jobs []*workspace.Job) {
	t.Helper()
	must(t, s.Create(t.Context(), jobs))
}

// move advances one job of the tests' scope.
func move(ctx context.Context, s workspace.Store, job string, to workspace.Status, when time.Time) error {
	return s.Advance(ctx, scope(), []workspace.Change{{Job: job, Status: to, Time: when}})
}

func read(t *testing.T, s workspace.Store, name string) *workspace.Job {
	t.Helper()
	j, err := s.Job(t.Context(), scope(), name)
	must(t, err)
	return j
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

// same compares what matters: an empty map or list is as good as none.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func namesOf(jobs []*workspace.Job) []string {
	var names []string
	for _, j := range jobs {
		names = append(names, j.Name)
	}
	return names
}

func jobNames(t *testing.T, s workspace.Store, f workspace.Filter) []string {
	t.Helper()
	jobs, err := s.Jobs(t.Context(), f)
	must(t, err)
	return namesOf(jobs)
}

// eventsOf are the events of a root job as "job kind status".
func eventsOf(t *testing.T, s workspace.Store, root string) []string {
	t.Helper()
	events, err := s.Events(t.Context(), scope(), root, 0, 0)
	must(t, err)
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprintf("%s %s %s", e.Job, e.Kind, e.Status))
	}
	return all
}

func ptr[T any](v T) *T { return &v }
