package yamlnode

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// AsBool is the value of a boolean, and whether n is one.
func (n *Node) AsBool() (value, ok bool) {
	if n.Type() != Bool {
		return false, false
	}
	return boolWord(n.Text)
}

// AsInt is the value of an integer that fits 64 bits, and whether n is one.
// For others see [Node.AsBigInt].
func (n *Node) AsInt() (int64, bool) {
	i, ok := n.AsBigInt()
	if !ok || !i.IsInt64() {
		return 0, false
	}
	return i.Int64(), true
}

// AsBigInt is the value of an integer of any size, and whether n is one.
func (n *Node) AsBigInt() (*big.Int, bool) {
	if n.Type() != Int {
		return nil, false
	}
	return parseInt(n.Text)
}

// AsFloat is the value of a number, whole or not, and whether n is one.
func (n *Node) AsFloat() (float64, bool) {
	switch n.Type() {
	case Float:
		return parseFloat(n.Text)
	case Int:
		i, ok := parseInt(n.Text)
		if !ok {
			return 0, false
		}
		f, _ := new(big.Float).SetInt(i).Float64()
		return f, true
	default:
		return 0, false
	}
}

// PyString is what Python's str() gives for the value that PyYAML loads, which
// is how Azure ML renders literals: true is "True", 0777 is "511". Of
// collections it is empty.
func (n *Node) PyString() string {
	switch n.Type() {
	case NullType:
		return "None"
	case Bool:
		if b, _ := n.AsBool(); b {
			return "True"
		}
		return "False"
	case Int:
		if i, ok := n.AsBigInt(); ok {
			return i.String()
		}
	case Float:
		if f, ok := parseFloat(n.Text); ok {
			return pyFloat(f)
		}
	case Timestamp:
		if s, ok := parseTimestamp(n.Text); ok {
			return s
		}
	case NotScalar:
		return ""
	}
	return n.Text
}

// parseInt is the value of text that looks like an integer. "0b_" does, and
// has none.
func parseInt(s string) (*big.Int, bool) {
	negative, s := sign(strings.ReplaceAll(s, "_", ""))
	var i *big.Int
	var ok bool
	switch {
	case s == "0":
		i, ok = new(big.Int), true
	case strings.HasPrefix(s, "0b"):
		i, ok = digits(s[2:], 2)
	case strings.HasPrefix(s, "0x"):
		i, ok = digits(s[2:], 16)
	case strings.HasPrefix(s, "0"):
		i, ok = digits(s, 8)
	case strings.Contains(s, ":"):
		i, ok = sexagesimal(s)
	default:
		i, ok = digits(s, 10)
	}
	if ok && negative {
		i.Neg(i)
	}
	return i, ok
}

// digits reads s in the base; unlike big.Int's own reading it takes no sign.
func digits(s string, base int) (*big.Int, bool) {
	if s == "" || s[0] == '-' || s[0] == '+' {
		return nil, false
	}
	return new(big.Int).SetString(s, base)
}

// sexagesimal reads 1:30 as 90.
func sexagesimal(s string) (*big.Int, bool) {
	sum, sixty := new(big.Int), big.NewInt(60)
	for part := range strings.SplitSeq(s, ":") {
		p, ok := digits(part, 10)
		if !ok {
			return nil, false
		}
		sum.Add(sum.Mul(sum, sixty), p)
	}
	return sum, true
}

// sign splits a leading sign off.
func sign(s string) (negative bool, rest string) {
	if s != "" && (s[0] == '-' || s[0] == '+') {
		return s[0] == '-', s[1:]
	}
	return false, s
}

// parseFloat is the value of text that looks like a float.
func parseFloat(s string) (float64, bool) {
	negative, s := sign(strings.ToLower(strings.ReplaceAll(s, "_", "")))
	f, ok := parseMagnitude(s)
	if negative {
		f = -f
	}
	return f, ok
}

// parseMagnitude reads a float without sign.
func parseMagnitude(s string) (float64, bool) {
	switch s {
	case ".inf":
		return math.Inf(1), true
	case ".nan":
		return math.NaN(), true
	}
	parts := strings.Split(s, ":")
	var sum float64
	base := 1.0
	// From the last part, as PyYAML adds them up: rounding depends on it.
	for i := len(parts) - 1; i >= 0; i-- {
		f, err := strconv.ParseFloat(parts[i], 64)
		if err != nil && !math.IsInf(f, 0) {
			return 0, false
		}
		sum += f * base
		base *= 60
	}
	return sum, true
}

// pyFloat is Python's repr of f: the shortest digits that read back, with an
// exponent below 1e-4 and from 1e16.
func pyFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	if abs := math.Abs(f); abs != 0 && (abs < 1e-4 || abs >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// yamlFloat writes f so that it reads back as a float: with a dot, also
// before an exponent.
func yamlFloat(f float64) string {
	s := pyFloat(f)
	switch s {
	case "nan":
		return ".nan"
	case "inf":
		return ".inf"
	case "-inf":
		return "-.inf"
	}
	if mantissa, exponent, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		return mantissa + ".0e" + exponent
	}
	return s
}
