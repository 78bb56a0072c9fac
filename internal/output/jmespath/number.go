package jmespath

import (
	"cmp"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// isInteger says whether a number is written without fraction and exponent,
// which is what Python's JSON reader calls an int.
func isInteger(n json.Number) bool {
	return !strings.ContainsAny(string(n), ".eE")
}

// toFloat returns the nearest float; what is too big is an infinity.
func toFloat(n json.Number) float64 {
	// The only possible error is "out of range", and it comes with ±Inf.
	f, _ := strconv.ParseFloat(string(n), 64)
	return f
}

func toInt(n json.Number) *big.Int {
	i, ok := new(big.Int).SetString(string(n), 10)
	if !ok {
		return new(big.Int)
	}
	return i
}

// compareNumbers orders two numbers; integers of any size exactly.
func compareNumbers(a, b json.Number) int {
	if isInteger(a) && isInteger(b) {
		return toInt(a).Cmp(toInt(b))
	}
	return cmp.Compare(toFloat(a), toFloat(b))
}

func intNumber(i int) json.Number { return json.Number(strconv.Itoa(i)) }

// floatNumber writes a computed float as Python's repr does: with ".0" when
// it is whole, with an exponent from 1e16 on and below 1e-4.
func floatNumber(f float64) json.Number {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return json.Number(strings.TrimPrefix(strconv.FormatFloat(f, 'g', -1, 64), "+"))
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return json.Number(strconv.FormatFloat(f, 'e', -1, 64))
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return json.Number(text)
}

// sumNumbers adds integers exactly and anything else as floats.
func sumNumbers(items []any) json.Number {
	whole, total, float := new(big.Int), 0.0, false
	for _, item := range items {
		n := item.(json.Number)
		total += toFloat(n)
		if isInteger(n) {
			whole.Add(whole, toInt(n))
		} else {
			float = true
		}
	}
	if float {
		return floatNumber(total)
	}
	return json.Number(whole.String())
}

// roundNumber applies math.Floor or math.Ceil; the result is an integer.
func roundNumber(n json.Number, round func(float64) float64) json.Number {
	if isInteger(n) {
		return n
	}
	return json.Number(strconv.FormatFloat(round(toFloat(n)), 'f', 0, 64))
}

// parseNumber reads a string as Python's int() or else float() would.
func parseNumber(text string) (json.Number, bool) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, "_xXpP") {
		return "", false
	}
	if i, ok := new(big.Int).SetString(text, 10); ok {
		return json.Number(i.String()), true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return "", false
	}
	return floatNumber(f), true
}
