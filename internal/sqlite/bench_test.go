package sqlite_test

import (
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// tree is a root job with n steps, of the width that real ones have.
func tree(name string, n int, created time.Time) []*workspace.Job {
	jobs := []*workspace.Job{{
		Scope: workspace.BuiltIn(), Name: name, Root: name, Type: "pipeline", DisplayName: name,
		Experiment: "taxi", Status: workspace.NotStarted, Created: created,
	}}
	for i := range n {
		jobs = append(jobs, &workspace.Job{
			Scope: workspace.BuiltIn(), Name: name + "." + strconv.Itoa(i), Root: name, Parent: name,
			Step: "step" + strconv.Itoa(i), Index: i, Type: "command", DisplayName: "step" + strconv.Itoa(i),
			Experiment: "taxi", Status: workspace.NotStarted, Created: created,
			Spec: workspace.Spec{
				Environment: "azureml:sklearn:1", Compute: "azureml:cpu-cluster", Component: "train:3",
				Inputs: []workspace.Port{
					{Name: "data", Type: "uri_folder", Binding: "${{parent.inputs.data}}"},
					{Name: "lr", Type: "number", Binding: "${{parent.inputs.lr}}"},
				},
				Outputs: []workspace.Port{{Name: "model", Type: "uri_folder", Mode: "rw_mount"}},
				Source:  "pipeline.yml:" + strconv.Itoa(i),
			},
		})
	}
	return jobs
}

func benchStore(b *testing.B) *sqlite.Store {
	return openAt(b, filepath.Join(b.TempDir(), "ledger.db"))
}

func create(tb testing.TB, s *sqlite.Store, jobs []*workspace.Job) {
	tb.Helper()
	if err := s.Create(tb.Context(), jobs); err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkAdvance is one step that starts: one change, one transaction.
func BenchmarkAdvance(b *testing.B) {
	s := benchStore(b)
	create(b, s, tree("a", 1000, time.Now()))
	now := time.Now()
	b.ResetTimer()
	for i := range b.N {
		c := []workspace.Change{{Job: "a." + strconv.Itoa(i%1000), Status: workspace.Running, Time: now}}
		if err := s.Advance(b.Context(), workspace.BuiltIn(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAdvanceEnd is one step that ends, with an output of one file.
func BenchmarkAdvanceEnd(b *testing.B) {
	s := benchStore(b)
	now := time.Now()
	zero := 0
	for i := range b.N {
		if i%1000 == 0 {
			b.StopTimer()
			create(b, s, tree("a"+strconv.Itoa(i/1000), 1000, now))
			b.StartTimer()
		}
		c := []workspace.Change{{
			Job: fmt.Sprintf("a%d.%d", i/1000, i%1000), Status: workspace.Completed, Time: now, ExitCode: &zero,
			Outputs: []workspace.Port{{Name: "model", Type: "uri_folder", Digest: "0123456789abcdef0123456789abcdef"}},
			Files: []workspace.File{{
				Datastore: workspace.BlobStore, Path: "azureml/" + strconv.Itoa(i) + "/model/model.json", Digest: "d", Size: 1,
			}},
		}}
		if err := s.Advance(b.Context(), workspace.BuiltIn(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAdvanceRoot is the end of a root job: it waits for the disk.
func BenchmarkAdvanceRoot(b *testing.B) {
	s := benchStore(b)
	now := time.Now()
	for i := range b.N {
		b.StopTimer()
		name := "a" + strconv.Itoa(i)
		create(b, s, tree(name, 0, now))
		b.StartTimer()
		c := []workspace.Change{{Job: name, Status: workspace.Completed, Time: now}}
		if err := s.Advance(b.Context(), workspace.BuiltIn(), c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreate1000(b *testing.B) {
	s := benchStore(b)
	for i := range b.N {
		b.StopTimer()
		jobs := tree("a"+strconv.Itoa(i), 1000, time.Now())
		b.StartTimer()
		create(b, s, jobs)
	}
}

func BenchmarkCancelRequested(b *testing.B) {
	s := benchStore(b)
	create(b, s, tree("a", 1000, time.Now()))
	b.ResetTimer()
	for range b.N {
		if _, err := s.CancelRequested(b.Context(), workspace.BuiltIn(), "a"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJobs50 lists in a home with 100,000 root jobs.
func BenchmarkJobs50(b *testing.B) {
	s := benchStore(b)
	start := time.Now().Add(-100_000 * time.Second)
	if err := s.Fill(b.Context(), 100_000, start); err != nil {
		b.Fatal(err)
	}
	live := []workspace.Status{workspace.NotStarted, workspace.Running}
	for _, c := range []struct {
		name string
		f    workspace.Filter
	}{
		{"newest", workspace.Filter{Limit: 50}},
		{"page 1000", workspace.Filter{Limit: 50, Skip: 50_000}},
		{"live", workspace.Filter{Limit: 50, Statuses: live}},
		{"failed", workspace.Filter{Limit: 50, Statuses: []workspace.Status{workspace.Failed}}},
		{"experiment", workspace.Filter{Limit: 50, Experiment: "rare"}},
		{"archived", workspace.Filter{Limit: 50, Archived: "only"}},
		{"live of all scopes", workspace.Filter{AllScopes: true, Statuses: live, Archived: "all"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			if !c.f.AllScopes {
				c.f.Scope = workspace.BuiltIn()
			}
			for range b.N {
				if _, err := s.Jobs(b.Context(), c.f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
