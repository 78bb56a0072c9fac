package cli_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/home"
	"github.com/ischia-ml/ischia/internal/sqlite"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/rogpeppe/go-internal/testscript"
)

// The jobs that the command seed puts on record, oldest first. All have ended;
// what is new comes first in lists.
const (
	nightly = "brave_sun_1a2b3c4d5e" // a pipeline that completed, with a pipeline in it
	single  = "calm_sea_1a2b3c4d5e"  // a command that completed
	broken  = "dark_owl_1a2b3c4d5e"  // a pipeline the first step of which failed
	stopped = "easy_fox_1a2b3c4d5e"  // a pipeline that was cancelled
	hidden  = "old_rock_1a2b3c4d5e"  // an archived command
)

// seeder writes a home by hand, so that names, times and content are the same
// each time.
type seeder struct {
	ctx   context.Context
	home  *home.Home
	w     *workspace.Workspace
	blobs *blob.Store
	scope workspace.Scope
	clock time.Time
	ids   int
	err   error
}

func seedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: seed")
	}
	ts.Check(seed(context.Background(), ts.Getenv("ISCHIA_HOME")))
}

// seed fills a home.
func seed(ctx context.Context, dir string) error {
	h, err := home.Open(dir)
	if err != nil {
		return err
	}
	store, err := sqlite.Open(ctx, h.LedgerPath())
	if err != nil {
		return err
	}
	defer store.Close()
	blobs, err := blob.Open(h.BlobsDir())
	if err != nil {
		return err
	}
	s := &seeder{ctx: ctx, home: h, blobs: blobs, scope: workspace.BuiltIn(),
		clock: time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)}
	s.w = workspace.New(workspace.Config{Store: store, Now: s.now, NewID: s.id})
	s.nightly()
	s.single()
	s.broken()
	s.stopped()
	s.hidden()
	return s.err
}

func (s *seeder) now() time.Time {
	s.clock = s.clock.Add(time.Second)
	return s.clock
}

func (s *seeder) id() string {
	s.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.ids)
}

func (s *seeder) check(err error) {
	if s.err == nil {
		s.err = err
	}
}

func (s *seeder) submit(sub workspace.Submission) *workspace.Tree {
	sub.CreatedBy = "Ada Example"
	t, err := s.w.Submit(s.ctx, s.scope, sub)
	s.check(err)
	if err != nil {
		return &workspace.Tree{Root: &workspace.Job{Name: sub.Name}, Steps: make([]*workspace.Job, 9)}
	}
	return t
}

func (s *seeder) advance(changes ...workspace.Change) {
	s.check(s.w.Advance(s.ctx, s.scope, changes...))
}

// run takes a job through its life.
func (s *seeder) run(name string, end workspace.Change) {
	s.advance(workspace.Change{Job: name, Status: workspace.Running})
	end.Job = name
	if end.Status == "" {
		end.Status = workspace.Completed
	}
	s.advance(end)
}

// write puts a file into a job's folder.
func (s *seeder) write(job, name, text string) {
	dir, err := s.home.JobDir(job)
	s.check(err)
	file := filepath.Join(dir, filepath.FromSlash(name))
	s.check(os.MkdirAll(filepath.Dir(file), 0o755))
	s.check(os.WriteFile(file, []byte(text), 0o644))
}

// store puts a file on the default datastore.
func (s *seeder) store(path, text string) workspace.File {
	d, err := s.blobs.PutBytes(s.ctx, []byte(text))
	s.check(err)
	return workspace.File{Datastore: workspace.BlobStore, Path: path, Digest: string(d), Size: int64(len(text)), Mode: 0o644, Modified: s.clock}
}

// tree stores files as the folder that they make: below the third level of
// their paths, in the order of their names.
func (s *seeder) tree(files ...workspace.File) string {
	var t blob.Tree
	for _, f := range files {
		rel := strings.SplitN(f.Path, "/", 4)[3]
		t.Entries = append(t.Entries, blob.Entry{Path: rel, Digest: blob.Digest(f.Digest), Size: f.Size})
	}
	slices.SortFunc(t.Entries, func(a, b blob.Entry) int { return strings.Compare(a.Path, b.Path) })
	d, err := s.blobs.PutBytes(s.ctx, t.Encode())
	s.check(err)
	return string(d)
}

func literal(name, kind, value string) workspace.Port {
	return workspace.Port{Name: name, Type: kind, Value: &value}
}

func code(n int) *int { return &n }

func (s *seeder) nightly() {
	taxi := "azureml://datastores/workspaceblobstore/paths/taxi/"
	model := "azureml://datastores/workspaceblobstore/paths/azureml/" + nightly + "/model/"
	t := s.submit(workspace.Submission{
		Name: nightly, Type: "pipeline", DisplayName: "train-and-score", Experiment: "taxi", Description: "nightly <training>",
		Tags: map[string]string{"team": "a"}, Properties: map[string]string{"mlflow.source.git.commit": "c0ffee"},
		Spec: workspace.Spec{
			Inputs: []workspace.Port{
				literal("learning_rate", "number", "0.1"),
				{Name: "training_data", Type: "uri_folder", Mode: "ro_mount", URI: taxi},
			},
			Outputs:  []workspace.Port{{Name: "model", Type: "uri_folder", URI: model}},
			Compute:  "cpu-cluster",
			Settings: map[string]any{"continue_on_step_failure": false, "default_compute": "cpu-cluster", "force_rerun": true},
		},
		Steps: []workspace.StepSubmission{
			{Path: "train", Type: "command", Spec: workspace.Spec{
				Component: "train:3", Command: "python train.py", TimeoutSeconds: 3600, InstanceCount: 2,
				EnvironmentVariables: map[string]string{"SEED": "1"},
				Inputs: []workspace.Port{
					{Name: "data", Type: "uri_folder", Binding: "${{parent.inputs.training_data}}", URI: taxi},
					{Name: "lr", Type: "number", Binding: "${{parent.inputs.learning_rate}}"},
					literal("epochs", "integer", "3"),
				},
				Outputs: []workspace.Port{{Name: "model", Type: "uri_folder", Binding: "${{parent.outputs.model}}", URI: model}},
			}},
			{Path: "sub", Type: "pipeline"},
			{Path: "sub/score", ParentPath: "sub", Type: "command", Spec: workspace.Spec{
				Command: "echo scored", Environment: "azureml:sklearn:1",
				Outputs: []workspace.Port{{Name: "scores", Type: "uri_file"}},
			}},
		},
	})
	s.advance(workspace.Change{Job: nightly, Status: workspace.Running})
	weights := s.store("azureml/"+nightly+"/model/model.txt", "weights\n")
	info := s.store("azureml/"+nightly+"/model/meta/info.json", "{}\n")
	// Another job has written to the same place since: not what this one made.
	stale := s.store("azureml/"+nightly+"/model/stale.txt", "of another job\n")
	s.run(t.Steps[0].Name, workspace.Change{ExitCode: code(0), Files: []workspace.File{weights, info, stale}})
	s.write(t.Steps[0].Name, "user_logs/std_log.txt", "epoch 1\nepoch 2\nepoch 3\n")
	s.write(t.Steps[0].Name, "logs/extra.txt", "more\n")
	s.advance(workspace.Change{Job: t.Steps[1].Name, Status: workspace.Running})
	scores := "azureml/" + t.Steps[2].Name + "/scores/scores"
	f := s.store(scores, "0.9\n")
	s.run(t.Steps[2].Name, workspace.Change{ExitCode: code(0), Files: []workspace.File{f}, Outputs: []workspace.Port{
		{Name: "scores", Type: "uri_file", URI: "azureml://datastores/workspaceblobstore/paths/" + scores, Digest: f.Digest},
	}})
	s.write(t.Steps[2].Name, "user_logs/std_log.txt", "scored")
	s.advance(workspace.Change{Job: t.Steps[1].Name, Status: workspace.Completed})
	s.advance(workspace.Change{Job: nightly, Status: workspace.Completed, Outputs: []workspace.Port{
		{Name: "model", Type: "uri_folder", URI: model, Digest: s.tree(weights, info)},
	}})
	s.write(nightly, "plan.json", "{}\n")
	s.write(nightly, "logs/run.txt", "root\n")
}

func (s *seeder) single() {
	s.submit(workspace.Submission{
		Name: single, Type: "command",
		Spec: workspace.Spec{
			Inputs: []workspace.Port{
				literal("ratio", "number", "0.75"), literal("test", "boolean", "True"), literal("title", "string", "a <b>"),
				{Name: "csv", Type: "uri_file", URI: "https://example.com/a.csv"},
			},
			Command: "echo 0.75", Code: "sha256:0123", Environment: "azureml:sklearn:1", Compute: "azureml:cpu-cluster",
			EnvironmentVariables: map[string]string{"SEED": "1"}, TimeoutSeconds: 60, InstanceCount: 1,
		},
	})
	s.run(single, workspace.Change{ExitCode: code(0)})
	s.write(single, "user_logs/std_log.txt", "0.75\n")
	s.write(single, "outputs/deep/result.txt", "done\n")
	s.write(single, "lease", "{}")
}

func (s *seeder) broken() {
	t := s.submit(workspace.Submission{
		Name: broken, Type: "pipeline", Experiment: "taxi",
		Steps: []workspace.StepSubmission{{Path: "prep", Type: "command"}, {Path: "train", Type: "command"}},
	})
	why := &workspace.JobError{Code: "UserError", Message: "the process exited with status 3"}
	s.advance(workspace.Change{Job: broken, Status: workspace.Running})
	s.run(t.Steps[0].Name, workspace.Change{Status: workspace.Failed, ExitCode: code(3), Error: why})
	s.write(t.Steps[0].Name, "user_logs/std_log.txt", "no such column\n")
	s.advance(workspace.Change{Job: t.Steps[1].Name, Status: workspace.Canceled})
	s.advance(workspace.Change{Job: broken, Status: workspace.Failed, Error: &workspace.JobError{
		Code: "UserError", Message: "step prep: the process exited with status 3", FailedStep: "prep",
	}})
}

func (s *seeder) stopped() {
	t := s.submit(workspace.Submission{Name: stopped, Type: "pipeline", Steps: []workspace.StepSubmission{{Path: "train", Type: "command"}}})
	s.advance(workspace.Change{Job: t.Steps[0].Name, Status: workspace.Canceled}, workspace.Change{Job: stopped, Status: workspace.Canceled})
	s.write(t.Steps[0].Name, "user_logs/std_log.txt", "\x1b]0;title\a\x1b[31mred\x1b[2J\n")
}

func (s *seeder) hidden() {
	s.submit(workspace.Submission{Name: hidden, Type: "command"})
	s.run(hidden, workspace.Change{ExitCode: code(0)})
	s.check(s.w.Archive(s.ctx, s.scope, hidden))
}
