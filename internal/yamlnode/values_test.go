package yamlnode_test

import (
	"math"
	"testing"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// TestScalars holds what PyYAML 6.0 loads and prints for each text.
func TestScalars(t *testing.T) {
	t.Parallel()
	const (
		str   = yamlnode.String
		integ = yamlnode.Int
		float = yamlnode.Float
		boole = yamlnode.Bool
		null  = yamlnode.NullType
		times = yamlnode.Timestamp
	)
	tests := []struct {
		text string
		typ  yamlnode.ScalarType
		py   string
	}{
		{"yes", boole, "True"}, {"No", boole, "False"}, {"ON", boole, "True"}, {"off", boole, "False"},
		{"true", boole, "True"}, {"FALSE", boole, "False"}, {"y", str, "y"}, {"n", str, "n"}, {"tRue", str, "tRue"},
		{"~", null, "None"}, {"null", null, "None"}, {"Null", null, "None"}, {"nULL", str, "nULL"},
		{"20", integ, "20"}, {"-1", integ, "-1"}, {"+5", integ, "5"}, {"1_000", integ, "1000"}, {"0", integ, "0"},
		{"0b101", integ, "5"}, {"0777", integ, "511"}, {"0x1F", integ, "31"}, {"1:30", integ, "90"}, {"-1:30:00", integ, "-5400"},
		{"12345678901234567890123", integ, "12345678901234567890123"}, {"0o17", str, "0o17"}, {"08", str, "08"}, {"0b_", str, "0b_"},
		{"1.8", float, "1.8"}, {"1.0", float, "1.0"}, {"1.", float, "1.0"}, {".5", float, "0.5"}, {"-0.0", float, "-0.0"},
		{"1e3", str, "1e3"}, {"1.5e3", str, "1.5e3"}, {"1.5e+3", float, "1500.0"}, {"1.0e-5", float, "1e-05"},
		{"1.0e+16", float, "1e+16"}, {"123456789012345.6", float, "123456789012345.6"}, {"1.0e+400", float, "inf"},
		{"0.0001", float, "0.0001"}, {".inf", float, "inf"}, {"-.INF", float, "-inf"}, {".NaN", float, "nan"}, {"1:30.5", float, "90.5"},
		{"+.5", str, "+.5"}, {".", str, "."}, {"1_0.5", float, "10.5"}, {"09.5", float, "9.5"},
		{"2024-01-01", times, "2024-01-01"}, {"2024-13-01", times, "2024-13-01"}, {"2024-1-1", str, "2024-1-1"},
		{"2001-12-14t21:59:43.10-05:00", times, "2001-12-14 21:59:43.100000-05:00"},
		{"2001-12-15T02:59:43Z", times, "2001-12-15 02:59:43+00:00"}, {"2001-1-5 2:59:43", times, "2001-01-05 02:59:43"},
		{"'20'", str, "20"}, {`"yes"`, str, "yes"}, {"|-\n  1", str, "1"}, {"1.2.3", str, "1.2.3"}, {"azureml:x@latest", str, "azureml:x@latest"},
		{"!!str 20", str, "20"}, {"!!int '20'", integ, "20"}, {"!!float 1", float, "1.0"}, {"<<", str, "<<"}, {"=", str, "="},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			n := parse(t, "a: "+tt.text+"\n").Get("a")
			if n.Type() != tt.typ || n.PyString() != tt.py {
				t.Errorf("%s: got %v %q, want %v %q", tt.text, n.Type(), n.PyString(), tt.typ, tt.py)
			}
			if n.IsNull() != (tt.typ == null) {
				t.Errorf("%s: IsNull is %v", tt.text, n.IsNull())
			}
		})
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	n := parse(t, "i: 0x10\nbig: 99999999999999999999\nf: 1.5\nb: on\ns: x\n")
	if i, ok := n.Get("i").AsInt(); i != 16 || !ok {
		t.Errorf("i: got %d %v", i, ok)
	}
	if _, ok := n.Get("big").AsInt(); ok {
		t.Error("big: fits 64 bits?")
	}
	if i, ok := n.Get("big").AsBigInt(); !ok || i.String() != "99999999999999999999" {
		t.Errorf("big: got %v %v", i, ok)
	}
	if f, ok := n.Get("f").AsFloat(); f != 1.5 || !ok {
		t.Errorf("f: got %v %v", f, ok)
	}
	if f, ok := n.Get("i").AsFloat(); f != 16 || !ok {
		t.Errorf("i as float: got %v %v", f, ok)
	}
	if b, ok := n.Get("b").AsBool(); !b || !ok {
		t.Errorf("b: got %v %v", b, ok)
	}
	if _, ok := n.Get("s").AsFloat(); ok {
		t.Error("s is no number")
	}
	if n.Get("none") != nil || n.Get("s").Get("x") != nil || n.Get("none").Get("x") != nil || n.Get("none").IsNull() {
		t.Error("what is absent should be nil, and no null")
	}
}

func TestConstructedScalarsReadBack(t *testing.T) {
	t.Parallel()
	for _, f := range []float64{0, 1, -2.5, 1e-7, 1e300, math.Inf(-1), 123456.75} {
		if got, ok := yamlnode.NewFloat(f).AsFloat(); !ok || got != f {
			t.Errorf("NewFloat(%v): got %v %v", f, got, ok)
		}
	}
	if i, ok := yamlnode.NewInt(-42).AsInt(); i != -42 || !ok {
		t.Errorf("NewInt: got %v %v", i, ok)
	}
	if b, ok := yamlnode.NewBool(false).AsBool(); b || !ok {
		t.Errorf("NewBool: got %v %v", b, ok)
	}
}
