package armapi_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"sync"
	"time"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/armapi"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/ischia-ml/ischia/pipeline"
)

func anyTime() *regexp.Regexp {
	return regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)
}

// fakeRunner records orders and never runs them; tests move the jobs on with
// the ledger's Advance.
type fakeRunner struct {
	ledger *workspace.Workspace

	mu sync.Mutex
	// What follows is guarded by mu. refuse, when not nil, are the faults that
	// Accept finds in the next orders; orders are those it took; nodes are the
	// states of clusters, by name.
	refuse diag.List
	orders []workspace.Order
	nodes  map[string]workspace.Nodes
}

var _ workspace.Runner = (*fakeRunner)(nil)

// Accept records the job and its steps, one level of them.
func (f *fakeRunner) Accept(ctx context.Context, scope workspace.Scope, o workspace.Order) (*workspace.Job, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return nil, &workspace.Refused{Faults: f.refuse}
	}
	head := o.Job.Head()
	s := workspace.Submission{
		Name: o.Name, Type: "command", DisplayName: head.DisplayName.Value, Description: head.Description.Value,
		Experiment: o.Experiment, Tags: head.Tags, Properties: map[string]string{}, CreatedBy: o.CreatedBy,
		Definition: &workspace.Definition{Body: o.Body, Plan: []byte(`{}`)},
	}
	for _, properties := range []map[string]string{head.Properties, o.Properties} {
		for name, value := range properties {
			s.Properties[name] = value
		}
	}
	if s.Name == "" {
		s.Name = head.Name.Value
	}
	if s.Experiment == "" {
		s.Experiment = head.Experiment.Value
	}
	if p, ok := o.Job.(*pipeline.Pipeline); ok {
		s.Type = "pipeline"
		for _, step := range p.Steps {
			s.Steps = append(s.Steps, workspace.StepSubmission{Path: step.Name, Type: "command"})
		}
	}
	tree, err := f.ledger.Submit(ctx, scope, s)
	if err != nil {
		return nil, err
	}
	f.orders = append(f.orders, o)
	return tree.Root, nil
}

// Delete implements workspace.Runner.
func (f *fakeRunner) Delete(ctx context.Context, scope workspace.Scope, name string) error {
	return f.ledger.Delete(ctx, scope, name)
}

// accepted are the orders that were taken.
func (f *fakeRunner) accepted() []workspace.Order {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]workspace.Order(nil), f.orders...)
}

// refuseAll makes Accept refuse what comes next; nil ends that.
func (f *fakeRunner) refuseAll(faults diag.List) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refuse = faults
}

// setNodes makes Nodes say something of a cluster.
func (f *fakeRunner) setNodes(compute string, n workspace.Nodes) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.nodes == nil {
		f.nodes = map[string]workspace.Nodes{}
	}
	f.nodes[compute] = n
}

func (f *fakeRunner) Nodes(_ context.Context, _ workspace.Scope, compute string) (workspace.Nodes, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.nodes[compute], nil
}

// fakeContents finds what [harness.upload] put on a datastore. Digests are of
// the paths and the files' digests.
type fakeContents struct{ ledger *workspace.Workspace }

var _ workspace.Contents = (*fakeContents)(nil)

func (f *fakeContents) Snapshot(
	ctx context.Context, scope workspace.Scope, datastore, prefix string,
) (string, []string, error) {
	files, err := f.ledger.Files().List(ctx, scope, datastore, prefix, 0)
	if err != nil {
		return "", nil, err
	}
	if len(files) == 0 {
		return "", nil, fmt.Errorf("datastore %s has nothing at %s: %w", datastore, prefix, workspace.ErrNotFound)
	}
	if len(files) == 1 && files[0].Path == prefix {
		return ".file/" + files[0].Digest + "/" + path.Base(prefix), []string{files[0].Digest}, nil
	}
	sum := sha256.New()
	var digests []string
	for _, file := range files {
		fmt.Fprintf(sum, "%s %s\n", file.Path[len(prefix):], file.Digest)
		digests = append(digests, file.Digest)
	}
	tree := fmt.Sprintf("sha256:%x", sum.Sum(nil))
	return ".tree/" + tree, append(digests, tree), nil
}

// upload puts a file on a datastore, as a client of the storage door would.
func (h *harness) upload(datastore, name, text string) {
	h.t.Helper()
	err := h.ledger.Files().Put(h.t.Context(), []workspace.File{{
		Scope: h.scope, Datastore: datastore, Path: name,
		Digest: fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(text))), Size: int64(len(text)), Mode: 0o644, Modified: time.Now(),
	}})
	if err != nil {
		h.t.Fatal(err)
	}
}

// fakeStorage has an account whose signatures nobody checks.
type fakeStorage struct{}

var _ armapi.Storage = fakeStorage{}

func (fakeStorage) Account(scope workspace.Scope) string {
	return "ischia" + workspace.ID(scope)[:8]
}

func (fakeStorage) Container(_ workspace.Scope, datastore string) string {
	return "azureml-" + datastore
}

func (fakeStorage) Key(context.Context, workspace.Scope) (string, error) {
	return "a2V5LW9mLXRoZS10ZXN0cw==", nil
}

func (fakeStorage) SAS(
	_ context.Context, _ workspace.Scope, container, blob, permissions string, expiry time.Time,
) (string, error) {
	return url.Values{
		"sp": {permissions}, "se": {expiry.UTC().Format(time.RFC3339)}, "sig": {"for " + container + "/" + blob},
	}.Encode(), nil
}

func (f fakeStorage) URL(r *http.Request, scope workspace.Scope) string {
	return "http://" + r.Host + "/blob/" + f.Account(scope)
}
