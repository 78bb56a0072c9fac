package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// Why tells why a step ran, or why it did not.
type Why struct {
	// Job is the root job, Step the step's path in it.
	Job  string `json:"job"`
	Step string `json:"step"`
	// Reused is the job that answered; empty when the step ran.
	Reused string `json:"reused,omitempty"`
	// Never says why the step is never reused; empty when it may be.
	Never string `json:"never,omitempty"`
	// Against is the earlier execution that it is compared with, and Root its
	// root job; empty when there was none.
	Against string `json:"against,omitempty"`
	Root    string `json:"against_root,omitempty"`
	// Changes are what differs from that. With none, the result of the earlier
	// execution was not there to be reused: it failed, it was collected, or
	// the run was forced.
	Changes []KeyChange `json:"changes,omitempty"`
}

// KeyChange is one part of a step's key that differs.
type KeyChange struct {
	Field string `json:"field"`
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
	// Parts are the files, packages or lines that make the difference.
	Parts []PartChange `json:"parts,omitempty"`
}

// PartChange is a file, or a package, that differs.
type PartChange struct {
	Name string `json:"name"`
	// Kind is added, removed or changed.
	Kind string `json:"kind"`
	// Line is the first line that differs, of a text file; 0 when not known.
	Line int    `json:"line,omitempty"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// how many earlier root jobs are looked through for an execution to compare
// with, and how many executions are compared.
const (
	earlierJobs       = 200
	earlierExecutions = 20
)

// Why compares a step with the nearest earlier execution of it.
func (l *Local) Why(ctx context.Context, scope workspace.Scope, root, path string) (Why, error) {
	job, err := l.ledger.Job(ctx, scope, root)
	if err != nil {
		return Why{}, err
	}
	if job.Parent != "" {
		return Why{}, fmt.Errorf("%s is a step: name its job %s: %w", root, job.Root, workspace.ErrInvalid)
	}
	steps, err := l.ledger.Steps(ctx, scope, root)
	if err != nil {
		return Why{}, err
	}
	this := findStep(steps, path)
	if this == nil {
		return Why{}, fmt.Errorf("job %s has no step %q: %w", root, path, workspace.ErrNotFound)
	}
	w := Why{Job: root, Step: path, Reused: this.Properties[PropertyReusedFrom]}
	descriptions, err := l.descriptions(ctx, scope, root)
	if err != nil {
		return w, err
	}
	desc, ok := descriptions[this.Name]
	switch {
	case w.Reused != "":
		return w, nil
	case !ok || l.notReusable(root, path):
		w.Never = l.never(root, path, this)
		return w, nil
	}
	return w, l.compare(ctx, scope, &w, job, desc)
}

func findStep(steps []*workspace.Job, path string) *workspace.Job {
	for _, s := range steps {
		if s.Step == path && (path != "" || s.Parent == "") {
			return s
		}
	}
	return nil
}

// descriptions are the key descriptions of a job's steps, by job name.
func (l *Local) descriptions(ctx context.Context, scope workspace.Scope, root string) (map[string]cache.Description, error) {
	events, err := l.ledger.Events(ctx, scope, root, 0, 0)
	if err != nil {
		return nil, err
	}
	out := map[string]cache.Description{}
	for _, e := range events {
		var data struct {
			Key string `json:"key"`
		}
		if len(e.Data) == 0 || json.Unmarshal(e.Data, &data) != nil || data.Key == "" {
			continue
		}
		if d, err := cache.ParseDescription(data.Key); err == nil {
			out[e.Job] = d
		}
	}
	return out, nil
}

// notReusable reports whether a step of a job was never to be reused.
func (l *Local) notReusable(root, path string) bool {
	p, err := l.recordedPlan(root)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(p.Nodes, func(n *plan.Node) bool { return n.Path == path && !n.Reusable })
}

// recordedPlan is the plan of a job that was submitted earlier.
func (l *Local) recordedPlan(root string) (*plan.Plan, error) {
	dir, err := l.JobDir(root)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, planFile))
	if err != nil {
		return nil, fmt.Errorf("read the plan of job %s: %w", root, err)
	}
	p := &plan.Plan{}
	if err := json.Unmarshal(text, p); err != nil {
		return nil, fmt.Errorf("read the plan of job %s: %w", root, err)
	}
	return p, nil
}

// never says why a step has no key.
func (l *Local) never(root, path string, job *workspace.Job) string {
	switch {
	case job.Type == "pipeline":
		return "a pipeline step is reused step by step: ask for one of its own steps"
	case path == "":
		return "a standalone command job always runs"
	case job.Status == workspace.Canceled || job.Started.IsZero():
		return "it did not run"
	}
	p, err := l.recordedPlan(root)
	switch {
	case err == nil && p.ForceRerun:
		return "settings.force_rerun makes every step run"
	case l.notReusable(root, path):
		return "its component says is_deterministic: false"
	}
	return "its key is not on record"
}

// compare fills in w with the nearest of the earlier executions.
func (l *Local) compare(ctx context.Context, scope workspace.Scope, w *Why, job *workspace.Job, desc cache.Description) error {
	near, err := l.nearest(ctx, scope, w.Step, job, desc)
	if err != nil || near == nil {
		return err
	}
	w.Against, w.Root = near.job, near.root
	blobs, err := l.Blobs()
	if err != nil {
		return err
	}
	for _, d := range cache.Diff(near.desc, desc) {
		w.Changes = append(w.Changes, explainChange(ctx, blobs, d))
	}
	return nil
}

type execution struct {
	job, root string
	desc      cache.Description
}

// nearest is the earlier execution of a step whose key differs least; of equal
// ones the latest. before may be nil: then all jobs are earlier.
func (l *Local) nearest(ctx context.Context, scope workspace.Scope, path string, before *workspace.Job, desc cache.Description) (*execution, error) {
	roots, err := l.ledger.Jobs(ctx, workspace.Filter{Scope: scope, Archived: "all", Limit: earlierJobs})
	if err != nil {
		return nil, err
	}
	var best *execution
	seen, fewest := 0, 0
	for _, root := range roots {
		if before != nil && (root.Name == before.Name || root.Created.After(before.Created)) || seen >= earlierExecutions {
			continue
		}
		found, err := l.executionIn(ctx, scope, root.Name, path)
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		seen++
		if n := len(cache.Diff(found.desc, desc)); best == nil || n < fewest {
			best, fewest = found, n
		}
		if fewest == 0 {
			break
		}
	}
	return best, nil
}

func (l *Local) executionIn(ctx context.Context, scope workspace.Scope, root, path string) (*execution, error) {
	descriptions, err := l.descriptions(ctx, scope, root)
	if err != nil || len(descriptions) == 0 {
		return nil, err
	}
	steps, err := l.ledger.Steps(ctx, scope, root)
	if err != nil {
		return nil, err
	}
	s := findStep(steps, path)
	if s == nil {
		return nil, nil //nolint:nilnil // no such execution
	}
	d, ok := descriptions[s.Name]
	if !ok {
		return nil, nil //nolint:nilnil // no such execution
	}
	return &execution{s.Name, root, d}, nil
}

// explainChange finds what makes the difference within a field.
func explainChange(ctx context.Context, blobs *blob.Store, d cache.Difference) KeyChange {
	c := KeyChange{Field: d.Field, Old: d.Old, New: d.New}
	var parts []PartChange
	var err error
	switch {
	case d.Added || d.Removed:
	case d.Field == "code":
		parts, err = treeChanges(ctx, blobs, d.Old, d.New)
	case d.Field == step.PackagesField:
		parts, err = packageChanges(blobs, d.Old, d.New)
	case strings.HasPrefix(d.Old, "folder ") && strings.HasPrefix(d.New, "folder "):
		parts, err = treeChanges(ctx, blobs, strings.TrimPrefix(d.Old, "folder "), strings.TrimPrefix(d.New, "folder "))
	case strings.HasPrefix(d.Old, "file ") && strings.HasPrefix(d.New, "file "):
		parts, err = fileChanges(blobs, d.Old, d.New)
	}
	if err != nil {
		// Content that was collected since: the digests still tell apart.
		return c
	}
	c.Parts = parts
	return c
}

// treeChanges are the files in which two trees differ.
func treeChanges(ctx context.Context, blobs *blob.Store, old, now string) ([]PartChange, error) {
	before, err := treeOf(ctx, blobs, old)
	if err != nil {
		return nil, err
	}
	after, err := treeOf(ctx, blobs, now)
	if err != nil {
		return nil, err
	}
	var out []PartChange
	for _, e := range after.Entries {
		was, ok := before.Find(e.Path)
		switch {
		case !ok:
			out = append(out, PartChange{Name: e.Path, Kind: "added"})
		case was.Digest != e.Digest:
			out = append(out, contentChange(blobs, e.Path, was.Digest, e.Digest))
		case was != e:
			out = append(out, PartChange{Name: e.Path, Kind: "changed", Old: entryKind(was), New: entryKind(e)})
		}
	}
	for _, e := range before.Entries {
		if _, ok := after.Find(e.Path); !ok {
			out = append(out, PartChange{Name: e.Path, Kind: "removed"})
		}
	}
	return out, nil
}

func treeOf(ctx context.Context, blobs *blob.Store, digest string) (blob.Tree, error) {
	if digest == "" {
		return blob.Tree{}, nil
	}
	d, err := blob.ParseDigest(digest)
	if err != nil {
		return blob.Tree{}, err
	}
	return blobs.GetTree(ctx, d)
}

func entryKind(e blob.Entry) string {
	switch {
	case e.Link != "":
		return "link to " + e.Link
	case e.Dir:
		return "folder"
	case e.Executable:
		return "executable"
	}
	return "not executable"
}

// maxCompared bounds the files of which lines are compared.
const maxCompared = 4 << 20

// contentChange is a changed file, with the first line that differs.
func contentChange(blobs *blob.Store, name string, old, now blob.Digest) PartChange {
	c := PartChange{Name: name, Kind: "changed"}
	a, errA := readBlob(blobs, old)
	b, errB := readBlob(blobs, now)
	if errA != nil || errB != nil || bytes.IndexByte(a, 0) >= 0 || bytes.IndexByte(b, 0) >= 0 {
		return c // not text, too large, or gone
	}
	before, after := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	i := 0
	for i < len(before) && i < len(after) && before[i] == after[i] {
		i++
	}
	c.Line = i + 1
	if i < len(before) {
		c.Old = before[i]
	}
	if i < len(after) {
		c.New = after[i]
	}
	return c
}

var errTooLarge = errors.New("too large to compare")

func readBlob(blobs *blob.Store, d blob.Digest) ([]byte, error) {
	info, err := blobs.Stat(d)
	if err != nil {
		return nil, err
	}
	if info.Size > maxCompared {
		return nil, errTooLarge
	}
	f, err := blobs.Open(d)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text := make([]byte, info.Size)
	_, err = f.ReadAt(text, 0)
	if info.Size == 0 {
		err = nil
	}
	return text, err
}

// fileChanges compares two inputs that are one file each: "file NAME DIGEST".
func fileChanges(blobs *blob.Store, old, now string) ([]PartChange, error) {
	oldName, oldDigest, okOld := cutLast(strings.TrimPrefix(old, "file "))
	newName, newDigest, okNew := cutLast(strings.TrimPrefix(now, "file "))
	if !okOld || !okNew {
		return nil, errors.New("not a file")
	}
	if oldDigest == newDigest {
		return []PartChange{{Name: newName, Kind: "changed", Old: oldName, New: newName}}, nil
	}
	return []PartChange{contentChange(blobs, newName, blob.Digest(oldDigest), blob.Digest(newDigest))}, nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// packageChanges are the Python packages that were added, removed or changed.
func packageChanges(blobs *blob.Store, old, now string) ([]PartChange, error) {
	a, err := readBlob(blobs, blob.Digest(old))
	if err != nil {
		return nil, err
	}
	b, err := readBlob(blobs, blob.Digest(now))
	if err != nil {
		return nil, err
	}
	before, after := packages(a), packages(b)
	var out []PartChange
	for name, v := range after {
		was, ok := before[name]
		switch {
		case !ok:
			out = append(out, PartChange{Name: name, Kind: "added", New: v})
		case was != v:
			out = append(out, PartChange{Name: name, Kind: "changed", Old: was, New: v})
		}
	}
	for name, v := range before {
		if _, ok := after[name]; !ok {
			out = append(out, PartChange{Name: name, Kind: "removed", Old: v})
		}
	}
	slices.SortFunc(out, func(a, b PartChange) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func packages(list []byte) map[string]string {
	out := map[string]string{}
	for line := range strings.Lines(string(list)) {
		name, version, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		out[name] = version
	}
	return out
}
