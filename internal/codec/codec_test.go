package codec_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/codec"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// A model with one field of every sort that the codec knows.
type model struct {
	Head
	Count    pipeline.Text            `az:"count,plain"`
	Flag     *bool                    `az:"flag"`
	On       bool                     `az:"on"`
	Code     pipeline.LocalPath       `az:"code,path"`
	Conda    *conda                   `az:"conda_file"`
	Hours    []pipeline.Text          `az:"hours,plain,single"`
	Items    []item                   `az:"items"`
	Pointers []*item                  `az:"pointers"`
	Ports    []named                  `az:"ports"`
	Members  []member                 `az:"members"`
	Default  *pipeline.Literal        `az:"default"`
	Texts    map[string]pipeline.Text `az:"texts"`
	Numbers  map[string][]string      `az:"numbers"`
	Tree     pipeline.Text            `az:"tree,tree"`
	Trigger  trigger                  `az:"trigger"`
	Own      upper                    `az:"own"`
	Free     free                     `az:"free"`
	Ignored  string
	Range    diag.Range `az:",place"`
}

type Head struct {
	Schema string            `az:"$schema"`
	Name   pipeline.Text     `az:"name"`
	Tags   map[string]string `az:"tags"`
}

type item struct {
	A pipeline.Text `az:"a"`
	B *item         `az:"b"`
}

type conda struct {
	File pipeline.LocalPath `az:",scalar"`
	Spec pipeline.Text      `az:",whole,tree"`
}

type named struct {
	Name  pipeline.Text `az:",key"`
	Value *port         `az:",value"`
}

type port struct {
	Type string `az:"type"`
}

type member struct {
	Name string `az:",key"`
	port
	Mode pipeline.Text `az:"mode"`
	At   diag.Range    `az:",place"`
}

type free struct {
	Known pipeline.Text `az:"known"`
	Rest  pipeline.Text `az:",rest,tree"`
}

type trigger interface{ isTrigger() }

type cron struct {
	Type       string        `az:"type"`
	Expression pipeline.Text `az:"expression"`
}

type recurrence struct {
	Type     string        `az:"type"`
	Interval pipeline.Text `az:"interval,plain"`
}

func (*cron) isTrigger()       {}
func (*recurrence) isTrigger() {}

// upper encodes itself.
type upper struct{ Text string }

func (u *upper) DecodeAz(n *yamlnode.Node, _ codec.Env) {
	if n.Kind == yamlnode.Scalar {
		u.Text = "<" + n.Text + ">"
	}
}

func (u *upper) EncodeAz() *yamlnode.Node {
	if len(u.Text) < 2 {
		return nil
	}
	return yamlnode.NewString(u.Text[1 : len(u.Text)-1])
}

func newCodec() *codec.Codec {
	return codec.New(codec.UnionOf("type", map[string]func() trigger{
		"cron":       func() trigger { return &cron{} },
		"recurrence": func() trigger { return &recurrence{} },
	}))
}

func decode(t *testing.T, c *codec.Codec, text string) *model {
	t.Helper()
	root, errs := yamlnode.Parse("project/a.yml", []byte(text))
	if root == nil {
		t.Fatal(errs)
	}
	m := &model{}
	c.Decode(root, m, codec.Env{Dir: "project"})
	return m
}

// same leaves places out.
func same() cmp.Option {
	return cmp.Options{
		cmpopts.IgnoreTypes(diag.Range{}, []diag.Range{}), cmp.AllowUnexported(member{}),
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	text := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	yes, no := true, false
	tests := map[string]struct {
		yaml string
		want model
	}{
		"text":              {`name: train`, model{Head: Head{Name: text("train")}}},
		"number as text":    {`name: 1.0`, model{Head: Head{Name: text("1.0")}}},
		"inlined":           {`{$schema: x, tags: {a: b, n: 3, nothing: null, wrong: []}}`, model{Head: Head{Schema: "x", Tags: map[string]string{"a": "b", "n": "3"}}}},
		"flag":              {`flag: true`, model{Flag: &yes}},
		"flag in quotes":    {`flag: "False"`, model{Flag: &no}},
		"no flag":           {`flag: maybe`, model{}},
		"local path":        {`code: ../src`, model{Code: pipeline.LocalPath{Text: text("../src"), Name: "src"}}},
		"address":           {`code: azureml:code:1`, model{Code: pipeline.LocalPath{Text: text("azureml:code:1")}}},
		"scalar of a union": {`conda_file: c.yml`, model{Conda: &conda{File: pipeline.LocalPath{Text: text("c.yml"), Name: "project/c.yml"}}}},
		"whole of a union":  {`conda_file: {dependencies: [pip]}`, model{Conda: &conda{Spec: text("dependencies:\n  - pip\n")}}},
		"single":            {`hours: 3`, model{Hours: []pipeline.Text{text("3")}}},
		"list":              {`hours: [3, 4, {}]`, model{Hours: []pipeline.Text{text("3"), text("4")}}},
		"structs":           {`items: [{a: x}, y, {b: {a: z}}]`, model{Items: []item{{A: text("x")}, {B: &item{A: text("z")}}}}},
		"empty struct":      {`pointers: [{}]`, model{Pointers: []*item{{}}}},
		"named":             {`ports: {x: {type: a}, y: }`, model{Ports: []named{{Name: text("x"), Value: &port{Type: "a"}}, {Name: text("y")}}}},
		"members":           {`members: {x: {mode: a}, y: }`, model{Members: []member{{Name: "x", Mode: text("a")}, {Name: "y"}}}},
		"literal":           {`default: 1.5`, model{Default: &pipeline.Literal{Text: text("1.5"), Type: pipeline.Number, Dir: "project"}}},
		"literal in quotes": {`default: "1.5"`, model{Default: &pipeline.Literal{Text: text("1.5"), Type: pipeline.String, Dir: "project"}}},
		"tree":              {`tree: [1, {a: "2"}]`, model{Tree: text("- 1\n- a: \"2\"\n")}},
		"case of a union":   {`trigger: {type: Cron, expression: x}`, model{Trigger: &cron{Type: "Cron", Expression: text("x")}}},
		"no case":           {`trigger: {type: weekly}`, model{}},
		"own":               {`own: x`, model{Own: upper{"<x>"}}},
		"rest":              {`free: {known: a, other: 1, more: []}`, model{Free: free{Known: text("a"), Rest: text("other: 1\nmore: []\n")}}},
		"wrong shapes":      {`{name: [], tags: x, flag: {}, code: [], items: {}, ports: [], trigger: x, numbers: [], texts: 1}`, model{}},
		"null":              {`{name: , tags: , flag: , code: ~, items: null}`, model{}},
	}
	c := newCodec()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := decode(t, c, test.yaml)
			if diff := cmp.Diff(test.want, *got, same()); diff != "" {
				t.Errorf("model (-want +got):\n%s", diff)
			}
			again := decode(t, c, printed(t, c, got))
			if diff := cmp.Diff(got, again, same()); diff != "" {
				t.Errorf("model after printing (-want +got):\n%s", diff)
			}
		})
	}
}

func printed(t *testing.T, c *codec.Codec, m *model) string {
	t.Helper()
	var b bytes.Buffer
	if err := yamlnode.Print(&b, c.Encode(m)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestEncode(t *testing.T) {
	t.Parallel()
	const text = `$schema: x
name: "1"
count: 4
flag: false
hours:
  - 3
  - 7
ports:
  b:
    type: uri_file
  a: null
default: 0.5
trigger:
  type: recurrence
  interval: 2
free:
  known: "yes"
  other: 2024-01-01
`
	c := newCodec()
	if got := printed(t, c, decode(t, c, text)); got != text {
		t.Errorf("got\n%s\nwant\n%s", got, text)
	}
}

func TestPlaces(t *testing.T) {
	t.Parallel()
	m := decode(t, newCodec(), "# first\nname: train\nmembers:\n  x:\n    mode: a\n")
	if m.Range.Line != 2 || m.Name.Range.Line != 2 || m.Name.Range.Column != 7 || m.Members[0].At.Line != 4 {
		t.Errorf("places %v, %v, %v", m.Range, m.Name.Range, m.Members[0].At)
	}
}

func TestNothing(t *testing.T) {
	t.Parallel()
	c := newCodec()
	for _, into := range []any{nil, model{}, (*model)(nil)} {
		if c.Decode(yamlnode.NewMapping(), into, codec.Env{}) {
			t.Errorf("decoded into %T", into)
		}
	}
	if n := c.Encode(nil); n == nil || len(n.Pairs) > 0 {
		t.Errorf("nothing is printed as %v", n)
	}
}

// FuzzCodec: whatever the YAML, decoding does not fail, and what is printed
// decodes to the same model.
func FuzzCodec(f *testing.F) {
	for _, seed := range []string{
		"name: 1.0\ncount: 1e5\nhours: [1, x]\n", "default: 1.0e+20\n", "default: .nan\ntexts: {a: , b: ''}",
		"conda_file: [x]\nports: {a: 1, b: {type: x}}\n", "trigger: {type: cron}\nown: x\n",
		"free: {a: !!float 1, b: 2001-01-01, known: ''}\ntree: &a [*a]\n", "tree: ''\non: true\ncount: ''\ndefault: ''",
		"x: &a {name: y}\nitems: [*a, *a]\npointers: [{b: {}}, ]\nnumbers: {a: [], b: [x]}\n",
	} {
		f.Add(seed)
	}
	c := newCodec()
	f.Fuzz(func(t *testing.T, text string) {
		root, errs := yamlnode.Parse("a.yml", []byte(text))
		if root == nil || errs.HasErrors() {
			return
		}
		m := &model{}
		c.Decode(root, m, codec.Env{Dir: "project"})
		out := printed(t, c, m)
		again := decode(t, c, out)
		if diff := cmp.Diff(m, again, same()); diff != "" {
			t.Errorf("model after printing (-want +got):\n%s\nprinted:\n%s", diff, out)
		}
	})
}
