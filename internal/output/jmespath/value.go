package jmespath

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Object is a JSON object that remembers the order of its keys.
type Object struct {
	// Written says that a query's {a: b} made it, so the order of its keys is
	// the user's wish and not an accident of the document.
	Written bool

	keys   []string
	values map[string]any
}

// NewObject returns an empty object.
func NewObject() *Object {
	return &Object{values: map[string]any{}}
}

// Keys returns the keys in order. The caller must not change the slice.
func (o *Object) Keys() []string { return o.keys }

// Len returns how many keys there are.
func (o *Object) Len() int { return len(o.keys) }

// Get returns the value of key and whether the key is there.
func (o *Object) Get(key string) (any, bool) {
	v, ok := o.values[key]
	return v, ok
}

// Set gives key a value. A new key goes last, a known one keeps its place.
func (o *Object) Set(key string, v any) {
	if _, known := o.values[key]; !known {
		o.keys = append(o.keys, key)
	}
	o.values[key] = v
}

// MarshalJSON writes the object with its keys in order.
func (o *Object) MarshalJSON() ([]byte, error) {
	b := bytes.NewBufferString("{")
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(quoteJSON(key) + ":")
		value, err := json.Marshal(o.values[key])
		if err != nil {
			return nil, fmt.Errorf("key %q: %w", key, err)
		}
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Decode reads one JSON document, keeping the order of keys and the text of
// numbers. Anything but white space after the document is an error.
func Decode(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	v, err := decodeValue(dec)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the end of the JSON value")
	}
	return v, nil
}

func decodeValue(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return decodeObject(dec)
	case json.Delim('['):
		return decodeArray(dec)
	default:
		return token, nil
	}
}

func decodeObject(dec *json.Decoder) (any, error) {
	o := NewObject()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := decodeValue(dec)
		if err != nil {
			return nil, err
		}
		// Inside an object the decoder yields only strings in a key's place.
		o.Set(key.(string), v)
	}
	_, err := dec.Token()
	return o, err
}

func decodeArray(dec *json.Decoder) (any, error) {
	items := []any{}
	for dec.More() {
		v, err := decodeValue(dec)
		if err != nil {
			return nil, err
		}
		items = append(items, v)
	}
	_, err := dec.Token()
	return items, err
}

// truthy is JMESPath's idea of true: everything but null, false and what is
// empty. Zero is true.
func truthy(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	case *Object:
		return v.Len() > 0
	default:
		return true
	}
}

// equal compares two values deeply; the order of keys does not count, and
// 1 equals 1.0.
func equal(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		n, ok := b.(json.Number)
		return ok && compareNumbers(a, n) == 0
	case []any:
		list, ok := b.([]any)
		return ok && equalLists(a, list)
	case *Object:
		o, ok := b.(*Object)
		return ok && equalObjects(a, o)
	case expref:
		return false
	}
	switch b.(type) {
	case []any, *Object, expref:
		return false
	}
	return a == b
}

func equalLists(a, b []any) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalObjects(a, b *Object) bool {
	if a.Len() != b.Len() {
		return false
	}
	for _, key := range a.keys {
		other, ok := b.Get(key)
		if !ok || !equal(a.values[key], other) {
			return false
		}
	}
	return true
}
