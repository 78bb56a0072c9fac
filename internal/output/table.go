package output

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
)

// table is a result as columns. A cell that a row does not have is empty.
type table struct {
	headers []string
	rows    []map[string]string
}

// renderTable lays the value out in the "simple" style of Python's tabulate.
func renderTable(value any, queried bool, t TableTransform) ([]byte, error) {
	sorted := !queried && t == ""
	if !queried && t != "" {
		var err error
		if value, err = t.apply(value); err != nil {
			return nil, &TableError{Err: err}
		}
	}
	items, ok := value.([]any)
	if !ok {
		items = []any{value}
	}
	var laid table
	for _, item := range items {
		laid.add(item, sorted)
	}
	return laid.render(), nil
}

func (t TableTransform) apply(value any) (any, error) {
	q, err := jmespath.Compile(string(t))
	if err != nil {
		return nil, fmt.Errorf("compile the table's columns: %w", err)
	}
	result, err := q.Search(value)
	if err != nil {
		return nil, fmt.Errorf("pick the table's columns: %w", err)
	}
	return result, nil
}

// add appends one element as a row: an object's scalars under their keys, a
// list's elements as Column1, Column2..., anything else as Result.
func (t *table) add(item any, sorted bool) {
	row := map[string]string{}
	t.rows = append(t.rows, row)
	switch item := item.(type) {
	case *jmespath.Object:
		keys := item.Keys()
		if sorted {
			keys = sortedKeys(item)
		}
		for _, key := range keys {
			if value, _ := item.Get(key); isColumn(key, value) {
				t.set(row, capitalize(key), value)
			}
		}
	case []any:
		for i, value := range item {
			t.set(row, fmt.Sprintf("Column%d", i+1), value)
		}
	default:
		t.set(row, "Result", item)
	}
}

func (t *table) set(row map[string]string, header string, value any) {
	if !slices.Contains(t.headers, header) {
		t.headers = append(t.headers, header)
	}
	row[header] = tableCell(value)
}

// isColumn leaves out what az leaves out: nothing to see, or too wide.
func isColumn(key string, value any) bool {
	switch value.(type) {
	case nil, []any, *jmespath.Object:
		return false
	}
	return key != "id" && key != "type" && key != "etag"
}

func capitalize(key string) string {
	r, size := utf8.DecodeRuneInString(key)
	return string(unicode.ToUpper(r)) + key[size:]
}

func tableCell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case []any, *jmespath.Object:
		// Only inside a list of lists. Python would show its own notation.
		return strings.TrimSuffix(string(renderCompact(value)), "\n")
	default:
		return strings.TrimSpace(pythonText(value))
	}
}

// renderCompact is JSON on one line, keys sorted.
func renderCompact(value any) []byte {
	lines := bytes.Split(renderJSON(value, false), []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimLeft(lines[i], " ")
	}
	return bytes.Join(lines, nil)
}

func (t *table) render() []byte {
	var b bytes.Buffer
	if len(t.headers) == 0 {
		return []byte("\n")
	}
	widths := t.widths()
	writeTableRow(&b, t.headers, widths)
	rules := make([]string, len(widths))
	for i, width := range widths {
		rules[i] = strings.Repeat("-", width)
	}
	writeTableRow(&b, rules, widths)
	for _, row := range t.rows {
		cells := make([]string, len(t.headers))
		for i, header := range t.headers {
			cells[i] = row[header]
		}
		writeTableRow(&b, cells, widths)
	}
	return b.Bytes()
}

// widths gives every column its widest line, and its header two more than it
// needs.
func (t *table) widths() []int {
	widths := make([]int, len(t.headers))
	for i, header := range t.headers {
		widths[i] = textWidth(header) + 2
		for _, row := range t.rows {
			for _, line := range cellLines(row[header]) {
				widths[i] = max(widths[i], textWidth(line))
			}
		}
	}
	return widths
}

// writeTableRow writes one row, over several lines when a cell has several.
func writeTableRow(b *bytes.Buffer, cells []string, widths []int) {
	lines := make([][]string, len(cells))
	height := 1
	for i, cell := range cells {
		lines[i] = cellLines(cell)
		height = max(height, len(lines[i]))
	}
	for y := range height {
		var row strings.Builder
		for i := range cells {
			text := ""
			if y < len(lines[i]) {
				text = lines[i][y]
			}
			row.WriteString(text + strings.Repeat(" ", widths[i]-textWidth(text)+2))
		}
		b.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
}

func cellLines(cell string) []string {
	return strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(cell), "\n")
}

// textWidth counts terminal cells. The condition is spelled out because the
// package's own default looks at the environment.
func textWidth(text string) int {
	return (&runewidth.Condition{}).StringWidth(text)
}
