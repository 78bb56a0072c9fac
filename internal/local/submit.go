package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/user"
	"path/filepath"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/gitinfo"
	"github.com/ischia-ml/ischia/internal/lease"
	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// Request is one job to run.
type Request struct {
	Scope workspace.Scope
	Job   pipeline.Job
	Plan  *plan.Plan
	// Compiled holds texts of Plan that are made already; may be nil.
	Compiled *Compiled
	// Root is the folder that the names in Plan start from: the volume.
	Root string
	// Dir is the folder of the definition; the git state is read there.
	Dir string
	// Source names the definition for people.
	Source string
	// Name and Experiment override the definition's.
	Name, Experiment string
	// Parallel is how many steps run at once.
	Parallel int
	// Environ is the environment of the caller, Pass the names of variables
	// that steps get beyond the allow-list, Deny those they never get.
	Environ, Pass, Deny []string
	// Secrets are texts that no log and no record may show; Private are the
	// names among Pass that hold them.
	Secrets, Private []string
	// Cache says where earlier results are, and where this run's go.
	Cache CacheOptions
	// Finished are the steps of an earlier attempt that need not be done
	// again, and Resumes is that attempt; see [Local.Finished]. Again is a step
	// that is done again all the same, with all that need it, and so is not
	// among Finished.
	Finished map[string]step.Finished
	Resumes  string
	Again    string
	// Watch is told what happens, one thing at a time; may be nil. It must not
	// block.
	Watch func(Event)
	// Submitted is called once the job is on record, before anything runs.
	Submitted func(*workspace.Tree)
}

// submission is what the ledger gets to record.
func (l *Local) submission(r Request, claim func(string) (func(), error)) workspace.Submission {
	h := r.Job.Head()
	s := workspace.Submission{
		Name: r.Name, Type: r.Plan.Type, DisplayName: h.DisplayName.Value, Experiment: r.Experiment,
		Description: h.Description.Value, Tags: h.Tags, Properties: maps.Clone(h.Properties), CreatedBy: whoami(), Claim: claim,
		Spec: workspace.Spec{
			Inputs: ports(r.Plan.Inputs, r.Root), Outputs: outPorts(r.Plan.Outputs), Source: r.Source,
			Compute: r.Plan.DefaultCompute, Settings: settings(r.Plan),
		},
	}
	if s.Name == "" {
		s.Name = h.Name.Value
	}
	if s.Experiment == "" {
		s.Experiment = h.Experiment.Value
	}
	if s.Properties == nil {
		s.Properties = map[string]string{}
	}
	if r.Resumes != "" {
		s.Properties[PropertyResumes] = r.Resumes
	}
	if r.Again != "" {
		s.Properties[PropertyAgain] = r.Again
	}
	if len(r.Secrets) > 0 {
		s.Properties[PropertyMasked] = "true"
	}
	if r.Plan.Type == "command" {
		n := r.Plan.Nodes[0]
		inputs, outputs := s.Spec.Inputs, s.Spec.Outputs
		s.Spec = stepSpec(n, r.Root)
		s.Spec.Inputs, s.Spec.Outputs, s.Spec.Source = inputs, outputs, r.Source
		return s
	}
	for _, n := range r.Plan.Nodes {
		step := workspace.StepSubmission{Path: n.Path, Type: n.Type, DisplayName: n.DisplayName, Spec: stepSpec(n, r.Root)}
		if n.Parent >= 0 {
			step.ParentPath = r.Plan.Nodes[n.Parent].Path
		}
		s.Steps = append(s.Steps, step)
	}
	return s
}

func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

func settings(p *plan.Plan) map[string]any {
	if p.Type != "pipeline" {
		return nil
	}
	s := map[string]any{"continue_on_step_failure": p.ContinueOnStepFailure, "force_rerun": p.ForceRerun}
	if p.DefaultCompute != "" {
		s["default_compute"] = p.DefaultCompute
	}
	if p.DefaultDatastore != plan.DefaultDatastore {
		s["default_datastore"] = p.DefaultDatastore
	}
	for k, v := range p.Settings {
		s[k] = v
	}
	return s
}

func stepSpec(n *plan.Node, root string) workspace.Spec {
	s := workspace.Spec{
		Inputs: ports(n.Inputs, root), Outputs: outPorts(n.Outputs), Command: n.Command, Environment: n.Environment.Label(),
		Compute: n.Compute, Component: n.Component, TimeoutSeconds: float64(n.TimeoutSeconds), InstanceCount: n.InstanceCount,
		Source: n.Source,
	}
	for _, v := range n.EnvironmentVariables {
		if s.EnvironmentVariables == nil {
			s.EnvironmentVariables = map[string]string{}
		}
		s.EnvironmentVariables[v.Name] = v.Value
	}
	return s
}

func ports(list []plan.Input, root string) []workspace.Port {
	var out []workspace.Port
	for _, in := range list {
		p := workspace.Port{Name: in.Name, Type: in.Type, Mode: in.Mode, Value: in.Value, URI: in.URI, Binding: in.Binding}
		if in.Local != "" {
			p.URI = in.Address(root)
		}
		if !in.HasValue() {
			continue
		}
		out = append(out, p)
	}
	return out
}

func outPorts(list []plan.Output) []workspace.Port {
	var out []workspace.Port
	for _, o := range list {
		out = append(out, workspace.Port{Name: o.Name, Type: o.Type, Mode: o.Mode, URI: o.URI, Binding: o.Binding})
	}
	return out
}

// draft makes the job, with its lease taken, and records nothing yet.
func (l *Local) draft(ctx context.Context, r Request) (*workspace.Draft, *lease.Lease, error) {
	var held *lease.Lease
	claim := func(name string) (func(), error) {
		got, err := l.claim(name)
		if err != nil {
			return nil, err
		}
		held = got.lease
		return got.undo, nil
	}
	s := l.submission(r, claim)
	hideSubmission(mask.New(r.Secrets), &s)
	d, err := l.ledger.Draft(ctx, r.Scope, s)
	if err != nil {
		return nil, nil, fmt.Errorf("record the job: %w", err)
	}
	return d, held, nil
}

// recordFirst puts the job on record, with what has become of it, and lays out
// its folder.
func (j *running) recordFirst(ctx context.Context, changes []workspace.Change, room func()) error {
	j.addGit()
	err := j.insist(room, func() error { return j.ledger.Record(ctx, j.draft, changes...) })
	if err != nil {
		return err
	}
	j.onRecord.Store(true)
	j.rec.submitted()
	return j.insist(room, j.layOut)
}

// recordStart puts the start of a job on record that is there already, and lays
// out its folder.
func (j *running) recordStart(ctx context.Context, changes []workspace.Change, room func()) error {
	if err := j.record(ctx, room, changes...); err != nil {
		return err
	}
	j.onRecord.Store(true)
	return j.insist(room, j.layOut)
}

// layOut fills the folder of the job.
func (j *running) layOut() error {
	if err := j.describe(); err != nil {
		return err
	}
	dir := j.dir(&plan.Node{Index: -1})
	if err := step.GroupFolders(dir); err != nil {
		return err
	}
	return makeReserve(dir)
}

// readGit asks git about a folder, and returns at once: the answer comes when it
// is asked for.
func readGit(ctx context.Context, dir string) func() *gitinfo.Info {
	answer := make(chan *gitinfo.Info, 1)
	go func() {
		info, _ := gitinfo.Read(ctx, dir)
		answer <- info
	}()
	return func() *gitinfo.Info { return <-answer }
}

// addGit adds to the job what git has said.
func (j *running) addGit() {
	info := j.git()
	if info == nil {
		return
	}
	root := j.tree.Root
	root.Spec.Git = &workspace.Git{Repo: info.RepositoryURL, Branch: info.Branch, Commit: info.Commit, Dirty: info.Dirty}
	if root.Properties == nil {
		root.Properties = map[string]string{}
	}
	maps.Copy(root.Properties, hideValues(j.hide, info.Properties()))
}

// forgo takes back what there is of a job that could not be recorded.
func (j *running) forgo() {
	j.draft.Undo()
	for _, s := range j.tree.Steps {
		// Their names are new, so nothing else is called so. What stays is litter.
		_ = blob.RemoveAll(filepath.Join(j.home.JobsDir(), s.Name))
	}
}

// planFile is the plan of a job, in its folder.
const planFile = "plan.json"

// describe leaves what the run was made of in the job's folder: the plan, and
// what of it this machine does not do.
func (j *running) describe() error {
	name, p := j.tree.Root.Name, j.req.Plan
	dir, err := j.JobDir(name)
	if err != nil {
		return err
	}
	err = j.pinned.describe(filepath.Join(dir, planFile), func() (string, error) {
		text, err := hiddenJSON(j.hide, p)
		return string(text), err
	})
	if err != nil {
		return fmt.Errorf("describe job %s: %w", name, err)
	}
	var notes string
	if texts := j.req.Compiled; texts != nil && j.hide.Empty() {
		notes = texts.notesText
	}
	if notes == "" {
		text, err := hiddenJSON(j.hide, plan.Parity(p))
		if err != nil {
			return fmt.Errorf("describe job %s: %w", name, err)
		}
		notes = string(text)
	}
	if err := writeText(filepath.Join(dir, "parity.json"), notes); err != nil {
		return fmt.Errorf("describe job %s: %w", name, err)
	}
	return nil
}

// writeText writes a file with a text, which may be long, and a newline.
func writeText(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err == nil {
		_, err = f.WriteString("\n")
	}
	return errors.Join(err, f.Close())
}
