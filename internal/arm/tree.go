package arm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// maxDepth bounds how deep JSON, and components within components, may nest.
const maxDepth = 100

// parseJSON reads JSON with its order. Of two entries of one name the last
// counts, as in encoding/json.
func parseJSON(data []byte) (*yamlnode.Node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	n, err := parseValue(dec, 0)
	if err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON value")
	}
	return n, nil
}

func parseValue(dec *json.Decoder, depth int) (*yamlnode.Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("JSON nests deeper than %d", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case nil:
		return yamlnode.NewNull(), nil
	case bool:
		return yamlnode.NewBool(v), nil
	case string:
		return yamlnode.NewString(v), nil
	case json.Number:
		return number(v.String()), nil
	case json.Delim:
		if v == '[' {
			return parseItems(dec, depth)
		}
	}
	return parseEntries(dec, depth)
}

func parseItems(dec *json.Decoder, depth int) (*yamlnode.Node, error) {
	n := yamlnode.NewSequence()
	for dec.More() {
		item, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		n.Items = append(n.Items, item)
	}
	_, err := dec.Token()
	return n, err
}

func parseEntries(dec *json.Decoder, depth int) (*yamlnode.Node, error) {
	n := yamlnode.NewMapping()
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		value, err := parseValue(dec, depth+1)
		if err != nil {
			return nil, err
		}
		n.Set(key.(string), value)
	}
	_, err := dec.Token()
	return n, err
}

// number is a JSON number as a scalar that reads as one in YAML.
func number(text string) *yamlnode.Node {
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return yamlnode.NewInt(i)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return yamlnode.NewFloat(f)
	}
	return yamlnode.NewString(text)
}

// toJSON is a tree as JSON, in its order.
func toJSON(n *yamlnode.Node) json.RawMessage {
	var b bytes.Buffer
	writeJSON(&b, n)
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, n *yamlnode.Node) {
	switch {
	case n == nil || n.IsNull():
		b.WriteString("null")
	case n.Kind == yamlnode.Mapping:
		b.WriteByte('{')
		for i, p := range n.Pairs {
			if i > 0 {
				b.WriteByte(',')
			}
			writeString(b, p.Key)
			b.WriteByte(':')
			writeJSON(b, p.Value)
		}
		b.WriteByte('}')
	case n.Kind == yamlnode.Sequence:
		b.WriteByte('[')
		for i, item := range n.Items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeJSON(b, item)
		}
		b.WriteByte(']')
	default:
		writeScalar(b, n)
	}
}

// writeScalar writes a scalar with the type that it has in YAML. JSON has no
// infinity and no dates; these are texts.
func writeScalar(b *bytes.Buffer, n *yamlnode.Node) {
	switch n.Type() {
	case yamlnode.Int:
		if i, ok := n.AsBigInt(); ok {
			b.WriteString(i.String())
			return
		}
	case yamlnode.Float:
		if f, ok := n.AsFloat(); ok && !math.IsInf(f, 0) && !math.IsNaN(f) {
			text := strconv.FormatFloat(f, 'g', -1, 64)
			if f == math.Trunc(f) && math.Abs(f) < 1e15 {
				text = strconv.FormatFloat(f, 'f', 1, 64)
			}
			b.WriteString(text)
			return
		}
	case yamlnode.Bool:
		if v, ok := n.AsBool(); ok {
			b.WriteString(strconv.FormatBool(v))
			return
		}
	}
	writeString(b, n.PyString())
}

func writeString(b *bytes.Buffer, s string) {
	text, err := json.Marshal(s)
	if err != nil { // no string fails
		text = []byte(`""`)
	}
	b.Write(text)
}

// replace changes the value of a key, where it stands; nil removes it.
func replace(n *yamlnode.Node, key string, v *yamlnode.Node) {
	out := yamlnode.NewMapping()
	for _, p := range n.Pairs {
		switch {
		case p.Key != key:
			out.Set(p.Key, p.Value)
		case v != nil:
			out.Set(key, v)
		}
	}
	*n = *out
}

// rename changes a key, where it stands.
func rename(n *yamlnode.Node, from, to string) {
	out := yamlnode.NewMapping()
	for _, p := range n.Pairs {
		if p.Key == from {
			p.Key = to
		}
		out.Set(p.Key, p.Value)
	}
	*n = *out
}

// take is the value of a key, which is removed.
func take(n *yamlnode.Node, key string) *yamlnode.Node {
	v := n.Get(key)
	if v != nil {
		replace(n, key, nil)
	}
	return v
}

// textAt is the text of a key; empty when there is none.
func textAt(n *yamlnode.Node, key string) string {
	if v := n.Get(key); v != nil && v.Kind == yamlnode.Scalar {
		return v.PyString()
	}
	return ""
}

// isMapping: there is a mapping.
func isMapping(n *yamlnode.Node) bool { return n != nil && n.Kind == yamlnode.Mapping }

// entries are those of a mapping; none of anything else.
func entries(n *yamlnode.Node) []yamlnode.Pair {
	if !isMapping(n) {
		return nil
	}
	return n.Pairs
}

// str is a text as a node.
func str(s string) *yamlnode.Node { return yamlnode.NewString(s) }

// clone copies a tree, so that it can be changed.
func clone(n *yamlnode.Node) *yamlnode.Node {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case yamlnode.Mapping:
		out := yamlnode.NewMapping()
		for _, p := range n.Pairs {
			out.Set(p.Key, clone(p.Value))
		}
		return out
	case yamlnode.Sequence:
		out := yamlnode.NewSequence()
		for _, item := range n.Items {
			out.Items = append(out.Items, clone(item))
		}
		return out
	}
	c := *n
	return &c
}
