package local

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/pipeline"
)

// compiledMagic begins the file of a compiled plan. The number changes with the
// form; besides, the key holds which program it was.
const compiledMagic = "ischia plan 3\n"

var errNoCompiled = errors.New("not a compiled plan")

// encodeCompiled is c as a file: the magic, a checksum of the rest, the rest.
func encodeCompiled(c *Compiled) []byte {
	f := &form{out: make([]byte, len(compiledMagic)+4, 1<<16)}
	f.compiled(c)
	copy(f.out, compiledMagic)
	binary.LittleEndian.PutUint32(f.out[len(compiledMagic):], checksum(f.out[len(compiledMagic)+4:]))
	return f.out
}

func decodeCompiled(file string) (*Compiled, error) {
	rest, ok := strings.CutPrefix(file, compiledMagic)
	if !ok || len(rest) < 4 || binary.LittleEndian.Uint32([]byte(rest[:4])) != checksum(rest[4:]) {
		return nil, errNoCompiled
	}
	f := &form{in: rest[4:], reading: true}
	c := &Compiled{}
	f.compiled(c)
	if f.bad || f.in != "" {
		return nil, errNoCompiled
	}
	return c, nil
}

// checksum is that of a text, taken in pieces: a copy of the whole would cost
// more than the rest of the reading.
func checksum[T string | []byte](text T) uint32 {
	table, sum := crc32.MakeTable(crc32.Castagnoli), uint32(0)
	var piece [4 << 10]byte
	for len(text) > 0 {
		n := copy(piece[:], text)
		sum, text = crc32.Update(sum, table, piece[:n]), text[n:]
	}
	return sum
}

// form reads or writes a compiled plan: the same lines say what is read and what
// is written, so that the two cannot differ. All texts that are read share the
// memory of the file.
type form struct {
	reading bool
	out     []byte
	in      string
	bad     bool
}

func (f *form) number(n *int64) {
	if !f.reading {
		f.out = binary.AppendVarint(f.out, *n)
		return
	}
	var u uint64
	for shift := 0; ; shift += 7 {
		if f.in == "" || shift > 63 {
			f.bad, f.in = true, ""
			return
		}
		b := f.in[0]
		f.in = f.in[1:]
		u |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	*n = int64(u>>1) ^ -int64(u&1)
}

func (f *form) int(n *int) {
	x := int64(*n)
	f.number(&x)
	*n = int(x)
}

func (f *form) bool(b *bool) {
	x := int64(0)
	if *b {
		x = 1
	}
	f.number(&x)
	*b = x != 0
}

func (f *form) text(s *string) {
	n := f.length(len(*s))
	if !f.reading {
		f.out = append(f.out, *s...)
		return
	}
	*s, f.in = f.in[:n], f.in[n:]
}

// length is that of a text or list, which cannot be more than what is left.
func (f *form) length(n int) int {
	f.int(&n)
	if f.reading && (n < 0 || n > len(f.in)) {
		f.bad, f.in = true, ""
		return 0
	}
	return n
}

// list reads or writes a list; one that is nil stays so.
func list[T any](f *form, l *[]T, each func(*T)) {
	n := f.length(len(*l))
	if f.reading && n > 0 {
		*l = make([]T, n)
	}
	for i := range *l {
		each(&(*l)[i])
	}
}

// maybe reads or writes what may not be there.
func maybe[T any](f *form, p **T, each func(*T)) {
	there := *p != nil
	f.bool(&there)
	if !there {
		return
	}
	if f.reading {
		*p = new(T)
	}
	each(*p)
}

func (f *form) texts(m *map[string]string) {
	type pair struct{ key, value string }
	var pairs []pair
	for k, v := range *m {
		pairs = append(pairs, pair{k, v})
	}
	slices.SortFunc(pairs, func(a, b pair) int { return strings.Compare(a.key, b.key) })
	list(f, &pairs, func(p *pair) { f.text(&p.key); f.text(&p.value) })
	if !f.reading || len(pairs) == 0 {
		return
	}
	*m = make(map[string]string, len(pairs))
	for _, p := range pairs {
		(*m)[p.key] = p.value
	}
}

func (f *form) compiled(c *Compiled) {
	list(f, &c.Uses, func(u *Use) {
		kind := int(u.Kind)
		f.int(&kind)
		u.Kind = UseKind(kind)
		f.text(&u.Name)
		f.text(&u.Saw)
	})
	maybe(f, &c.Plan, f.plan)
	if c.Plan == nil {
		f.bad = true
		return
	}
	f.head(c)
	list(f, &c.Notes, func(n *plan.Note) {
		for _, s := range []*string{&n.Path, &n.Feature, &n.Treatment, &n.Note} {
			f.text(s)
		}
	})
	if c.Notes == nil {
		c.Notes = []plan.Note{} // it prints as a list
	}
	for _, s := range []*string{&c.Said[0], &c.Said[1], &c.planText, &c.notesText} {
		f.text(s)
	}
	list(f, &c.holes, func(h *hole) {
		kind := int(h.kind)
		f.int(&kind)
		h.kind = holeKind(kind)
		f.text(&h.name)
		f.text(&h.command)
		list(f, &h.includes, f.text)
	})
}

// head is of the definition what a job's record needs.
func (f *form) head(c *Compiled) {
	if f.reading {
		c.Job = bareJob(c.Plan.Type, pipeline.Header{})
	}
	h := c.Job.Head()
	for _, t := range []*pipeline.Text{&h.Name, &h.DisplayName, &h.Description, &h.Experiment} {
		f.text(&t.Value)
	}
	f.texts(&h.Tags)
	f.texts(&h.Properties)
}

func (f *form) plan(p *plan.Plan) {
	f.text(&p.Type)
	list(f, &p.Inputs, f.input)
	list(f, &p.Outputs, f.output)
	f.nodes(&p.Nodes)
	f.bool(&p.ContinueOnStepFailure)
	f.bool(&p.ForceRerun)
	f.text(&p.DefaultCompute)
	f.text(&p.DefaultDatastore)
	f.texts(&p.Settings)
	list(f, &p.Ignored, f.text)
}

// nodes are read into one piece of memory.
func (f *form) nodes(l *[]*plan.Node) {
	all := make([]plan.Node, 0, len(*l))
	for _, n := range *l {
		all = append(all, *n)
	}
	list(f, &all, f.node)
	if f.reading {
		*l = make([]*plan.Node, len(all))
		for i := range all {
			(*l)[i] = &all[i]
		}
	}
}

func (f *form) node(n *plan.Node) {
	f.int(&n.Index)
	f.int(&n.Parent)
	for _, s := range [...]*string{&n.Path, &n.Type, &n.DisplayName, &n.Component, &n.Command, &n.Code, &n.Compute, &n.Source} {
		f.text(s)
	}
	list(f, &n.Inputs, f.input)
	list(f, &n.Outputs, f.output)
	list(f, &n.Needs, f.int)
	maybe(f, &n.Environment, func(e *plan.EnvSpec) {
		for _, s := range [...]*string{&e.Ref, &e.Name, &e.Version, &e.Image, &e.CondaFile, &e.Conda, &e.Build, &e.Dockerfile} {
			f.text(s)
		}
	})
	list(f, &n.EnvironmentVariables, func(v *plan.Variable) { f.text(&v.Name); f.text(&v.Value) })
	f.number(&n.TimeoutSeconds)
	f.int(&n.InstanceCount)
	maybe(f, &n.Distribution, func(d *plan.Distribution) { f.text(&d.Type); f.int(&d.ProcessCountPerInstance) })
	f.bool(&n.Reusable)
	list(f, &n.Includes, f.text)
	list(f, &n.Ignored, f.text)
}

func (f *form) input(in *plan.Input) {
	for _, s := range [...]*string{&in.Name, &in.Type, &in.Mode, &in.URI, &in.Local, &in.Binding, &in.Dir, (*string)(&in.Kind), &in.Source} {
		f.text(s)
	}
	maybe(f, &in.Value, f.text)
	maybe(f, &in.From, f.from)
}

func (f *form) from(from *plan.From) {
	f.int(&from.Node)
	f.text(&from.Output)
}

func (f *form) output(out *plan.Output) {
	for _, s := range [...]*string{
		&out.Name, &out.Type, &out.Mode, &out.URI, &out.OwnerName, &out.AssetName, &out.AssetVersion, &out.Binding,
	} {
		f.text(s)
	}
	f.int(&out.Owner)
	maybe(f, &out.From, f.from)
}
