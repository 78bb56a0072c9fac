package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
)

func TestEventsAreAppendOnly(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	create(t, s, tree("a", 1, time.Now()))
	for _, query := range []string{"UPDATE events SET kind = 'x'", "DELETE FROM events"} {
		if err := s.Exec(t.Context(), query); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	create(t, s, tree("a", 10, time.Now()))
	pages, err := s.Pragma(t.Context(), "page_count")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pragma(t.Context(), "max_page_count="+pages); err != nil {
		t.Fatal(err)
	}
	err = s.Create(t.Context(), tree("b", 1000, time.Now()))
	if err == nil || !strings.Contains(err.Error(), "record job b") || !strings.Contains(err.Error(), "disk is full") {
		t.Fatalf("error is %v", err)
	}
	// Nothing of it stays, and what fits still works.
	jobs, err := s.Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn()})
	if err != nil || len(jobs) != 1 {
		t.Errorf("%d jobs, %v", len(jobs), err)
	}
	if _, err := s.Pragma(t.Context(), "max_page_count=1000000"); err != nil {
		t.Fatal(err)
	}
	create(t, s, tree("b", 1000, time.Now()))
}

func TestReadOnly(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	create(t, s, tree("a", 1, time.Now()))
	if err := s.SetQueryOnly(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := []workspace.Change{{Job: "a.0", Status: workspace.Running, Time: time.Now()}}
	err := s.Advance(t.Context(), workspace.BuiltIn(), c)
	if err == nil || !strings.Contains(err.Error(), "advance job a.0") ||
		!strings.Contains(err.Error(), "cannot be written to") {
		t.Fatalf("error is %v", err)
	}
}

// TestRootEndIsDurable looks at which commits wait for the disk.
func TestRootEndIsDurable(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	create(t, s, tree("a", 1, time.Now()))
	for _, c := range []struct {
		job  string
		to   workspace.Status
		want bool
	}{
		{"a", workspace.Running, false},
		{"a.0", workspace.Completed, false},
		{"a", workspace.Completed, true},
		{"a", workspace.Canceled, true},
	} {
		got, err := s.RootEnds(t.Context(), []workspace.Change{{Job: c.job, Status: c.to}})
		if err != nil || got != c.want {
			t.Errorf("%s to %s: durable is %v, %v", c.job, c.to, got, err)
		}
	}
	during, after, err := s.SynchronousDuringDurableWrite(t.Context())
	if err != nil || during != "2" || after != "1" {
		t.Errorf("synchronous is %s during, %s after, %v", during, after, err)
	}
}

// TestNoTableScan fixes how the queries that have to stay fast are answered.
func TestNoTableScan(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	live := []workspace.Status{workspace.NotStarted, workspace.Running}
	for _, c := range []struct {
		name, index string
		f           workspace.Filter
	}{
		{"newest", "COVERING INDEX jobs_newest", workspace.Filter{Limit: 50}},
		{"archived", "COVERING INDEX jobs_newest", workspace.Filter{Archived: "only"}},
		{"type", "COVERING INDEX jobs_newest", workspace.Filter{Type: "pipeline", Limit: 50}},
		{"failed", "COVERING INDEX jobs_newest", workspace.Filter{Statuses: []workspace.Status{workspace.Failed}, Limit: 50}},
		{"live", "COVERING INDEX jobs_live", workspace.Filter{Statuses: live}},
		{"live of all scopes", "COVERING INDEX jobs_live", workspace.Filter{Statuses: live, AllScopes: true, Archived: "all"}},
		{"experiment", "COVERING INDEX jobs_experiment", workspace.Filter{Experiment: "taxi", Limit: 50}},
		{"steps", "INDEX jobs_root", workspace.Filter{Root: "a"}},
		{"children", "INDEX jobs_parent", workspace.Filter{Parent: "a"}},
	} {
		plan, err := s.Plan(t.Context(), c.f)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, c.index) || scansTable(plan) {
			t.Errorf("%s: want %s and no table scan, have\n%s", c.name, c.index, plan)
		}
		if c.f.Root == "" && c.f.Parent == "" && !c.f.AllScopes && strings.Count(plan, "USE TEMP B-TREE") > 1 {
			t.Errorf("%s: sorts more than what it returns:\n%s", c.name, plan)
		}
	}
	for query, params := range sqlite.HotQueries() {
		plan, err := s.ExplainQuery(t.Context(), query, make([]any, params)...)
		if err != nil {
			t.Fatal(err)
		}
		if scansTable(plan) {
			t.Errorf("%s\nscans:\n%s", query, plan)
		}
	}
}

// TestNoScanOfResources fixes how the lists and the last versions of resources
// are found.
func TestNoScanOfResources(t *testing.T) {
	t.Parallel()
	s := openAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	for _, c := range []struct {
		name, index string
		q           workspace.ResourceQuery
	}{
		{"by name", "COVERING INDEX resources_named", workspace.ResourceQuery{Limit: 50}},
		{"newest", "COVERING INDEX resources_newest", workspace.ResourceQuery{Newest: true, Limit: 50}},
		{"archived", "COVERING INDEX resources_named", workspace.ResourceQuery{Archived: "only", Anonymous: true, Limit: 50}},
		{"under", "COVERING INDEX resources_named", workspace.ResourceQuery{Under: "e", Limit: 50}},
		{"versions", "COVERING INDEX resources_", workspace.ResourceQuery{Name: "m", Limit: 50}},
		{"newest versions", "COVERING INDEX resources_", workspace.ResourceQuery{Name: "m", Newest: true, Limit: 50}},
		{"by hash", "INDEX resources_hash", workspace.ResourceQuery{Hash: "h", Newest: true, Anonymous: true}},
		{"all versions", "COVERING INDEX resources_versions", workspace.ResourceQuery{Name: "m", Archived: "all", Limit: 50}},
	} {
		plan, err := s.PlanResources(t.Context(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, c.index) || scansTable(plan) || strings.Count(plan, "USE TEMP B-TREE") > 1 {
			t.Errorf("%s: want %s, no table scan, and to sort only what is returned, have\n%s", c.name, c.index, plan)
		}
	}
	for query, index := range sqlite.OrderedQueries() {
		plan, err := s.ExplainQuery(t.Context(), query, 1, "models", "m")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(plan, index) || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\nwant %s, have\n%s", query, index, plan)
		}
	}
}

// scansTable says whether a plan reads a table from end to end.
func scansTable(plan string) bool {
	for line := range strings.Lines(plan) {
		if strings.HasPrefix(line, "SCAN ") && !strings.Contains(line, "USING") {
			return true
		}
	}
	return false
}
