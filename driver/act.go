package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/gitinfo"
	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/mask"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

// cluster is the compute that every driver has.
func cluster() azure.Cluster {
	return azure.Cluster{Name: "DS3-v2-cluster", Size: "Standard_DS3_v2", MaxNodes: 4, Idle: 300 * time.Second}
}

// ensure gets or creates the workspace and the compute, and says which.
func (d *driver) ensure(ctx context.Context, s *session) error {
	scope := s.client.Scope()
	made, err := s.client.EnsureGroup(ctx)
	if err != nil {
		return err
	}
	if made {
		d.tell("created the resource group %s", scope.ResourceGroup)
	}
	if made, err = s.client.EnsureWorkspace(ctx); err != nil {
		return err
	}
	d.tell("%s the workspace %s in the resource group %s (%s)", foundOrCreated(made), scope.Workspace, scope.ResourceGroup, s.place)
	c := cluster()
	if made, err = s.client.EnsureCompute(ctx, c); err != nil {
		return err
	}
	d.tell("%s the compute %s", foundOrCreated(made), c.Name)
	return nil
}

func foundOrCreated(made bool) string {
	if made {
		return "created"
	}
	return "found"
}

// say tells of progress, or of what went wrong.
func (d *driver) say(format string, args ...any) {
	fmt.Fprintln(d.streams.Err, d.veil(fmt.Sprintf(format, args...)))
}

// tell tells of what was done; in a dry run nothing was.
func (d *driver) tell(format string, args ...any) {
	if !d.flags.dryRun {
		d.say(format, args...)
	}
}

// veil hides secrets in a text. No secret is known to get into one.
func (d *driver) veil(text string) string {
	if d.secrets == nil {
		return text
	}
	return d.veils.over(d.secrets()).String(text)
}

// veils keeps a masker until there are other secrets.
type veils struct {
	mu      sync.Mutex // guards the rest
	secrets []string
	masker  *mask.Masker
}

func (v *veils) over(secrets []string) *mask.Masker {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.masker == nil || !slices.Equal(secrets, v.secrets) {
		v.secrets, v.masker = slices.Clone(secrets), mask.New(secrets)
	}
	return v.masker
}

// print tells a result. Those of a dry run are the requests.
func (d *driver) print(format string, args ...any) error {
	if d.flags.dryRun {
		return nil
	}
	if _, err := fmt.Fprintln(d.streams.Out, d.veil(fmt.Sprintf(format, args...))); err != nil {
		return fmt.Errorf("print the result: %w", err)
	}
	return nil
}

const valid = "the pipeline is valid"

// act does with a pipeline that is in order what was asked for.
func (d *driver) act(ctx context.Context, s *session, env Env, p *pipeline.Pipeline) error {
	if d.flags.printADF != "" {
		d.say("%s", valid)
	} else if err := d.print("%s", valid); err != nil {
		return err
	}
	switch d.flags.action {
	case SubmitExperiment:
		return d.submit(ctx, s, env, p)
	case PublishPipeline:
		return d.publish(ctx, s, env, p)
	}
	return nil
}

// submit starts a run, and shows it until it has ended.
func (d *driver) submit(ctx context.Context, s *session, env Env, p *pipeline.Pipeline) error {
	if d.flags.noWait && s.serving != nil && !d.flags.dryRun {
		return &usageError{errors.New("--no_wait: the run would end with this process, which serves the workspace; start `ischia serve` first")}
	}
	d.noteGit(ctx, p)
	run, err := s.client.Submit(ctx, s.source, p, p.Name.Value, env.ExperimentName())
	if err != nil || d.flags.dryRun {
		return err
	}
	if run.Found {
		d.say("the job %s is there: an earlier submission was accepted, though no answer came", run.Name)
	} else {
		d.say("submitted the job %s to the experiment %s", run.Name, env.ExperimentName())
	}
	if run.Page != "" {
		if err := d.print("link to the run: %s", run.Page); err != nil {
			return err
		}
		d.invite(ctx, s, run)
	}
	if d.flags.noWait {
		return nil
	}
	shown := progress{d.streams.Err, d.veil}
	outcome, err := s.client.Watch(ctx, run, shown)
	if s.serving != nil {
		defer d.say("to see the run again: ischia serve --open %s", run.Name)
	}
	switch {
	case ctx.Err() != nil:
		return d.interrupted(ctx, s, run, shown)
	case err != nil:
		return err
	}
	return d.ended(outcome)
}

// noteGit says in the job which commit the driver's folder is at, as clients of
// Azure ML do.
func (d *driver) noteGit(ctx context.Context, p *pipeline.Pipeline) {
	dir, err := filepath.Abs(d.program.Dir)
	if err != nil {
		return
	}
	git, ok := gitinfo.Read(ctx, dir)
	if !ok {
		return
	}
	own := p.Properties
	p.Properties = git.Properties()
	maps.Copy(p.Properties, own)
}

// invite says by which link a browser gets in, for the page is not open to all.
// On Azure people sign in as they do.
func (d *driver) invite(ctx context.Context, s *session, run azure.Run) {
	if s.cloud != nil {
		return
	}
	page := local.JobPath(workspace.Scope(s.client.Scope()), run.Name)
	link, err := local.SignIn(ctx, s.url, s.token, page)
	if err == nil {
		d.say("to open it in a browser, once and within 5 minutes: %s", link)
	}
}

// cancelPatience is how long a run that is cancelled may take to end.
const cancelPatience = 15 * time.Second

// interrupted cancels a run that would end with this process anyway. Any other
// goes on.
func (d *driver) interrupted(ctx context.Context, s *session, run azure.Run, shown azure.Watcher) error {
	if s.serving == nil {
		d.say("the run %s goes on: %s", run.Name, run.Page)
		return ctx.Err()
	}
	later, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelPatience)
	defer stop()
	if err := s.client.Cancel(later, run.Name); err != nil {
		return err
	}
	if _, err := s.client.Watch(later, run, shown); err == nil {
		d.say("the run %s was canceled", run.Name)
	}
	return ctx.Err()
}

// ended says how a run ended.
func (d *driver) ended(o azure.Outcome) error {
	switch o.Status {
	case azure.Completed:
		return d.print("the experiment completed successfully")
	case azure.Canceled:
		return fmt.Errorf("the experiment was canceled")
	}
	f := o.Failed
	if f == nil {
		return fmt.Errorf("the experiment failed: %s", cmp.Or(o.Error, "no step did"))
	}
	reason := f.Error
	if f.ExitStatus != nil {
		reason = fmt.Sprintf("it exited with status %d", *f.ExitStatus)
	}
	d.say("ERROR: the experiment failed at the step %s: %s", f.Step, cmp.Or(reason, "it did not say why"))
	if len(f.Log) > 0 {
		d.say("the last lines of its log:")
	}
	for _, line := range f.Log {
		d.say("  %s", clean(line))
	}
	return errShown
}

// publish makes the pipeline one that others run, and leaves its GUID where
// they look for it.
func (d *driver) publish(ctx context.Context, s *session, env Env, p *pipeline.Pipeline) error {
	name := env.ExperimentName()
	description := cmp.Or(p.Description.Value, "pipeline of the environment "+env.Name+" of "+env.WorkspaceName)
	done, err := s.client.Publish(ctx, s.source, p, azure.Publication{Name: name, Description: description})
	if err != nil {
		return err
	}
	d.tell("%s the endpoint %s", foundOrCreated(done.MadeEndpoint), done.Endpoint)
	d.tell("%s the deployment %s, which is its default", foundOrCreated(done.MadeDeployment), done.Deployment)
	var marker azure.Marker
	if d.flags.markerPath != "" {
		if marker, err = s.client.UploadMarker(ctx, d.flags.markerDatastore, d.flags.markerPath, name, done.GUID); err != nil {
			return err
		}
		d.tell("wrote the marker %s", marker.URI())
	}
	if d.flags.printADF != "" {
		return d.printADF(name, done, marker)
	}
	if s.cloud != nil && !d.flags.dryRun {
		d.howToRun(s, done.Endpoint, done.ScoringURI)
	}
	if err := d.print("published the pipeline %s; its endpoint is %s", name, cmp.Or(done.ScoringURI, done.Endpoint)); err != nil {
		return err
	}
	return d.print("%s", done.GUID)
}
