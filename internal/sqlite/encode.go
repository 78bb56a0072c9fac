package sqlite

import (
	"bytes"
	"encoding/json"
	"time"
)

// toJSON is v as it is kept in a column. Without HTML escapes: SQLite's own
// JSON functions add to these texts, and a key must look the same each time.
func toJSON(v any) (string, error) {
	b := &bytes.Buffer{}
	return appendJSON(b, v)
}

// appendJSON is toJSON, and uses the memory of b.
func appendJSON(b *bytes.Buffer, v any) (string, error) {
	b.Reset()
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// mapJSON is m as it is kept in a column; a nil map is an empty one. It uses the
// memory of b.
func mapJSON(m map[string]string, b *bytes.Buffer) (string, error) {
	if len(m) == 0 {
		return "{}", nil
	}
	return appendJSON(b, m)
}

// fromMapJSON undoes mapJSON; an empty map is nil.
func fromMapJSON(text string) (map[string]string, error) {
	if text == "{}" {
		return nil, nil
	}
	var m map[string]string
	err := json.Unmarshal([]byte(text), &m)
	return m, err
}

// micros is a time as it is kept in a column that may be null.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// fromMicros undoes micros.
func fromMicros(us *int64) time.Time {
	if us == nil {
		return time.Time{}
	}
	return time.UnixMicro(*us).UTC()
}
