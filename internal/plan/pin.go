package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// Pinner finds the content behind the names in a plan. It is asked the same
// more than once, and by several goroutines. What is a name of content already
// it gives back. When it answers [ErrNotPinned], the names stay as they are.
type Pinner interface {
	// Code is the content of the folder that a step with that command starts
	// in: the code, empty for none, with what is put beside it.
	Code(ctx context.Context, code string, includes []string, command string) (string, error)
	// Data is the content of a file or folder.
	Data(ctx context.Context, name string) (string, error)
	// Conda is the text of a conda file, as [Conda] writes it.
	Conda(ctx context.Context, name string) (string, error)
}

// ErrNotPinned says that what a name stands for is not known.
var ErrNotPinned = errors.New("not pinned")

// Pin is a plan that says by content what p says by name. p stays as it is;
// what differs is copied. A pinned plan needs nothing of the machine that it was
// made on: it names no file, and is the same wherever the definition lay and
// whichever way it came.
func Pin(ctx context.Context, p *Plan, pinner Pinner) (*Plan, error) {
	b := &pinning{Pinner: pinner}
	out := b.plan(p)
	group, ctx := errgroup.WithContext(ctx)
	// The steps of the plan may be at work meanwhile: they come first.
	group.SetLimit(max(1, runtime.GOMAXPROCS(0)/2))
	for _, ask := range b.asks {
		group.Go(func() error { return ask(ctx) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// pinning is the copy of a plan, and what is to be asked to fill it in. Each
// question has a place of its own, so they may be asked at once.
type pinning struct {
	Pinner
	asks []func(context.Context) error
}

// ask puts the answer to a question where it belongs, and empties what it
// stands in the place of.
func (b *pinning) ask(to *string, what string, question func(context.Context) (string, error), empty ...func()) {
	b.asks = append(b.asks, func(ctx context.Context) error {
		answer, err := question(ctx)
		switch {
		case errors.Is(err, ErrNotPinned):
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", what, err)
		}
		*to = answer
		for _, f := range empty {
			f()
		}
		return nil
	})
}

func (b *pinning) plan(p *Plan) *Plan {
	out := *p
	b.inputs(&out.Inputs, "")
	out.Nodes = make([]*Node, len(p.Nodes))
	nodes := make([]Node, len(p.Nodes)) // one piece of memory
	for i, n := range p.Nodes {
		nodes[i] = *n
		out.Nodes[i] = &nodes[i]
		b.node(out.Nodes[i])
	}
	return &out
}

func (b *pinning) node(n *Node) {
	b.inputs(&n.Inputs, n.Path)
	if code, includes := n.Code, n.Includes; code != "" || len(includes) > 0 {
		b.ask(&n.Code, at(n.Path, "code"), func(ctx context.Context) (string, error) {
			return b.Code(ctx, code, includes, n.Command)
		}, func() { n.Includes = nil })
	}
	if n.Environment != nil {
		e := *n.Environment
		b.environment(&e, at(n.Path, "environment"))
		n.Environment = &e
	}
}

// at names a part of a step for people.
func at(step, part string) string {
	if step == "" {
		return part
	}
	return "step " + step + ": " + part
}

// inputs copies a list of inputs in which something is to be pinned.
func (b *pinning) inputs(list *[]Input, step string) {
	if !slices.ContainsFunc(*list, func(in Input) bool { return in.Local != "" }) {
		return
	}
	*list = slices.Clone(*list)
	for i := range *list {
		in := &(*list)[i]
		if name := in.Local; name != "" {
			b.ask(&in.Local, at(step, "input "+in.Name), func(ctx context.Context) (string, error) { return b.Data(ctx, name) })
		}
	}
}

func (b *pinning) environment(e *EnvSpec, what string) {
	if build := e.Build; build != "" {
		b.ask(&e.Build, what, func(ctx context.Context) (string, error) { return b.Data(ctx, build) })
	}
	if file := e.CondaFile; file != "" {
		b.ask(&e.Conda, what, func(ctx context.Context) (string, error) { return b.Conda(ctx, file) }, func() { e.CondaFile = "" })
	}
}

// Conda is a conda specification in the one form that plans have it in: without
// comments, however it was written. What is no YAML stays as it is.
func Conda(text string) string {
	if text == "" {
		return ""
	}
	n, errs := yamlnode.Parse("", []byte(text))
	if errs.HasErrors() {
		return text
	}
	var b bytes.Buffer
	if err := yamlnode.Print(&b, n); err != nil {
		return text
	}
	return b.String()
}
