package step

import (
	"context"
	"fmt"
	"path"
	"path/filepath"

	"github.com/ischia-ml/ischia/internal/blob"
	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/internal/sched"
	"github.com/ischia-ml/ischia/pipeline"
)

// stageCode gives the step its own copy of the code folder.
func (t *task) stageCode(ctx context.Context) error {
	for _, dir := range []string{outputsFolder, logsFolder} {
		// Azure ML has made them before a step starts. Where the code has a
		// file of that name, the file stays.
		defer func() { _ = makeFolder(filepath.Join(t.wd, dir)) }()
	}
	tree, err := t.takeCode(ctx)
	if err != nil {
		return err
	}
	if err := t.Blobs.MaterializeTree(ctx, tree, t.wd, blob.Mode{}); err != nil {
		return fmt.Errorf("copy the code %s: %w", t.node.Code, err)
	}
	return nil
}

// takeCode is the tree of the step's code, with what is put beside it.
func (t *task) takeCode(ctx context.Context) (blob.Tree, error) {
	if t.node.Code == "" && len(t.node.Includes) == 0 {
		return blob.Tree{}, nil
	}
	found, err := t.locals.code(ctx, t.node.Code, t.node.Includes, t.node.Command)
	if err != nil {
		return blob.Tree{}, err
	}
	t.code = found.digest
	return found.Tree, nil
}

func (t *task) stageInputs(ctx context.Context, made sched.Made) error {
	for _, in := range t.node.Inputs {
		port := Port{Name: in.Name, Type: in.Type, Mode: in.Mode, URI: in.URI, Binding: in.Binding, Value: in.Value}
		text, ok, err := t.stageInput(ctx, in, made, &port)
		if err != nil {
			return fmt.Errorf("input %s: %w", in.Name, err)
		}
		if ok {
			t.inputs[in.Name] = text
		}
		t.ports = append(t.ports, port)
	}
	return nil
}

// stageInput puts an input in place and returns the text that the command
// gets for it; ok is false for an optional input without a value.
func (t *task) stageInput(ctx context.Context, in plan.Input, made sched.Made, port *Port) (string, bool, error) {
	direct := pipeline.Mode(in.Mode) == pipeline.Direct
	switch {
	case in.Value != nil:
		return *in.Value, true, nil
	case in.From != nil:
		return t.stageArtifact(ctx, in, made, port, direct)
	case in.Local != "":
		// In mode direct too: the address is that of the copy that was taken.
		port.URI = in.Address(t.Root)
		return t.stageLocal(ctx, in, port)
	case in.URI != "" && direct:
		return in.URI, true, nil
	case in.URI != "":
		return t.stageURI(ctx, in, port)
	}
	return "", false, nil
}

func (t *task) stageArtifact(ctx context.Context, in plan.Input, made sched.Made, port *Port, direct bool) (string, bool, error) {
	a, ok := made(*in.From)
	if !ok {
		return "", false, userError("output %s of the step before was not made", in.From.Output)
	}
	port.URI, port.Digest = a.URI, a.Digest
	if direct {
		return a.URI, true, nil
	}
	d, err := blob.ParseDigest(a.Digest)
	if err != nil {
		return "", false, err
	}
	if !a.Folder {
		dst, err := t.inputFile(in.Name, a.File)
		if err != nil {
			return "", false, err
		}
		return dst, true, t.Blobs.Materialize(ctx, d, dst, 0o444)
	}
	tree, err := t.Blobs.GetTree(ctx, d)
	if err != nil {
		return "", false, err
	}
	return t.stageTree(ctx, in.Name, Found{Tree: tree})
}

// stageLocal stages a file or folder that the plan names.
func (t *task) stageLocal(ctx context.Context, in plan.Input, port *Port) (string, bool, error) {
	found, err := t.locals.data(ctx, in.Local)
	if err != nil {
		return "", false, err
	}
	port.Digest = string(found.digest)
	return t.stageTree(ctx, in.Name, found.Found)
}

func (t *task) stageURI(ctx context.Context, in plan.Input, port *Port) (string, bool, error) {
	found, err := t.find(ctx, in)
	if err != nil {
		return "", false, err
	}
	port.Digest = string(found.Tree.Digest())
	return t.stageTree(ctx, in.Name, found)
}

// stageTree writes data into the step's inputs, read-only, and returns where.
func (t *task) stageTree(ctx context.Context, name string, f Found) (string, bool, error) {
	dst := filepath.Join(t.dir, runFolder, "inputs", name)
	if err := t.Blobs.MaterializeTree(ctx, f.Tree, dst, blob.Mode{ReadOnly: true}); err != nil {
		return "", false, err
	}
	if f.File != "" {
		return filepath.Join(dst, f.File), true, nil
	}
	return dst, true, nil
}

func (t *task) inputFile(name, file string) (string, error) {
	dir := filepath.Join(t.dir, runFolder, "inputs", name)
	if err := makeFolder(dir); err != nil {
		return "", fmt.Errorf("make the input's folder: %w", err)
	}
	return filepath.Join(dir, path.Base(file)), nil
}
