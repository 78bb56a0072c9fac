package pipeline

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// value turns what a Go program gives into a Value. It is empty (and there is
// a diagnostic) when it cannot; an empty value is checked no further.
func (b *builder) value(value any, at diag.Range) Value {
	switch v := value.(type) {
	case *Data:
		if v != nil {
			return Value{Data: v, Range: at}
		}
	case *InputRef:
		if v != nil && v.in != nil {
			if b.apart(v.build) {
				return b.foreign(at, fmt.Sprintf("input %q", v.in.Name))
			}
			return literal(String, "${{parent.inputs."+v.in.Name+"}}", at)
		}
	case *OutputRef:
		if v != nil && v.step != nil {
			return b.outputValue(v, at)
		}
	default:
		if t, text, ok := goLiteral(value); ok {
			return literal(t, text, at)
		}
	}
	what := fmt.Sprintf("a %T", value)
	if rv := reflect.ValueOf(value); !rv.IsValid() || rv.Kind() == reflect.Pointer && rv.IsNil() {
		what = "nil"
	}
	b.errs.Errorf(at, diag.CodeTypeMismatch, "%s cannot be the value of an input", what).Hint =
		"give a string, bool, integer, float, pipeline.File(...), pipeline.Folder(...), an input or a step's output"
	return Value{Range: at}
}

func literal(t Type, text string, at diag.Range) Value {
	return Value{Literal: &Literal{Text: Text{Value: text, Range: at}, Type: t}, Range: at}
}

// apart: b and other belong to two pipelines. Of a step that was read from a
// file it may not be known where it belongs.
func (b *builder) apart(other *builder) bool {
	return b != other && b.whole && other != nil && other.whole
}

// foreign reports that a part of another pipeline is used.
func (b *builder) foreign(at diag.Range, what string) Value {
	b.errs.Errorf(at, diag.CodeWrongScope, "%s belongs to another pipeline", what).Hint = "use what this pipeline's Input and Step return"
	return Value{Range: at}
}

func (b *builder) outputValue(ref *OutputRef, at diag.Range) Value {
	switch {
	case ref.unknown:
		return Value{Range: at}
	case b.apart(ref.step.build):
		return b.foreign(at, fmt.Sprintf("output %q of step %q", ref.out.Name, ref.step.Name))
	}
	return literal(String, "${{parent.jobs."+ref.step.Name+".outputs."+ref.out.Name+"}}", at)
}

// goLiteral is a Go value as Azure ML's text, with its type.
func goLiteral(value any) (Type, string, bool) {
	v := reflect.ValueOf(value)
	switch {
	case !v.IsValid():
		return "", "", false
	case v.Kind() == reflect.String:
		return String, v.String(), true
	case v.Kind() == reflect.Bool:
		return Boolean, PythonBool(v.Bool()), true
	case v.CanInt():
		return Integer, strconv.FormatInt(v.Int(), 10), true
	case v.CanUint():
		return Integer, strconv.FormatUint(v.Uint(), 10), true
	case v.Kind() == reflect.Float32:
		// The shortest text that reads back as the same float32.
		f, _ := strconv.ParseFloat(strconv.FormatFloat(v.Float(), 'g', -1, 32), 64)
		return Number, PythonFloat(f), true
	case v.CanFloat():
		return Number, PythonFloat(v.Float()), true
	}
	return "", "", false
}

// PythonBool renders b as Azure ML hands it to a step: "True" or "False".
func PythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// PythonFloat renders f as Python's str does, which is what a step gets.
func PythonFloat(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	mantissa, exp, found := strings.Cut(s, "e")
	n, _ := strconv.Atoi(exp)
	if found && n >= -4 && n < 16 {
		s = strconv.FormatFloat(f, 'f', -1, 64)
		found = false
	}
	if found {
		return fmt.Sprintf("%se%+03d", mantissa, n)
	}
	if !strings.ContainsAny(s, ".eIN") {
		s += ".0"
	}
	return strings.NewReplacer("+Inf", "inf", "-Inf", "-inf", "NaN", "nan").Replace(s)
}
