package yamlnode_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// printed is n as YAML.
func printed(t testing.TB, n *yamlnode.Node) string {
	t.Helper()
	var b strings.Builder
	if err := yamlnode.Print(&b, n); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// values is a tree without places and layout, one line a value.
func values(n *yamlnode.Node, path string, out *strings.Builder) {
	switch n.Kind {
	case yamlnode.Mapping:
		fmt.Fprintf(out, "%s: mapping of %d\n", path, len(n.Pairs))
		for _, p := range n.Pairs {
			values(p.Value, fmt.Sprintf("%s/%q", path, p.Key), out)
		}
	case yamlnode.Sequence:
		fmt.Fprintf(out, "%s: list of %d\n", path, len(n.Items))
		for i, item := range n.Items {
			values(item, fmt.Sprintf("%s/%d", path, i), out)
		}
	case yamlnode.Null:
		fmt.Fprintf(out, "%s: null\n", path)
	default:
		fmt.Fprintf(out, "%s: %v %q\n", path, n.Type(), n.Text)
	}
}

// checkPrint prints n, reads it back and compares.
func checkPrint(t *testing.T, n *yamlnode.Node) {
	t.Helper()
	text := printed(t, n)
	again, faults := yamlnode.Parse("printed.yml", []byte(text))
	if again == nil || len(faults) > 0 {
		t.Fatalf("printed text does not parse: %v\n%s", faults, text)
	}
	var want, got strings.Builder
	values(n, "", &want)
	values(again, "", &got)
	if want.String() != got.String() {
		t.Errorf("printed text means something else (-want +got):\n%s\n%s", cmp.Diff(want.String(), got.String()), text)
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	n := yamlnode.NewMapping()
	n.Set("type", yamlnode.NewString("pipeline"))
	n.Set("version", yamlnode.NewString("1"))
	n.Set("on", yamlnode.NewBool(true))
	n.Set("empty", yamlnode.NewMapping())
	n.Set("none", yamlnode.NewSequence())
	n.Set("nothing", yamlnode.NewNull())
	n.Set("lr", yamlnode.NewFloat(1e-5))
	n.Set("command", yamlnode.NewString("echo a\necho b: c\n"))
	job := yamlnode.NewMapping()
	job.Set("x", yamlnode.NewInt(3))
	job.Set("y", yamlnode.NewSequence(yamlnode.NewString("a: b"), yamlnode.NewString("${{parent.inputs.x}}")))
	n.Set("jobs", yamlnode.NewSequence(job, yamlnode.NewSequence(yamlnode.NewInt(1), yamlnode.NewInt(2))))
	want := `type: pipeline
version: "1"
"on": true
empty: {}
none: []
nothing: null
lr: 1.0e-05
command: |
  echo a
  echo b: c
jobs:
  - x: 3
    "y":
      - "a: b"
      - ${{parent.inputs.x}}
  - - 1
    - 2
`
	want = strings.ReplaceAll(want, `"y"`, "y") // PyYAML knows no y
	if diff := cmp.Diff(want, printed(t, n)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	checkPrint(t, n)
}

func TestPrintReadsBack(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", " ", "a ", " a", "\n", "a\n", "a\n\n", "\na", "a\n \nb", "a\n  b\nc", " a\nb", "\n a\n\n\n", "  \na", "a\n ", "a\n \n", "a\t\n\tb\n",
		"\ta\nb", "a\n---\n...\n", "\n\n", " \n", "# a\nb", "# a", "a # b", "- a", "-", "--", "---", "?", ": ", "a:",
		"\t", "a\tb", "\x00", "\u0085", "\uFEFF", "é", "😀", "'", `"`, `\`, "%x", "@x", "`x", "!x", "&x", "*x", "{", "[", "}", "]", ",", ">", "|",
		"1e3", "1.5", "0777", "yes", "null", "~", "2024-01-01", "<<", "=", "...", "a\r\nb", "a\u2028b", strings.Repeat("long ", 300),
	} {
		m := yamlnode.NewMapping()
		m.Set("v", yamlnode.NewString(s))
		m.Set(s, yamlnode.NewSequence(yamlnode.NewString(s), yamlnode.NewSequence(yamlnode.NewString(s))))
		checkPrint(t, m)
		checkPrint(t, yamlnode.NewString(s))
	}
}

func TestSetReplaces(t *testing.T) {
	t.Parallel()
	n := yamlnode.NewMapping()
	for round := range 2 {
		for i := range 1000 {
			n.Set(fmt.Sprint(i), yamlnode.NewInt(int64(i+round)))
		}
	}
	if got := n.Get("999").Text; len(n.Pairs) != 1000 || got != "1000" {
		t.Errorf("got %d pairs and %s", len(n.Pairs), got)
	}
}

// FuzzParse checks that no text ends the program, that every fault has a
// place, and that what is read prints back as the same values.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a: 1\nb: [c, 'd', \"e\"]\n", "a: |\n  x\n  y\n", "&x a: *x\n", "<<: {a: 1}\nb: >-\n  c\n  d\n", "a: [${{x}}]", "- - ? a\n", "!!float 1", "\ta", "'",
		"a: \"b\nc: \"d\"", "{a, b: c, ? d}", "--- a\n...\n", "%YAML 1.1\n---\na", "a: &x [*x]", "é:\r\n\u2028x", "\xff\x00", "jobs(3)", jobs(3),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n, faults := yamlnode.Parse("f.yml", data)
		if n == nil && !faults.HasErrors() {
			t.Error("no node, and no reason why")
		}
		for _, d := range faults {
			if d.Line < 1 || d.Column < 1 || d.EndLine < d.Line || d.Code == "" || strings.Contains(d.Message, "\n") {
				t.Errorf("bad diagnostic: %+v", d)
			}
		}
		if len(faults) == 0 {
			checkPrint(t, n)
		}
	})
}
