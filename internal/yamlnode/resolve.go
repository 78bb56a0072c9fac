package yamlnode

import (
	"regexp"
	"strings"
)

// ScalarType is what a scalar is once read.
type ScalarType int

// The types of scalars. NotScalar is that of mappings and sequences.
const (
	NotScalar ScalarType = iota
	String
	Int
	Float
	Bool
	NullType
	Timestamp
)

// String names the type as YAML's own tags do.
func (t ScalarType) String() string {
	switch t {
	case String:
		return "string"
	case Int:
		return "integer"
	case Float:
		return "number"
	case Bool:
		return "boolean"
	case NullType:
		return "null"
	case Timestamp:
		return "timestamp"
	default:
		return "collection"
	}
}

// The patterns are those of PyYAML's resolver.py, so that a definition means
// here what it means to Azure ML's loader. Note that a float needs a dot, and
// its exponent a sign: 1e3 is a string.
var (
	floatPattern = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?` +
		`|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?` +
		`|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*` +
		`|[-+]?\.(?:inf|Inf|INF)` +
		`|\.(?:nan|NaN|NAN))$`)
	intPattern = regexp.MustCompile(`^(?:[-+]?0b[01_]+` +
		`|[-+]?0[0-7_]+` +
		`|[-+]?(?:0|[1-9][0-9_]*)` +
		`|[-+]?0x[0-9a-fA-F_]+` +
		`|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
)

// Type is what the scalar n is to PyYAML's safe_load.
func (n *Node) Type() ScalarType {
	switch {
	case n == nil || n.Kind == Mapping || n.Kind == Sequence:
		return NotScalar
	case n.Kind == Null:
		return NullType
	case n.forced != NotScalar:
		return n.forced
	case n.Quoted:
		return String
	default:
		return resolvePlain(n.Text)
	}
}

// resolvePlain is the type of a plain scalar. The first character settles
// most of them without a pattern, as in PyYAML.
func resolvePlain(s string) ScalarType {
	if s == "" {
		return NullType
	}
	switch c := s[0]; {
	case strings.IndexByte("yYnNtTfFoO~", c) >= 0:
		return resolveWord(s)
	case c >= '0' && c <= '9', c == '-', c == '+', c == '.':
		return resolveNumber(s)
	default:
		return String
	}
}

// resolveWord is the type of a plain scalar that starts as a boolean or null.
func resolveWord(s string) ScalarType {
	if _, ok := boolWord(s); ok {
		return Bool
	}
	switch s {
	case "~", "null", "Null", "NULL":
		return NullType
	}
	return String
}

// boolWord is the value of PyYAML's spellings of true and false; y and n are
// not among them.
func boolWord(s string) (value, ok bool) {
	switch s {
	case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
		return true, true
	case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
		return false, true
	}
	return false, false
}

// resolveNumber is the type of a plain scalar that starts as a number or
// date. Text that fits a pattern but has no value (0b_, 2024-13-45), over
// which PyYAML fails, is a string.
func resolveNumber(s string) ScalarType {
	switch {
	case floatPattern.MatchString(s):
		return Float
	case intPattern.MatchString(s):
		if _, ok := parseInt(s); ok {
			return Int
		}
	case len(s) >= 8 && s[0] >= '0' && s[0] <= '9':
		if datePattern.MatchString(s) || timestampPattern.MatchString(s) { // PyYAML fails on a day that there is not
			return Timestamp
		}
	}
	return String
}
