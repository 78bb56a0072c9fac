package step

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/environ"
	"github.com/ischia-ml/ischia/internal/executor"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
)

// Executor runs one process; see package executor for the contract.
type Executor interface {
	Run(ctx context.Context, t executor.Task) (executor.Exit, error)
}

// Found is what lies at an address: a folder, or a single file.
type Found struct {
	Tree blob.Tree
	// File is the base name when it is a single file, which is then the only
	// entry of Tree.
	File string
}

// Source finds data by its address: azureml://datastores/..., https://...
// The error says which address, and what is wrong with it.
type Source interface {
	Find(ctx context.Context, uri string, folder bool) (Found, error)
}

// Coder makes the code of a step: the tree that its working copy gets. See
// [environ.Coder.Folder].
type Coder interface {
	Folder(ctx context.Context, dir string, includes []string, command string) (blob.Tree, blob.Digest, error)
}

// Config is what all steps of a run share.
type Config struct {
	Executor Executor
	Blobs    *blob.Store
	Source   Source
	Coder    Coder
	// Root is the folder of this machine that names in the plan start from. When
	// it is empty, names of content are all that a plan may have.
	Root string
	// Job is the name of a node's job, Dir its folder.
	Job func(*plan.Node) string
	Dir func(*plan.Node) string
	// Env is what every step's environment begins with.
	Env []string
	// Vars are the variables of one step that Azure ML sets.
	Vars func(*plan.Node) []string
	// DefaultDatastore takes outputs that name no other.
	DefaultDatastore string
	// IsDatastore reports whether the workspace has a datastore.
	IsDatastore func(name string) bool
	// Grace is the time between asking a step to end and killing it.
	Grace time.Duration
	// Passed are the variables, "NAME=value" each, that steps get beyond the
	// usual ones and that count for their results; they are in Env too.
	Passed []string
	// Interpreters, Cache and CacheBlobs make earlier results answer for
	// steps. Without a Cache every step runs. CacheBlobs holds what the
	// entries of Cache refer to; it may be Blobs.
	Interpreters *environ.Interpreters
	Cache        *cache.Cache
	CacheBlobs   *blob.Store
	// Force runs every step; what they make is remembered all the same.
	Force bool
	// Finished are the steps that an earlier attempt has completed, by path:
	// with the same key they are not done again, deterministic or not.
	Finished map[string]Finished
	// Hide takes secrets out of a text.
	Hide func(string) string
	// Warn is told, loudly, what does not stop a run but should be mended.
	Warn func(text string)
	// Wrap, when not nil, stands between a step and its log: it hides
	// secrets. Close writes out what it holds back.
	Wrap func(io.Writer) io.WriteCloser
}

// Runner carries out actions. It is the sched.Doer of a run.
type Runner struct {
	c      Config
	locals locals
	// known are the identities of steps that Answer had no answer to, by index.
	known sync.Map
}

// New returns a Runner.
func New(c Config) *Runner {
	return &Runner{c: c, locals: locals{blobs: c.Blobs, coder: c.Coder, root: c.Root}}
}

// Started is what is known when a step's process is about to start: the
// detail of its Running event.
type Started struct {
	Command string
	Code    string
	Inputs  []Port
}

// Ended is the detail of the event that ends a step.
type Ended struct {
	// ExitCode is nil when no process ran.
	ExitCode *int
	Outputs  []Port
	// Files are what the outputs put on the datastores.
	Files []File
	// Description is what the result depends on, nil when that is not known;
	// Reused is the earlier job that answered, empty when the step ran.
	Description *cache.Identity
	Reused      string
}

// Port is an input or output as it turned out.
type Port struct {
	Name, Type, Mode, URI, Binding, Digest string
	Value                                  *string
}

// File is one file of an output, on its datastore.
type File struct {
	Datastore, Path, Digest string
	Size                    int64
	Executable              bool
}

// Error is why a step did not complete.
type Error struct {
	// Code is UserError, Timeout or SystemError.
	Code string
	// Exit is the exit status of the process, -1 when none ran.
	Exit int
	Err  error
}

// Error is the message.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// The codes of an Error.
const (
	UserError   = "UserError"
	Timeout     = "Timeout"
	SystemError = "SystemError"
)

// Do carries out action n.
func (r *Runner) Do(ctx context.Context, n *plan.Node, made sched.Made, started func(any) error) sched.Result {
	t := r.task(n)
	if known, ok := r.known.LoadAndDelete(n.Index); ok {
		id := known.(identity)
		t.desc, t.code = id.desc, id.code
	}
	res := t.run(ctx, made, started)
	if t.wd != "" {
		t.cleanup(res)
	}
	return res
}

func (r *Runner) task(n *plan.Node) *task {
	return &task{
		Config: r.c, locals: &r.locals, node: n, dir: r.c.Dir(n),
		inputs: map[string]string{}, outputs: map[string]string{}, places: map[string]Place{}, found: map[string]Found{},
	}
}

// task is one action while it is carried out.
type task struct {
	Config
	locals *locals
	node   *plan.Node
	// dir is jobs/NAME; wd the working copy in it.
	dir, wd string
	// inputs and outputs are the texts that references in the command get.
	inputs, outputs map[string]string
	// places are where the outputs go.
	places map[string]Place
	// found is what lay at the addresses of the inputs.
	found map[string]Found
	ports []Port
	// desc is what the result depends on; nil when that is not known, or holds
	// a secret.
	desc *cache.Identity
	code blob.Digest
	log  *os.File
	exit *int
}

func (t *task) run(ctx context.Context, made sched.Made, started func(any) error) sched.Result {
	if t.Cache != nil && t.node.Path != "" && t.desc == nil {
		if err := t.identify(ctx, made); err != nil && ctx.Err() == nil {
			return t.failed(err)
		}
	}
	begun := time.Now()
	res := t.runProcess(ctx, made, started)
	if res.State == sched.Completed && t.desc != nil && t.node.Reusable {
		t.keep(context.WithoutCancel(ctx), res, time.Since(begun))
	}
	return res
}

func (t *task) runProcess(ctx context.Context, made sched.Made, started func(any) error) sched.Result {
	command, err := t.prepare(ctx, made)
	if ctx.Err() != nil {
		return sched.Result{State: sched.Canceled}
	}
	if err != nil {
		return t.failed(err)
	}
	if err := t.openLog(); err != nil {
		return t.failed(err)
	}
	defer t.log.Close()
	if err := started(Started{Command: command, Code: string(t.code), Inputs: t.ports}); err != nil {
		return t.failed(err)
	}
	if err := t.execute(ctx, command); err != nil {
		return t.stopped(err)
	}
	return t.completed(ctx)
}

// completed stores what a step has made whose process exited with 0. A cancel
// that comes now waits for it no longer than it would for the process.
func (t *task) completed(ctx context.Context) sched.Result {
	storing, stop := outlive(ctx, t.Grace)
	defer stop()
	outputs, ended, err := t.collect(storing)
	if err != nil && storing.Err() != nil {
		return sched.Result{State: sched.Canceled, Detail: Ended{ExitCode: t.exit}}
	}
	if err != nil {
		return t.failed(blame(err, t.dir))
	}
	ended.ExitCode, ended.Description = t.exit, t.desc
	return sched.Result{State: sched.Completed, Outputs: outputs, Detail: ended}
}

// outlive is a context that ends a while after ctx does.
func outlive(ctx context.Context, by time.Duration) (context.Context, func()) {
	longer, end := context.WithCancel(context.WithoutCancel(ctx))
	disarm := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(by, end)
		<-longer.Done()
		timer.Stop()
	})
	return longer, func() { disarm(); end() }
}

func (t *task) failed(err error) sched.Result {
	var e *Error
	if !errors.As(err, &e) {
		err = &Error{Code: SystemError, Exit: -1, Err: err}
	}
	return sched.Result{State: sched.Failed, Err: err, Detail: Ended{ExitCode: t.exit, Description: t.desc}}
}

// stopped is how a step ends whose process did not exit with 0. What it has
// left in outputs/ is kept. A step that failed by itself has failed, also when
// the run was being cancelled.
func (t *task) stopped(err error) sched.Result {
	res := t.failed(err)
	if keep := t.keepFolders(); keep != nil {
		res = t.failed(errors.Join(err, keep))
	}
	var e *Error
	switch {
	case errors.Is(err, context.Canceled):
		res.State, res.Err = sched.Canceled, nil
	case errors.As(err, &e) && e.Code == Timeout:
		// Azure ML cancels a job whose time is up.
		res.State = sched.Canceled
	}
	return res
}

// prepare lays out the folders, stages code and inputs, and renders the
// command.
func (t *task) prepare(ctx context.Context, made sched.Made) (string, error) {
	if err := t.layOut(); err != nil {
		return "", err
	}
	if err := t.stageCode(ctx); err != nil {
		return "", err
	}
	if err := t.stageInputs(ctx, made); err != nil {
		return "", err
	}
	if err := t.placeOutputs(); err != nil {
		return "", err
	}
	command, err := plan.Render(t.node.Command, t.inputs, t.outputs)
	if err != nil {
		return "", userError("render the command: %w", err)
	}
	return command, nil
}

func userError(format string, args ...any) error {
	return &Error{Code: UserError, Exit: -1, Err: fmt.Errorf(format, args...)}
}

// Folders of a job. run/ is private to the process and goes when it ends.
const (
	runFolder     = "run"
	userLogs      = "user_logs"
	driverLogs    = "azureml-logs"
	systemLogs    = "system_logs"
	outputsFolder = "outputs"
	logsFolder    = "logs"
)

// StdLog is the log of a step within its job's folder; DriverLog is the name
// that it has for users of SDK v1.
const (
	StdLog    = "user_logs/std_log.txt"
	DriverLog = "azureml-logs/70_driver_log.txt"
)

// JobFolders makes the folders that every job has, in dir, whose parent is
// there.
func JobFolders(dir string) error {
	for _, f := range []string{"", userLogs, driverLogs, outputsFolder, logsFolder, systemLogs} {
		if err := makeFolder(filepath.Join(dir, f)); err != nil {
			return fmt.Errorf("make the folders of a job: %w", err)
		}
	}
	return nil
}

// GroupFolders makes what the folder of a pipeline holds, which has no process
// and so says nothing.
func GroupFolders(dir string) error {
	if err := JobFolders(dir); err != nil {
		return err
	}
	for _, name := range []string{StdLog, DriverLog} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			return fmt.Errorf("make the folders of a job: %w", err)
		}
	}
	return nil
}

// Discard removes what was private to the process of a step, in its job's
// folder dir.
func Discard(dir string) error {
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return nil // a link is another job's folder, which answered for this one
	}
	return blob.RemoveAll(filepath.Join(dir, runFolder))
}

// makeFolder makes one folder, for its owner alone, if it is not there. It is
// one call to the system where os.MkdirAll takes two.
func makeFolder(dir string) error {
	err := os.Mkdir(dir, 0o700)
	if errors.Is(err, os.ErrExist) {
		if info, serr := os.Stat(dir); serr == nil && info.IsDir() {
			return nil
		}
	}
	return err
}

func (t *task) layOut() error {
	if err := JobFolders(t.dir); err != nil {
		return err
	}
	run := filepath.Join(t.dir, runFolder)
	if !missing(run) {
		if err := blob.RemoveAll(run); err != nil {
			return fmt.Errorf("clear what an earlier attempt left: %w", err)
		}
	}
	t.wd = filepath.Join(run, "wd")
	dirs := []string{run, t.wd}
	if len(t.node.Inputs) > 0 {
		dirs = append(dirs, filepath.Join(run, "inputs"))
	}
	if len(t.node.Outputs) > 0 {
		dirs = append(dirs, filepath.Join(run, "outputs"))
	}
	for _, dir := range dirs {
		if err := makeFolder(dir); err != nil {
			return fmt.Errorf("make the working folder: %w", err)
		}
	}
	return nil
}

// openLog creates the log under both its names; they are one file.
func (t *task) openLog() error {
	name, other := filepath.Join(t.dir, StdLog), filepath.Join(t.dir, DriverLog)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open the step's log: %w", err)
	}
	t.log = f
	if err := os.Remove(other); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("open the step's log: %w", err)
	}
	// Where files cannot be linked, the copy is made at the end.
	_ = os.Link(name, other)
	return nil
}

func (t *task) execute(ctx context.Context, command string) error {
	var out io.Writer = t.log
	if t.Wrap != nil {
		w := t.Wrap(t.log)
		defer w.Close()
		out = w
	}
	exit, err := t.Executor.Run(ctx, executor.Task{
		Name: t.node.Path, Command: command, Dir: t.wd, Env: t.environment(), Output: out,
		Timeout: time.Duration(t.node.TimeoutSeconds) * time.Second, Grace: t.Grace,
	})
	if exit.PID != 0 {
		t.exit = &exit.Code
	}
	if err != nil && exit.PID == 0 {
		return &Error{Code: SystemError, Exit: -1, Err: fmt.Errorf("start the step's process: %w", err)}
	}
	if err != nil && !exit.Canceled && !exit.TimedOut {
		return &Error{Code: SystemError, Exit: exit.Code, Err: err}
	}
	switch {
	case exit.TimedOut:
		return &Error{Code: Timeout, Exit: exit.Code, Err: fmt.Errorf("limits.timeout of %d seconds ran out", t.node.TimeoutSeconds)}
	case exit.Canceled:
		return context.Canceled
	case exit.Signal != "":
		return &Error{Code: UserError, Exit: exit.Code, Err: fmt.Errorf("the process was ended by signal %s", exit.Signal)}
	case exit.Code != 0:
		return &Error{Code: UserError, Exit: exit.Code, Err: errors.New("the process exited with status " + strconv.Itoa(exit.Code))}
	}
	return nil
}

// cleanup removes what was private to the process. After a failure the
// working copy stays: that is where one looks for the reason, unless that is a
// full disk.
func (t *task) cleanup(res sched.Result) {
	t.linkLog()
	run := filepath.Join(t.dir, runFolder)
	if res.State == sched.Failed && !diskFull(res.Err) {
		_ = blob.RemoveAll(filepath.Join(run, "inputs"))
		_ = blob.RemoveAll(filepath.Join(run, "outputs"))
		return
	}
	// A folder that cannot be removed is litter, not a fault of the step.
	_ = blob.RemoveAll(run)
}

// linkLog gives the log its second name where that was not possible at the
// start.
func (t *task) linkLog() {
	other := filepath.Join(t.dir, DriverLog)
	if t.log == nil {
		return
	}
	if _, err := os.Stat(other); err == nil {
		return
	}
	if text, err := os.ReadFile(filepath.Join(t.dir, StdLog)); err == nil {
		_ = os.WriteFile(other, text, 0o600)
	}
}
