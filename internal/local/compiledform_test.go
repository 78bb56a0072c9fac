package local

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/plan"
	"github.com/ischia-ml/ischia/pipeline"
)

// fillAll gives every field below v a value of its own, so that one which is
// not written, or read into another's place, shows.
func fillAll(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(-*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fillAll(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fillAll(v.Index(0), n)
		fillAll(v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{fmt.Sprint("key ", *n): "value", "b": ""}))
	case reflect.Struct:
		for i := range v.NumField() {
			fillAll(v.Field(i), n)
		}
	default:
		panic(v.Kind())
	}
}

func compiledOf(t *testing.T) *Compiled {
	t.Helper()
	c := &Compiled{Uses: []Use{{UseStat, "a", "b"}, {UseFile, "c", ""}}, Said: [2]string{"plain", "colour"}}
	n := 0
	fillAll(reflect.ValueOf(&c.Plan).Elem(), &n)
	fillAll(reflect.ValueOf(&c.Notes).Elem(), &n)
	text := func(s string) pipeline.Text { return pipeline.Text{Value: s} }
	c.Job = &pipeline.Pipeline{Header: pipeline.Header{
		Name: text("name"), DisplayName: text("display"), Description: text("description"), Experiment: text("experiment"),
		Tags: map[string]string{"t": "1"}, Properties: map[string]string{"p": "2"},
	}}
	if err := c.Describe(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCompiledComesBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]*Compiled{
		"full":  compiledOf(t),
		"empty": {Job: &pipeline.CommandJob{}, Plan: &plan.Plan{Type: "command", Nodes: []*plan.Node{{}}}, Notes: []plan.Note{}},
	} {
		got, err := decodeCompiled(string(encodeCompiled(c)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got, cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" {
			t.Errorf("%s (-kept +read):\n%s", name, diff)
		}
	}
}

// TestCompiledDamaged: a file that is not whole is no plan.
func TestCompiledDamaged(t *testing.T) {
	t.Parallel()
	whole := encodeCompiled(compiledOf(t))
	for i := range whole {
		if _, err := decodeCompiled(string(whole[:i])); err == nil {
			t.Fatalf("the first %d bytes of %d are taken for a plan", i, len(whole))
		}
		changed := append([]byte(nil), whole...)
		changed[i] ^= 1
		if _, err := decodeCompiled(string(changed)); err == nil {
			t.Fatalf("with byte %d changed it is taken for a plan", i)
		}
	}
}

// FuzzCompiled: what has a right checksum and nothing else that is right does no
// harm.
func FuzzCompiled(f *testing.F) {
	f.Add([]byte("\x02\x00"))
	f.Fuzz(func(_ *testing.T, rest []byte) {
		form := &form{in: string(rest), reading: true}
		form.compiled(&Compiled{})
	})
}
