package local_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// TestHomesOfOldVersions opens the homes that earlier versions have left, and
// finds in them what was there. See testdata/homes/README.md.
func TestHomesOfOldVersions(t *testing.T) {
	t.Parallel()
	homes, err := filepath.Glob("testdata/homes/format-*")
	if err != nil || len(homes) == 0 {
		t.Fatalf("got %d homes (%v), want some", len(homes), err)
	}
	for _, home := range homes {
		t.Run(filepath.Base(home), func(t *testing.T) {
			t.Parallel()
			l := openCopy(t, home)
			if len(l.Recovered) > 0 {
				t.Errorf("got %v recovered, want all jobs ended", l.Recovered)
			}
			oldJobs(t, l)
			oldSteps(t, l)
			oldOutput(t, l)
			oldFiles(t, l)
		})
	}
}

// openCopy opens a copy of a home, as it would lie on a user's disk.
func openCopy(t *testing.T, home string) *local.Local {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "home")
	if err := os.CopyFS(dir, os.DirFS(home)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := local.Open(t.Context(), local.Options{Home: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func oldJobs(t *testing.T, l *local.Local) {
	t.Helper()
	jobs, err := l.Ledger().Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn()})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]workspace.Status{}
	for _, j := range jobs {
		got[j.Name] = j.Status
		if j.Experiment != "fixtures" || j.Description != "made once, must open for ever" || j.Tags["made"] != "for a test" {
			t.Errorf("%s: got experiment %q, description %q, tags %v", j.Name, j.Experiment, j.Description, j.Tags)
		}
		if j.Created.IsZero() || j.Started.Before(j.Created) || j.Ended.Before(j.Started) {
			t.Errorf("%s: got times %v, %v, %v, want them in order", j.Name, j.Created, j.Started, j.Ended)
		}
	}
	want := map[string]workspace.Status{"completed": workspace.Completed, "fixture": workspace.Failed}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

// oldStep is what of a step is compared.
type oldStep struct {
	Step   string
	Status workspace.Status
	Exit   int
}

func oldSteps(t *testing.T, l *local.Local) {
	t.Helper()
	steps, err := l.Ledger().Steps(t.Context(), workspace.BuiltIn(), "fixture")
	if err != nil {
		t.Fatal(err)
	}
	var got []oldStep
	for _, s := range steps {
		if s.ExitCode == nil {
			continue // the root job
		}
		got = append(got, oldStep{s.Step, s.Status, *s.ExitCode})
	}
	want := []oldStep{{"prep", workspace.Completed, 0}, {"train", workspace.Completed, 0}, {"report", workspace.Failed, 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	root, err := l.Ledger().Job(t.Context(), workspace.BuiltIn(), "fixture")
	if err != nil {
		t.Fatal(err)
	}
	wantErr := &workspace.JobError{Code: "UserError", Message: "step report: the process exited with status 3", FailedStep: "report"}
	if diff := cmp.Diff(wantErr, root.Error); diff != "" {
		t.Errorf("why it failed (-want +got):\n%s", diff)
	}
}

// oldOutput reads an output: the ledger's files and the blobs.
func oldOutput(t *testing.T, l *local.Local) {
	t.Helper()
	job, err := l.Ledger().Job(t.Context(), workspace.BuiltIn(), "completed")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := l.Export(t.Context(), workspace.BuiltIn(), job.Spec.Outputs, dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "model", "model.txt"))
	if err != nil || string(text) != "3\n" {
		t.Errorf("output model: got %q, %v, want %q", text, err, "3\n")
	}
}

// oldFiles reads the log of a step and the outputs/ that it left.
func oldFiles(t *testing.T, l *local.Local) {
	t.Helper()
	steps, err := l.Ledger().Steps(t.Context(), workspace.BuiltIn(), "completed")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"user_logs/std_log.txt": "ratio 0.75\n", "azureml-logs/70_driver_log.txt": "ratio 0.75\n", "outputs/note.txt": "kept\n"}
	for _, s := range steps {
		if s.Step != "prep" {
			continue
		}
		if got := s.Properties["azureml.isreused"]; got != "true" {
			t.Errorf("azureml.isreused of step prep: got %q, want true", got)
		}
		dir, err := l.JobDir(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range want {
			if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
				t.Errorf("%s: got %q, %v, want %q", name, got, err, text)
			}
		}
		return
	}
	t.Error("got no step prep")
}
