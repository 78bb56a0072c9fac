package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
)

// The colours of jsonc and yamlc.
const (
	colorKey    = "\x1b[94m"
	colorString = "\x1b[33m"
	colorOther  = "\x1b[34m"
	colorEnd    = "\x1b[39m"
)

// jsonWriter writes JSON as Python's json.dumps(indent=2, sort_keys=True,
// ensure_ascii=False), which encoding/json cannot: it escapes more.
type jsonWriter struct {
	bytes.Buffer
	color bool
}

func renderJSON(value any, color bool) []byte {
	w := &jsonWriter{color: color}
	w.value(value, 0)
	w.WriteByte('\n')
	return w.Bytes()
}

func (w *jsonWriter) value(value any, depth int) {
	switch value := value.(type) {
	case []any:
		w.collection("[", "]", len(value), depth, func(i int) { w.value(value[i], depth+1) })
	case *jmespath.Object:
		keys := sortedKeys(value)
		w.collection("{", "}", len(keys), depth, func(i int) {
			w.paint(colorKey, quote(keys[i]))
			w.WriteString(": ")
			item, _ := value.Get(keys[i])
			w.value(item, depth+1)
		})
	case string:
		w.paint(colorString, quote(value))
	case json.Number:
		w.paint(colorOther, string(value))
	case bool:
		w.paint(colorOther, strconv.FormatBool(value))
	default:
		w.paint(colorOther, "null")
	}
}

func (w *jsonWriter) collection(open, end string, count, depth int, item func(int)) {
	w.WriteString(open)
	for i := range count {
		if i > 0 {
			w.WriteByte(',')
		}
		w.newLine(depth + 1)
		item(i)
	}
	if count > 0 {
		w.newLine(depth)
	}
	w.WriteString(end)
}

func (w *jsonWriter) newLine(depth int) {
	w.WriteString("\n" + strings.Repeat("  ", depth))
}

func (w *jsonWriter) paint(color, text string) {
	if w.color {
		text = color + text + colorEnd
	}
	w.WriteString(text)
}

func sortedKeys(o *jmespath.Object) []string {
	return slices.Sorted(slices.Values(o.Keys()))
}

// quote escapes no more than JSON asks for.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		const short = "\b\f\n\r\t\"\\"
		switch i := strings.IndexRune(short, r); {
		case i >= 0:
			b.WriteByte('\\')
			b.WriteByte(`bfnrt"\`[i])
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
