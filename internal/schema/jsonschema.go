package schema

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// draft is the dialect: the newest that every editor reads.
const draft = "http://json-schema.org/draft-07/schema#"

// JSONSchema is the kind as a JSON Schema, for editors. It says all that the
// dialect can; rules that need a function are the checker's alone. The same
// kind gives the same bytes.
func JSONSchema(k *Kind) ([]byte, error) {
	w := &jsonWriter{book: k.book, defs: node{}}
	w.define(k.Body)
	root := node{
		"$schema": draft, "$id": "https://azuremlschemas.azureedge.net/latest/" + k.Name + ".schema.json",
		"title": k.Name, "description": k.Doc,
		"$ref": ref(k.Body.Name), "definitions": w.defs,
	}
	// Beside $ref draft-07 reads nothing else.
	root["allOf"] = []any{node{"$ref": root["$ref"]}}
	delete(root, "$ref")
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("print the JSON Schema of %s: %w", k.Name, err)
	}
	return append(out, '\n'), nil
}

// node is one JSON object. encoding/json sorts its keys.
type node map[string]any

type jsonWriter struct {
	book *book
	defs node
}

func ref(name string) string { return "#/definitions/" + name }

// define puts an object among the definitions, once.
func (w *jsonWriter) define(o *Object) {
	if _, ok := w.defs[o.Name]; ok {
		return
	}
	out := node{"type": "object"}
	w.defs[o.Name] = out // before its fields: they may lead back here
	if o.Noun != "" {
		out["title"] = o.Noun
	}
	if o.Doc != "" {
		out["description"] = o.Doc
	}
	properties, required := node{}, []any{}
	for i := range o.Fields {
		f := &o.Fields[i]
		properties[f.Name] = w.field(f)
		if f.Required {
			required = append(required, f.Name)
		}
	}
	out["properties"] = properties
	if len(required) > 0 {
		out["required"] = required
	}
	switch {
	case o.Rest != nil:
		out["additionalProperties"] = w.shape(o.Rest)
	case o.Unknown == Reject:
		out["additionalProperties"] = false
	}
	if rules := jsonRules(o.Rules); len(rules) > 0 {
		out["allOf"] = rules
	}
}

// field is a field with what editors show of it.
func (w *jsonWriter) field(f *Field) any {
	if f.Preview != "" {
		return false
	}
	s := w.shape(&f.Shape)
	if _, isRef := s["$ref"]; isRef {
		s = node{"allOf": []any{s}}
	}
	doc := f.Doc
	if f.Default != "" {
		doc += " Default: " + f.Default + "."
	}
	if doc != "" {
		s["description"] = doc
	}
	if f.ReadOnly {
		s["readOnly"] = true
	}
	if f.Renamed != "" {
		s["deprecated"], s["deprecationMessage"] = true, "write "+f.Renamed
	}
	return s
}

// shape is a shape with all its alternatives.
func (w *jsonWriter) shape(s *Shape) node {
	alternatives := w.form(s)
	for i := range s.Allow {
		alternatives = append(alternatives, w.shape(&s.Allow[i]))
	}
	if s.Binding {
		alternatives = append(alternatives, node{"type": "string", "pattern": `\$\{\{`})
	}
	if s.Null {
		alternatives = append(alternatives, node{"type": "null"})
	}
	if len(alternatives) == 1 {
		return alternatives[0].(node)
	}
	return node{"anyOf": alternatives}
}

// form is a shape without what else is allowed in its place.
func (w *jsonWriter) form(s *Shape) []any {
	switch s.Form {
	case Text:
		return jsonText(s)
	case Number, Integer:
		return jsonNumber(s)
	case Boolean:
		return []any{node{"type": "boolean"}, node{"type": "string", "pattern": "^(" + anyCase("true", false) + "|" + anyCase("false", false) + ")$"}}
	case Literal:
		return []any{node{"type": []any{"string", "number", "boolean"}}}
	case List:
		out := node{"type": "array", "items": w.shape(s.Of)}
		if s.Full {
			out["minItems"] = 1
		}
		return []any{out}
	case Map:
		out := node{"type": "object", "additionalProperties": w.shape(s.Of)}
		if s.Full {
			out["minProperties"] = 1
		}
		return []any{out}
	case Mapping:
		return []any{w.object(s.Object)}
	case Choice:
		return []any{w.union(s.Union)}
	}
	return []any{node{}}
}

func (w *jsonWriter) object(r Ref) node {
	w.define(w.book.object(r))
	return node{"$ref": ref(r.Name)}
}

// jsonText is a text, or the values of an enum: editors complete the exact
// ones, and a pattern takes the others.
func jsonText(s *Shape) []any {
	if len(s.Enum) == 0 {
		out := node{"type": "string"}
		if s.Full {
			out["minLength"] = 1
		}
		if p := formatOf(s.Format).pattern; p != "" {
			out["pattern"] = p
		}
		return []any{out}
	}
	return jsonEnum(s.Enum, s.Fold)
}

func jsonEnum(values []string, f Fold) []any {
	out := []any{node{"type": "string", "enum": values}}
	if f == Exact {
		return out
	}
	patterns := make([]string, len(values))
	for i, v := range values {
		patterns[i] = anyCase(v, f == Snake)
	}
	return append(out, node{"type": "string", "pattern": "^(" + strings.Join(patterns, "|") + ")$"})
}

// anyCase is a pattern for value in any capitals, and, when loose, with or
// without its underscores.
func anyCase(value string, loose bool) string {
	var b strings.Builder
	for _, r := range value {
		switch {
		case unicode.IsLetter(r):
			fmt.Fprintf(&b, "[%c%c]", unicode.ToLower(r), unicode.ToUpper(r))
		case r == '_' && loose:
			b.WriteString("_?")
		case r == '_', unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			b.WriteString(`\` + string(r))
		}
	}
	return b.String()
}

func jsonNumber(s *Shape) []any {
	out := node{"type": "number"}
	pattern := `^ *[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)? *$`
	if s.Form == Integer {
		out["type"], pattern = "integer", `^ *[-+]?[0-9]+(\.0*)? *$`
		if s.Min != nil && *s.Min >= 0 {
			pattern = `^ *\+?[0-9]+(\.0*)? *$`
		}
	}
	if s.Min != nil {
		out["minimum"] = *s.Min
	}
	if s.Max != nil {
		out["maximum"] = *s.Max
	}
	return []any{out, node{"type": "string", "pattern": pattern}}
}
