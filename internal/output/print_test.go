package output_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/output"
)

// raw is a JSON document as a result.
type raw string

func (r raw) MarshalJSON() ([]byte, error) { return []byte(r), nil }

func show(t *testing.T, v any, o output.Options, columns output.TableTransform) string {
	t.Helper()
	var b bytes.Buffer
	if err := output.Print(&b, v, o, columns); err != nil {
		t.Fatalf("print %v with %+v: %v", v, o, err)
	}
	return b.String()
}

// skip marks a text that a row does not pin.
const skip = "(skip)"

// The wanted texts were observed with az's own formatters (knack 0.12).
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value, query     string
		json, tsv, table, yaml string
	}{
		{"string", `"n1"`, "", "\"n1\"\n", "n1\n", "Result\n--------\nn1\n", "n1\n...\n"},
		{"true", `true`, "", "true\n", "true\n", "Result\n--------\nTrue\n", "true\n...\n"},
		{"null", `null`, "", "", "", "", ""},
		{"query to null", `{"a":1}`, "b", "", "", "", ""},
		{"empty list", `[]`, "", "[]\n", "", "\n", "[]\n"},
		{"empty object", `{}`, "", "{}\n", "\n", "\n", "{}\n"},
		{"list", `["a",null,true]`, "", "[\n  \"a\",\n  null,\n  true\n]\n", "a\nNone\ntrue\n", "Result\n--------\na\n\nTrue\n", "- a\n- null\n- true\n"},
		{"rows", `[["a","b"],["c",null]]`, "", "[\n  [\n    \"a\",\n    \"b\"\n  ],\n  [\n    \"c\",\n    null\n  ]\n]\n",
			"a\tb\nc\tNone\n", "Column1    Column2\n---------  ---------\na          b\nc\n", "- - a\n  - b\n- - c\n  - null\n"},
		{"object", `{"b":1,"a":{"x":1},"c":[1,2],"d":true,"e":null,"id":"x"}`, "",
			"{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": 1,\n  \"c\": [\n    1,\n    2\n  ],\n  \"d\": true,\n  \"e\": null,\n  \"id\": \"x\"\n}\n",
			"\t1\t2\tTrue\tNone\tx\n", "B    D\n---  ----\n1    True\n", skip},
		{"written order", `{"x":1,"y":2}`, "{B:x,A:y}", "{\n  \"A\": 2,\n  \"B\": 1\n}\n", "1\t2\n", "B    A\n---  ---\n1    2\n", "A: 2\nB: 1\n"},
		{"written order of rows", `[{"x":1,"y":2}]`, "[].{B:x,A:y}", "[\n  {\n    \"A\": 2,\n    \"B\": 1\n  }\n]\n", "1\t2\n", "B    A\n---  ---\n1    2\n", "- A: 2\n  B: 1\n"},
		{"queried, not written", `{"a":[{"z":1,"id":2,"b":3}]}`, "a", skip, "3\t2\t1\n", "Z    B\n---  ---\n1    3\n", skip},
		{"null by query", `{"x":null}`, "{A:x}", "{\n  \"A\": null\n}\n", "None\n", "\n", "A: null\n"},
		{"ragged", `[{"name":"x","n":1.0,"t":true},{"name":"longer name","z":3}]`, "", skip,
			"1.0\tx\tTrue\nlonger name\t3\n",
			"N    Name         T     Z\n---  -----------  ----  ---\n1.0  x            True\n     longer name        3\n", skip},
		{"mixed", `[["a"],{"b":1},"s",null]`, "", skip, "a\n1\ns\nNone\n",
			"Column1    B    Result\n---------  ---  --------\na\n           1\n                s\n\n", skip},
		{"text", `{"t":"a\tb","e":"é\u2028<>&","u":"\u0001\"\\"}`, "",
			"{\n  \"e\": \"é\u2028<>&\",\n  \"t\": \"a\\tb\",\n  \"u\": \"\\u0001\\\"\\\\\"\n}\n", "é\u2028<>&\ta\tb\t\x01\"\\\n", skip, skip},
		{"lines in a cell", `[{"a":"x\ny","b":"1"}]`, "", skip, "x\ny\t1\n", "A    B\n---  ---\nx    1\ny\n", skip},
		{"numbers", `[1,2.50,1e30,12345678901234567890]`, "", "[\n  1,\n  2.50,\n  1e30,\n  12345678901234567890\n]\n", "1\n2.50\n1e30\n12345678901234567890\n",
			"Result\n--------------------\n1\n2.50\n1e30\n12345678901234567890\n", "- 1\n- 2.5\n- 1.0e+30\n- 12345678901234567890\n"},
		{"only skipped columns", `[{"id":1,"type":"x","etag":"e"}]`, "", skip, "e\t1\tx\n", "\n", skip},
		{"a string like a number", `"1"`, "", "\"1\"\n", "1\n", "Result\n--------\n1\n", "\"1\"\n"},
		{"empty string", `""`, "", "\"\"\n", "\n", "Result\n--------\n\n", "\"\"\n"},
		{"12", `12`, "", "12\n", "12\n", "Result\n--------\n12\n", "12\n...\n"},
	} {
		for format, want := range map[string]string{"json": c.json, "tsv": c.tsv, "table": c.table, "yaml": c.yaml} {
			if want == skip {
				continue
			}
			if got := show(t, raw(c.value), output.Options{Format: format, Query: c.query}, ""); got != want {
				t.Errorf("%s as %s:\n got %q\nwant %q", c.name, format, got, want)
			}
		}
		if got := show(t, raw(c.value), output.Options{Format: "none", Query: c.query}, ""); got != "" {
			t.Errorf("%s as none: %q", c.name, got)
		}
	}
}

const armID = "/subscriptions/S/resourceGroups/rg/providers/P/workspaces/w"

func TestResourceGroupIsInjected(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		`{"id":"` + armID + `"}`:                                  "rg",
		`{"id":"azureml:` + armID + `/jobs/j"}`:                   "rg",
		`{"id":"` + strings.ToLower(armID) + `"}`:                 "rg",
		`{"id":"` + armID + `","RESOURCEGROUP":"x"}`:              "",
		`{"id":"` + armID + `","resource_group":"x"}`:             "rg",
		`{"id":"/subscriptions/S/resourceGroups/rg"}`:             "",
		`{"id":"azureml://registries/R/models/M/versions/V/a/b"}`: "",
		`{"id":7}`:     "",
		`{"id":null}`:  "",
		`{"name":"x"}`: "",
	} {
		got := strings.TrimSpace(show(t, raw(value), output.Options{Format: "tsv", Query: "resourceGroup"}, ""))
		if got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
	}
	deep := raw(`{"a":[{"b":{"id":"` + armID + `"}}]}`)
	if got := show(t, deep, output.Options{Format: "tsv", Query: "a[].b.resourceGroup"}, ""); got != "rg\n" {
		t.Errorf("in depth: %q", got)
	}
}

func TestTableTransform(t *testing.T) {
	t.Parallel()
	jobs := raw(`[{"name":"j1","type":"command","created":{"at":"2026"},"extra":1},{"name":"j2","type":"pipeline"}]`)
	columns := output.TableTransform(`[].{name: name, "job type": type, at: created.at}`)
	want := "Name    Job type    At\n------  ----------  ----\nj1      command     2026\nj2      pipeline\n"
	if got := show(t, jobs, output.Options{Format: "table"}, columns); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := show(t, jobs, output.Options{Format: "table", Query: "[].{N: name}"}, columns); got != "N\n---\nj1\nj2\n" {
		t.Errorf("a query goes before the noun's columns, got\n%s", got)
	}
	if got := show(t, jobs, output.Options{Format: "tsv", Query: "[].extra"}, columns); got != "1\n" {
		t.Errorf("tsv: %q", got)
	}
	for _, bad := range []output.TableTransform{"[", "sum(@)"} {
		err := output.Print(io.Discard, jobs, output.Options{Format: "table"}, bad)
		var table *output.TableError
		if !errors.As(err, &table) || !strings.HasPrefix(err.Error(), "Table output unavailable. Use the --query") || table.Unwrap() == nil {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestWideText(t *testing.T) {
	t.Parallel()
	got := show(t, raw(`[{"a":"中文字","b":1},{"a":"x","b":2}]`), output.Options{Format: "table"}, "")
	if want := "A       B\n------  ---\n中文字  1\nx       2\n"; got != want {
		t.Errorf("got\n%s", got)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	o, err := output.Parse("TSV", "name", true)
	if want := (output.Options{Format: "tsv", Query: "name", Color: true}); err != nil || o != want {
		t.Errorf("got %+v, %v", o, err)
	}
	if o, err := output.Parse("", "", false); err != nil || o.Format != "json" {
		t.Errorf("got %+v, %v", o, err)
	}
	for _, c := range []struct{ format, query, want string }{
		{"xml", "", "'xml' is not a valid value for '--output'. Allowed values: json, jsonc, yaml, yamlc, table, tsv, none."},
		{"json", "a[", "argument --query: invalid jmespath_type value: 'a[': unexpected the end at column 3"},
	} {
		_, err := output.Parse(c.format, c.query, false)
		var usage *output.UsageError
		if !errors.As(err, &usage) || err.Error() != c.want {
			t.Errorf("got %v", err)
		}
		if err := output.Print(io.Discard, 1, output.Options{Format: c.format, Query: c.query}, ""); !errors.As(err, &usage) {
			t.Errorf("Print: %v", err)
		}
	}
}

func TestQueryErrors(t *testing.T) {
	t.Parallel()
	err := output.Print(io.Discard, "x", output.Options{Query: "sum(@)"}, "")
	var query *output.QueryError
	if !errors.As(err, &query) || !strings.HasPrefix(err.Error(), "Invalid jmespath query supplied for `--query`: In function sum()") {
		t.Errorf("got %v", err)
	}
	if query.Unwrap() == nil {
		t.Error("the cause is lost")
	}
}

func TestColor(t *testing.T) {
	t.Parallel()
	value := raw(`{"a":["x",1],"b":null}`)
	for format, want := range map[string]string{
		"jsonc": "{\n  \x1b[94m\"a\"\x1b[39m: [\n    \x1b[33m\"x\"\x1b[39m,\n    \x1b[34m1\x1b[39m\n  ],\n  \x1b[94m\"b\"\x1b[39m: \x1b[34mnull\x1b[39m\n}\n",
		"json":  "{\n  \"a\": [\n    \"x\",\n    1\n  ],\n  \"b\": null\n}\n",
	} {
		if got := show(t, value, output.Options{Format: format, Color: true}, ""); got != want {
			t.Errorf("%s: %q", format, got)
		}
	}
	colored := show(t, value, output.Options{Format: "yamlc", Color: true}, "")
	plain := show(t, value, output.Options{Format: "yamlc"}, "")
	if !strings.HasPrefix(colored, "\x1b[94ma\x1b[39m:\n") {
		t.Errorf("yamlc: %q", colored)
	}
	if strings.NewReplacer("\x1b[94m", "", "\x1b[39m", "").Replace(colored) != plain {
		t.Errorf("colour changed the text: %q, %q", colored, plain)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestTroubleIsReported(t *testing.T) {
	t.Parallel()
	if err := output.Print(brokenPipe{}, 1, output.Options{}, ""); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
	if err := output.Print(io.Discard, func() {}, output.Options{}, ""); err == nil {
		t.Error("a func was printed")
	}
	if err := output.Print(io.Discard, raw("[1e999]"), output.Options{Format: "yaml"}, ""); err == nil {
		t.Error("1e999 became YAML")
	}
}

func TestStructsPrintByTheirTags(t *testing.T) {
	t.Parallel()
	type job struct {
		Name string         `json:"name"`
		Tags map[string]any `json:"tags,omitempty"`
		HTML string         `json:"html"`
	}
	got := show(t, []job{{Name: "n", HTML: "<a&b>"}}, output.Options{}, "")
	if want := "[\n  {\n    \"html\": \"<a&b>\",\n    \"name\": \"n\"\n  }\n]\n"; got != want {
		t.Errorf("got %s", got)
	}
	var none *job
	if got := show(t, none, output.Options{}, ""); got != "" {
		t.Errorf("nil: %q", got)
	}
}
