package output

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
)

// renderTSV writes a line per element of a list, or one line. Nothing is
// quoted or escaped: a tab in a value is a tab in the line, as in az.
func renderTSV(value any) []byte {
	items, ok := value.([]any)
	if !ok {
		items = []any{value}
	}
	var b bytes.Buffer
	for _, item := range items {
		writeRow(&b, item)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func writeRow(b *bytes.Buffer, row any) {
	switch row := row.(type) {
	case []any:
		writeCells(b, row)
	case *jmespath.Object:
		writeCells(b, rowValues(row))
	case bool:
		// Lower case on a line of its own, as Python's in a row: az does so.
		b.WriteString(strconv.FormatBool(row))
	default:
		b.WriteString(pythonText(row))
	}
}

func writeCells(b *bytes.Buffer, cells []any) {
	for i, cell := range cells {
		if i > 0 {
			b.WriteByte('\t')
		}
		b.WriteString(tsvCell(cell))
	}
}

// rowValues gives an object's values in the order the query wrote, else in
// the order of the keys' names.
func rowValues(o *jmespath.Object) []any {
	keys := o.Keys()
	if !o.Written {
		keys = sortedKeys(o)
	}
	values := make([]any, 0, len(keys))
	for _, key := range keys {
		value, _ := o.Get(key)
		values = append(values, value)
	}
	return values
}

func tsvCell(v any) string {
	switch v := v.(type) {
	case []any:
		return strconv.Itoa(len(v))
	case *jmespath.Object:
		return ""
	default:
		return pythonText(v)
	}
}

// pythonText is a scalar as Python's str() shows it.
func pythonText(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case json.Number:
		return string(v)
	case string:
		return v
	default:
		return ""
	}
}
