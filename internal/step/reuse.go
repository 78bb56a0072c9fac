package step

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/cache"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
)

// Answer is the result of a step that an earlier execution answers. It is asked
// before Do, which goes on with what was found out here.
func (r *Runner) Answer(ctx context.Context, n *plan.Node, made sched.Made) (sched.Result, any, bool) {
	if r.c.Cache == nil || n.Path == "" {
		return sched.Result{}, nil, false
	}
	t := r.task(n)
	if t.identify(ctx, made) != nil || t.desc == nil {
		return sched.Result{}, nil, false // Do meets the same fault, and says so
	}
	entry, ok := t.earlier(ctx, t.desc.Key)
	if !ok {
		r.known.Store(n.Index, identity{t.desc, t.code})
		return sched.Result{}, nil, false
	}
	outputs, ended, err := t.restore(ctx, entry)
	if err != nil {
		t.warn("the result of %s cannot be reused: %v", n.Path, err)
		return sched.Result{}, nil, false
	}
	if f, ok := t.Finished[n.Path]; ok && f.Key == entry.Key && n.Reusable {
		t.remind(ctx, entry)
	}
	t.Cache.Touch(entry.Key, time.Now())
	t.linkFolder(entry.Job)
	command, _ := t.desc.Get("command")
	started := Started{Command: command, Code: string(t.code), Inputs: t.identified(made)}
	return sched.Result{State: sched.Completed, Outputs: outputs, Detail: ended}, started, true
}

// identity is what is known of a step before it runs.
type identity struct {
	desc *cache.Identity
	code blob.Digest
}

// identify finds out what the step's result depends on. It leaves desc nil when
// that holds a secret: a key would give it away.
func (t *task) identify(ctx context.Context, made sched.Made) error {
	desc, err := t.describe(ctx, made)
	if err != nil {
		return err
	}
	if id := desc.Identity(); t.Hide == nil || t.Hide(id.Text) == id.Text {
		t.desc = id
	}
	return nil
}

// linkFolder makes the job's folder a link to that of the job that answered,
// which holds the logs. Where there is none (it ran on another machine) or
// links cannot be made, the step has no logs here.
func (t *task) linkFolder(job string) {
	old := filepath.Join(filepath.Dir(t.dir), job)
	if info, err := os.Lstat(old); err == nil && info.IsDir() {
		_ = os.Symlink(job, t.dir)
	}
}

func (t *task) warn(format string, args ...any) {
	if t.Warn != nil {
		t.Warn(fmt.Sprintf(format, args...))
	}
}

// Finished is a step that an earlier attempt has completed.
type Finished struct {
	Key     cache.Key
	Job     string
	Outputs []cache.Output
}

// earlier is the result of an earlier execution with this key: of the attempt
// that is gone on with, or of any.
func (t *task) earlier(ctx context.Context, key cache.Key) (cache.Entry, bool) {
	if f, ok := t.Finished[t.node.Path]; ok && f.Key == key {
		entry := cache.Entry{Key: key, Job: f.Job, Outputs: f.Outputs}
		return entry, t.whole(ctx, entry, t.Blobs)
	}
	if t.Force || !t.node.Reusable {
		return cache.Entry{}, false
	}
	return t.answer(ctx, key)
}

// remind puts the result of a step that an earlier attempt has completed back
// into the cache, when it is not there any more.
func (t *task) remind(ctx context.Context, entry cache.Entry) {
	if _, ok, err := t.Cache.Answer(entry.Key); ok && err == nil {
		return
	}
	entry.Description, entry.Step, entry.Created = t.desc.Text, t.node.Path, time.Now().UTC()
	entry.Root = t.Job(&plan.Node{Index: -1})
	if err := t.share(ctx, entry); err != nil {
		t.warn("STEP CACHE: what %s made is not remembered: %v", t.node.Path, err)
	}
}

// answer is the entry of a key, if it and all it made are there and whole.
func (t *task) answer(ctx context.Context, key cache.Key) (cache.Entry, bool) {
	entry, ok, err := t.Cache.Answer(key)
	switch {
	case errors.Is(err, cache.ErrDamaged):
		t.warn("%v: the step runs again", err)
		if err := t.Cache.Remove(key); err != nil {
			t.warn("%v", err)
		}
		return entry, false
	case err != nil:
		t.warn("%v: the step runs again", err)
		return entry, false
	case !ok:
		return entry, false
	}
	return entry, t.whole(ctx, entry, t.CacheBlobs)
}

// whole reports whether all that an entry refers to is there.
func (t *task) whole(ctx context.Context, entry cache.Entry, from *blob.Store) bool {
	for _, out := range entry.Outputs {
		if err := t.fetch(ctx, out, from); err != nil {
			t.warn("what step %s made earlier is gone or was changed, so it runs again: output %s: %v", t.node.Path, out.Name, err)
			return false
		}
	}
	return true
}

// fetch sees to it that an output's content is in the home's store, whole.
func (t *task) fetch(ctx context.Context, out cache.Output, from *blob.Store) error {
	d, err := blob.ParseDigest(out.Digest)
	if err != nil {
		return err
	}
	if err := transfer(ctx, from, t.Blobs, d); err != nil || !out.Folder {
		return err
	}
	tree, err := t.Blobs.GetTree(ctx, d)
	if err != nil {
		return err
	}
	for _, e := range tree.Entries {
		if e.Dir || e.Link != "" {
			continue
		}
		if err := transfer(ctx, from, t.Blobs, e.Digest); err != nil {
			return err
		}
	}
	return nil
}

// transfer copies a blob from one store to another, and checks one that is
// there already: it costs a look at the file when nobody touched it.
func transfer(ctx context.Context, from, to *blob.Store, d blob.Digest) error {
	if from == to || to.Has(d) {
		return checkBlob(ctx, to, d)
	}
	if err := checkBlob(ctx, from, d); err != nil {
		return err
	}
	f, err := from.Open(d)
	if err != nil {
		return err
	}
	defer f.Close()
	got, _, err := to.PutReader(ctx, f)
	if err == nil && got != d {
		err = fmt.Errorf("blob %s: %w", d, blob.ErrDamaged)
	}
	return err
}

// checkBlob checks a blob, and removes one whose content is not its own: it is
// of no use to anybody, and would stand in the way of the right content.
func checkBlob(ctx context.Context, s *blob.Store, d blob.Digest) error {
	err := s.Check(ctx, d)
	if errors.Is(err, blob.ErrDamaged) {
		return errors.Join(err, s.Remove(d))
	}
	return err
}

// restore is an entry as the result of this step.
func (t *task) restore(ctx context.Context, entry cache.Entry) (map[string]sched.Artifact, Ended, error) {
	made := map[string]sched.Artifact{}
	ended := Ended{Description: t.desc, Reused: entry.Job}
	for _, out := range t.node.Outputs {
		place, err := t.Place(t.node, out)
		if err != nil {
			return nil, ended, err
		}
		port := Port{Name: out.Name, Type: out.Type, Mode: out.Mode, URI: place.URI(), Binding: out.Binding}
		for _, kept := range entry.Outputs {
			if kept.Name != out.Name {
				continue
			}
			port.Digest = kept.Digest
			made[out.Name] = sched.Artifact{Type: out.Type, URI: port.URI, Digest: kept.Digest, Folder: kept.Folder, File: kept.File}
			files, err := t.filesOf(ctx, place, kept)
			if err != nil {
				return nil, ended, err
			}
			ended.Files = append(ended.Files, files...)
		}
		ended.Outputs = append(ended.Outputs, port)
	}
	return made, ended, nil
}

// filesOf is what an output puts on its datastore.
func (t *task) filesOf(ctx context.Context, place Place, kept cache.Output) ([]File, error) {
	if !kept.Folder && kept.Size == 0 {
		info, err := t.Blobs.Stat(blob.Digest(kept.Digest))
		if err != nil {
			return nil, err
		}
		kept.Size = info.Size
	}
	if !kept.Folder {
		return []File{{Datastore: place.Datastore, Path: place.Path, Digest: kept.Digest, Size: kept.Size, Executable: kept.Executable}}, nil
	}
	tree, err := t.Blobs.GetTree(ctx, blob.Digest(kept.Digest))
	if err != nil {
		return nil, err
	}
	return place.files(tree), nil
}

// identified are the inputs as they are recorded for a step that did not run.
func (t *task) identified(made sched.Made) []Port {
	var ports []Port
	for _, in := range t.node.Inputs {
		port := Port{Name: in.Name, Type: in.Type, Mode: in.Mode, URI: in.URI, Binding: in.Binding, Value: in.Value}
		switch {
		case in.From != nil:
			if a, ok := made(*in.From); ok {
				port.URI, port.Digest = a.URI, a.Digest
			}
		case in.Local != "":
			port.URI = in.Address(t.Root)
		}
		ports = append(ports, port)
	}
	return ports
}

// keep remembers what the step has made. A cache that cannot be written is a
// loud warning: the run is good, the next one will be slower.
func (t *task) keep(ctx context.Context, res sched.Result, took time.Duration) {
	entry := cache.Entry{
		Key: t.desc.Key, Description: t.desc.Text, Job: t.Job(t.node), Root: t.Job(&plan.Node{Index: -1}), Step: t.node.Path,
		Created: time.Now().UTC(), Took: took,
	}
	ended, _ := res.Detail.(Ended)
	for _, out := range t.node.Outputs {
		a, ok := res.Outputs[out.Name]
		if !ok {
			continue
		}
		kept := cache.Output{Name: out.Name, Type: a.Type, Digest: a.Digest, Folder: a.Folder, File: a.File}
		for _, f := range ended.Files {
			if !a.Folder && f.Digest == a.Digest {
				kept.Size, kept.Executable = f.Size, f.Executable
			}
		}
		entry.Outputs = append(entry.Outputs, kept)
	}
	if err := t.share(ctx, entry); err != nil {
		t.warn("STEP CACHE: what %s made is not remembered: %v", t.node.Path, err)
	}
}

// share puts an entry, and what it refers to, where others find it.
func (t *task) share(ctx context.Context, entry cache.Entry) error {
	if t.CacheBlobs != t.Blobs && !t.Cache.ReadOnly() {
		for _, out := range entry.Outputs {
			if err := t.shareOutput(ctx, out); err != nil {
				return fmt.Errorf("output %s: %w", out.Name, err)
			}
		}
	}
	return t.Cache.Put(entry)
}

func (t *task) shareOutput(ctx context.Context, out cache.Output) error {
	d := blob.Digest(out.Digest)
	if out.Folder {
		tree, err := t.Blobs.GetTree(ctx, d)
		if err != nil {
			return err
		}
		for _, e := range tree.Entries {
			if e.Dir || e.Link != "" {
				continue
			}
			if err := t.lend(ctx, e.Digest); err != nil {
				return err
			}
		}
	}
	return t.lend(ctx, d)
}

// lend puts a blob into the shared store, where it counts as used until the
// entry is there that refers to it.
func (t *task) lend(ctx context.Context, d blob.Digest) error {
	if err := transfer(ctx, t.Blobs, t.CacheBlobs, d); err != nil {
		return err
	}
	if t.CacheBlobs.Use(d) == nil {
		return nil
	}
	return transfer(ctx, t.Blobs, t.CacheBlobs, d) // it was collected this very moment
}

// Explanation is what would become of a step that is not run now.
type Explanation struct {
	// Hit: an earlier job answers. Entry is it.
	Hit   bool
	Entry cache.Entry
	// Description is nil when nothing is reused at all.
	Description *cache.Description
}

// Explain tells what Do would do, and does nothing.
func (r *Runner) Explain(ctx context.Context, n *plan.Node, made sched.Made) (Explanation, map[string]sched.Artifact, error) {
	if r.c.Cache == nil {
		return Explanation{}, nil, nil
	}
	t := r.task(n)
	desc, err := t.describe(ctx, made)
	if err != nil {
		return Explanation{}, nil, err
	}
	t.desc = desc.Identity()
	e := Explanation{Description: &desc}
	if e.Entry, e.Hit = t.earlier(ctx, t.desc.Key); !e.Hit {
		return e, nil, nil
	}
	outputs, _, err := t.restore(ctx, e.Entry)
	return e, outputs, err
}
