package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

func renderYAML(value any, color bool) ([]byte, error) {
	node, err := toNode(value)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := yamlnode.Print(&b, node); err != nil {
		return nil, fmt.Errorf("print the result: %w", err)
	}
	// Python closes a document that is one plain scalar with this line.
	if node.Kind == yamlnode.Scalar && !strings.ContainsAny(b.String()[:1], `"'|>`) {
		b.WriteString("...\n")
	}
	if color {
		return colorYAML(b.Bytes()), nil
	}
	return b.Bytes(), nil
}

func toNode(value any) (*yamlnode.Node, error) {
	switch value := value.(type) {
	case nil:
		return yamlnode.NewNull(), nil
	case bool:
		return yamlnode.NewBool(value), nil
	case string:
		return yamlnode.NewString(value), nil
	case json.Number:
		return numberNode(value)
	case []any:
		items := yamlnode.NewSequence()
		for _, item := range value {
			node, err := toNode(item)
			if err != nil {
				return nil, err
			}
			items.Items = append(items.Items, node)
		}
		return items, nil
	case *jmespath.Object:
		return mappingNode(value)
	default:
		return nil, fmt.Errorf("a %T cannot be YAML", value)
	}
}

func mappingNode(o *jmespath.Object) (*yamlnode.Node, error) {
	mapping := yamlnode.NewMapping()
	for _, key := range sortedKeys(o) {
		value, _ := o.Get(key)
		node, err := toNode(value)
		if err != nil {
			return nil, err
		}
		mapping.Set(key, node)
	}
	return mapping, nil
}

// numberNode keeps integers of any size; a float is written so that YAML 1.1
// readers see a float (1.0e+30, not 1e30).
func numberNode(n json.Number) (*yamlnode.Node, error) {
	if !strings.ContainsAny(string(n), ".eE") {
		return &yamlnode.Node{Kind: yamlnode.Scalar, Text: string(n)}, nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, fmt.Errorf("number %s: %w", n, err)
	}
	return yamlnode.NewFloat(f), nil
}

// yamlKey finds the key at the start of a line, behind dashes. A line of a
// block text may look the same; it is only colour.
var yamlKey = regexp.MustCompile(`(?m)^([ ]*(?:- )*)("(?:[^"\\]|\\.)*"|[^\s"'|>#-][^:\n]*):( |$)`)

func colorYAML(text []byte) []byte {
	return yamlKey.ReplaceAll(text, []byte("${1}"+colorKey+"${2}"+colorEnd+":${3}"))
}
