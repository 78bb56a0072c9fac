package load

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/internal/codec"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// maxPrinted is as much as can be read again.
const maxPrinted = 16 << 20

// Print is the YAML of a definition, its keys in the order in which people
// write them. Reading it in the folder of the definition gives the same model,
// places aside. What other files hold is referred to as it was written; a
// component that was read from a file of its own, for use in a pipeline written
// in Go, is referred to by the absolute name of that file.
//
// A $schema is printed that was read. One is added only where the kind could
// not be told without it.
func Print(def asset.Definition) ([]byte, error) {
	p := &printer{codec: codec.New(), components: map[*pipeline.Component]*yamlnode.Node{}}
	n := p.definition(def)
	if p.err != nil {
		return nil, fmt.Errorf("print the %s: %w", kindOf(def), p.err)
	}
	out := &limited{}
	if err := yamlnode.Print(out, n); err != nil {
		return nil, fmt.Errorf("print the %s: %w", kindOf(def), err)
	}
	return out.Bytes(), nil
}

// limited is a buffer that takes no more than maxPrinted.
type limited struct{ bytes.Buffer }

func (l *limited) Write(text []byte) (int, error) {
	if l.Len()+len(text) > maxPrinted {
		return 0, fmt.Errorf("it has more than %d MiB, which is more than can be read", maxPrinted>>20)
	}
	return l.Buffer.Write(text)
}

// printer makes the nodes of one definition.
type printer struct {
	codec *codec.Codec
	// file is where the definition was read from, or written in Go.
	file string
	// components are printed once; those that are begun are nil.
	components map[*pipeline.Component]*yamlnode.Node
	err        error
}

// fail keeps the first error.
func (p *printer) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// kindOf names what could not be printed.
func kindOf(def asset.Definition) string {
	if def == nil {
		return "definition"
	}
	return def.Kind()
}

func (p *printer) definition(def asset.Definition) *yamlnode.Node {
	switch d := def.(type) {
	case nil:
		p.err = errors.New("there is none")
		return nil
	case *pipeline.Pipeline:
		p.file = d.Range.File
		return p.certain(p.pipelineJob(d), d.Kind())
	case *pipeline.CommandJob:
		p.file = d.Range.File
		return p.certain(p.commandJob(d), d.Kind())
	case *pipeline.SpecJob:
		p.file = d.Range.File
		return p.certain(p.specJob(d), d.Kind())
	case *pipeline.Component:
		p.file = d.Range.File
		return p.certain(p.component(d), d.Kind())
	}
	n := p.codec.Encode(def)
	if n.Kind != yamlnode.Mapping || len(n.Pairs) == 0 {
		p.fail("nothing is known of a %T", def)
		return nil
	}
	return p.certain(inOrder(n), def.Kind())
}

// certain makes sure that the kind can be told. The type helps or, where its
// lack decided, hinders; at last there is $schema.
func (p *printer) certain(n *yamlnode.Node, kind string) *yamlnode.Node {
	if p.err != nil || tells(n, kind) {
		return n
	}
	bare := yamlnode.NewMapping()
	bare.Pairs = slices.DeleteFunc(slices.Clone(n.Pairs), func(pair yamlnode.Pair) bool { return pair.Key == "type" })
	if tells(bare, kind) {
		return bare
	}
	n.Set("$schema", yamlnode.NewString("https://azuremlschemas.azureedge.net/latest/"+kind+".schema.json"))
	return inOrder(n)
}

// tells reports whether a definition is read as one of that kind.
func tells(n *yamlnode.Node, kind string) bool {
	r := &reader{loader: newLoader(nil)}
	got, ok := r.kind(n, "")
	return ok && got == kind
}
