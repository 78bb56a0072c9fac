package jmespath_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	other "github.com/jmespath/go-jmespath"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
)

const jobs = `{
  "zeta": {"status": "Failed", "n": 3, "tags": {"b": "1", "a": "2"}},
  "alpha": {"status": "Completed", "n": 1, "tags": {}},
  "list": [
    {"name": "x", "created": "2026-02-01", "size": 10, "inner": [1, [2, 3]]},
    {"name": "yy", "created": "2026-01-01", "size": 9, "inner": []},
    {"name": null, "created": "2026-03-01", "size": 9.5, "inner": null}
  ],
  "big": 12345678901234567890, "one": 1.0, "text": "hé", "empty": {}, "none": null,
  "a-b": true, "numbers": [3, 1, 2], "words": ["b", "a"]
}`

// encode writes a value with the order of its keys, so that order is compared.
func encode(t *testing.T, v any) string {
	t.Helper()
	switch v := v.(type) {
	case []any:
		parts := []string{}
		for _, item := range v {
			parts = append(parts, encode(t, item))
		}
		return "[" + strings.Join(parts, ",") + "]"
	case *jmespath.Object:
		parts := []string{}
		for _, key := range v.Keys() {
			value, _ := v.Get(key)
			parts = append(parts, encode(t, key)+":"+encode(t, value))
		}
		return "{" + strings.Join(parts, ",") + "}"
	default:
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
}

func search(t *testing.T, expression, document string) (any, error) {
	t.Helper()
	v, err := jmespath.Decode([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	q, err := jmespath.Compile(expression)
	if err != nil {
		t.Fatalf("compile %s: %v", expression, err)
	}
	return q.Search(v)
}

// The wanted results were got from Python's jmespath 1.1.0.
func TestSearchAsPython(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"{B: one, A: big}":                        `{"B":1.0,"A":12345678901234567890}`,
		"list[].{n: name, c: created} | [0]":      `{"n":"x","c":"2026-02-01"}`,
		"*.status":                                `["Failed","Completed"]`,
		"keys(zeta.tags)":                         `["b","a"]`,
		"values(zeta.tags)":                       `["1","2"]`,
		"merge(zeta.tags, {c: `3`, b: `9`})":      `{"b":9,"a":"2","c":3}`,
		"list[?name==`x`].size":                   `[10]`,
		"list[?created > '2026-01-15'].created":   `["2026-02-01","2026-03-01"]`,
		"list[?size < `10`].size":                 `[9,9.5]`,
		"sort_by(list, &created)[].created":       `["2026-01-01","2026-02-01","2026-03-01"]`,
		"sort_by(list, &size)[*].size":            `[9,9.5,10]`,
		"max_by(list, &size).size":                `10`,
		"min_by(list, &size).size":                `9`,
		"sum(numbers)":                            `6`,
		"sum(list[].size)":                        `28.5`,
		"avg(numbers)":                            `2.0`,
		"avg(`[]`)":                               `null`,
		"ceil(list[2].size)":                      `10`,
		"abs(`-2.50`)":                            `2.50`,
		"length(text)":                            `2`,
		"to_number('12')":                         `12`,
		"to_number('1e2')":                        `100.0`,
		"to_number('x')":                          `null`,
		"to_string(list[0].inner)":                `"[1,[2,3]]"`,
		"to_string({a: text})":                    `"{\"a\":\"h\\u00e9\"}"`,
		"big":                                     `12345678901234567890`,
		"big > `12345678901234567889`":            `true`,
		"one == `1`":                              `true`,
		"numbers[::-1]":                           `[2,1,3]`,
		"numbers[-2:]":                            `[1,2]`,
		"numbers[:1:-1]":                          `[2]`,
		"numbers[0:9:9223372036854775807]":        `[3]`,
		`"a-b" && text || none`:                   `"hé"`,
		"!empty":                                  `true`,
		"none.{a: b}":                             `null`,
		"reverse(words)":                          `["a","b"]`,
		"map(&length(@), words)":                  `[1,1]`,
		"not_null(none, empty.x, text)":           `"hé"`,
		"contains(words, 'a')":                    `true`,
		"join('-', words)":                        `"b-a"`,
		"type(&one == `1`) || type(one)":          "error",
		"list[].inner[] | [?type(@) == 'number']": `[1]`,
		"list[*].inner[0]":                        `[1]`,
		"foo(@)":                                  "error",
		"sum(words)":                              "error",
		"length()":                                "error",
		"sort_by(list, &name)":                    "error",
		"numbers[::0]":                            "error",
		"starts_with(text, 'h') && ends_with(text, 'x')": `false`,
	} {
		v, err := search(t, expression, jobs)
		got := "error"
		if err == nil {
			got = encode(t, v)
		}
		if got != want {
			t.Errorf("%s\n got %s (%v)\nwant %s", expression, got, err, want)
		}
	}
}

func TestErrorsSpeakAsPython(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"foo(@)":      "Unknown function: foo()",
		"length()":    "Expected 1 argument for function length(), received 0",
		"sum(text)":   `In function sum(), invalid type for value: "hé", expected one of: array-number, received: "string"`,
		"map(@, one)": `expected one of: expref, received: "object"`,
	} {
		_, err := search(t, expression, strings.ReplaceAll(jobs, "é", "\\u00e9"))
		var call *jmespath.CallError
		if !errors.As(err, &call) {
			t.Fatalf("%s: %v is no CallError", expression, err)
		}
		if got := strings.ReplaceAll(err.Error(), `\u00e9`, "é"); !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", expression, got, want)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for expression, offset := range map[string]int{
		"":           0,
		"foo[":       4,
		"a.b c":      4,
		"a = b":      2,
		"{a}":        2,
		"{1: a}":     1,
		"'x":         0,
		"[?a":        3,
		"a[1:2:3:4]": 7,
		"#":          0,
		`"f"(@)`:     0,
		"(a)(b)":     3,
		"-":          0,
		"a[*":        3,
		"@.":         2,
		"a[1 2]":     4,
		"`\"\\q`":    0,
	} {
		_, err := jmespath.Compile(expression)
		var syntax *jmespath.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%q: got %v, want a SyntaxError", expression, err)
			continue
		}
		if syntax.Offset != offset || syntax.Query != expression {
			t.Errorf("%q: offset %d, want %d (%v)", expression, syntax.Offset, offset, err)
		}
	}
}

// Where order, ints and strings' order do not matter, the field's Go library
// must agree.
func TestAgreesWithGoJMESPath(t *testing.T) {
	t.Parallel()
	for _, expression := range []string{
		"@", "zeta", "zeta.status", `"a-b"`, "list[0]", "list[-1].name", "list[9]", "list[*].name",
		"list[].inner", "list[].inner[]", "list[].inner[][]", "list[*].inner[*]", "list[?size > `9`].name",
		"list[?name && size == `10`]", "list[?!name]", "list[:2].name", "list[1:].size", "[zeta.n, alpha.n]",
		"{x: zeta.n}", "zeta.[n, status]", "zeta.{n: n, t: tags.a}", "list | [0].name", "none || text",
		"numbers[?@ > `1`] | length(@)", "sort(numbers)", "sort(words)", "max(numbers)", "min(words)",
		"contains(text, 'h')", "to_array(text)", "type(empty)", "reverse(numbers)", "floor(one)",
		"list[?contains(['x','q'], name)].size", "zeta.tags.*.foo", "`{\"a\": [1]}`.a[0]", "@.list[0].name",
		"(none || zeta).n", "!(none)", "not_null(none)", "list[*].[name, size][]", "length(list[*].inner | [0])",
		"numbers[0] < numbers[1]", "text < one", "list[?inner[0] == `1`] | [0].{a: name}",
	} {
		v, err := search(t, expression, jobs)
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		if diff := cmp.Diff(searchOther(t, expression), plain(t, v)); diff != "" {
			t.Errorf("%s: %s", expression, diff)
		}
	}
}

func searchOther(t *testing.T, expression string) any {
	t.Helper()
	var document any
	if err := json.Unmarshal([]byte(jobs), &document); err != nil {
		t.Fatal(err)
	}
	v, err := other.Search(expression, document)
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// plain turns a value into what encoding/json makes of it.
func plain(t *testing.T, v any) any {
	t.Helper()
	var result any
	if err := json.Unmarshal([]byte(encode(t, v)), &result); err != nil {
		t.Fatal(err)
	}
	return result
}

func TestOnlyHashesAreWritten(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]bool{"zeta": false, "{a: one}": true, "merge({a: one})": false} {
		v, err := search(t, expression, jobs)
		if err != nil {
			t.Fatal(err)
		}
		if got := v.(*jmespath.Object).Written; got != want {
			t.Errorf("%s: Written is %v", expression, got)
		}
	}
}

func TestObjectMarshalsInOrder(t *testing.T) {
	t.Parallel()
	o := jmespath.NewObject()
	o.Set("z", []int{1})
	o.Set("a\n", nil)
	o.Set("z", "again")
	data, err := json.Marshal(o)
	if want := `{"z":"again","a\n":null}`; err != nil || string(data) != want {
		t.Errorf("got %s, %v", data, err)
	}
	o.Set("f", func() {})
	if _, err := json.Marshal(o); err == nil {
		t.Error("a func was marshalled")
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, document := range []string{"", "{", "[1", "1 2", `{"a" 1}`, "[1,]", "}"} {
		if v, err := jmespath.Decode([]byte(document)); err == nil {
			t.Errorf("%q gave %v", document, v)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, seed := range []string{
		"list[?name==`x`].{a: size, b: inner[]} | [0]", "*.tags.*[::-1]", "sort_by(list,&size)[*].[name]",
		"map(&to_number(@), ['1','x'])", `"a-b" && !none || keys(@)`, "a[", "`", "'\\''", "numbers[-9:9:-2]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		q, err := jmespath.Compile(expression)
		if err != nil {
			return
		}
		v, err := jmespath.Decode([]byte(jobs))
		if err != nil {
			t.Fatal(err)
		}
		before := encode(t, v)
		// Any result and any error will do; a panic or a changed document not.
		_, _ = q.Search(v)
		if encode(t, v) != before {
			t.Fatalf("%s changed the document", expression)
		}
	})
}
