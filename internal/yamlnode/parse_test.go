package yamlnode_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// parse reads text that has to be fine.
func parse(t *testing.T, text string) *yamlnode.Node {
	t.Helper()
	n, faults := yamlnode.Parse("f.yml", []byte(text))
	if n == nil || len(faults) > 0 {
		t.Fatalf("parse %q: node %v, faults %v", text, n, faults)
	}
	return n
}

// shown is a diagnostic as the tables below write it.
func shown(d diag.Diagnostic) string {
	return fmt.Sprintf("%d:%d-%d:%d %s: %s", d.Line, d.Column, d.EndLine, d.EndColumn, d.Code, d.Message)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const bad = "yaml-syntax: f.yml is not valid YAML: "
	tests := []struct{ name, text, want string }{
		{"deep line", "a: 1\n b: 2\n", "2:2-2:4 " + bad + "bad indentation: this line is indented by 1 space, which fits none of the lines above"},
		{"deep line in block", "a:\n  b: 1\n   c: 2\n", "3:4-3:6 " + bad + "bad indentation: this line is indented by 3 spaces, which fits none of the lines above"},
		{"between blocks", "a:\n  - b\n c: d\n", "3:2-3:4 " + bad + "bad indentation: this line is indented by 1 space, which fits none of the lines above"},
		{"open double quote", "a: \"x\nb: 1\nc: 2\n", `1:4-1:6 ` + bad + `the quote " that opens here is not closed`},
		{"open single quote", "é: 'x\nb: 1\n", "1:4-1:6 " + bad + "the quote ' that opens here is not closed"},
		{"quote closed by the next", "a: 1\nname: \"x\nversion: \"1\"\nb: 2\n", `2:7-2:9 ` + bad + `the quote " that opens here is not closed`},
		{"open bracket", "a: [1, 2\nb: 3\n", "1:4-1:5 " + bad + "the bracket [ that opens here is not closed"},
		{"open brace", "a: {b: 1\n", "1:4-1:5 " + bad + "the bracket { that opens here is not closed"},
		{"open bracket, no newline", "a: [1, 2", "1:4-1:5 " + bad + "the bracket [ that opens here is not closed"},
		{"colon in value", "a: b: c\n", "1:5-1:6 " + bad + "a colon stands in a value that is not quoted"},
		{"expression in brackets", "a: [${{inputs.x}}]\n", "1:5-1:18 " + bad + "the expression ${{inputs.x}} has to be quoted within brackets"},
		{"unknown alias", "a: *x\n", "1:4-1:6 " + bad + "the alias *x has no anchor &x before it"},
		{"tab", "a:\n\tb: 1\n", "2:1-2:2 " + bad + "a tab is used for indentation; YAML allows only spaces"},
		{"tab after block", "a: |\n  x\n\tb: 1\n", "3:1-3:2 " + bad + "a tab is used for indentation; YAML allows only spaces"},
		{"at sign", "a: @x\n", "1:4-1:6 " + bad + "a value cannot start with @ unless it is quoted"},
		{"escape", `a: "\q"`, "1:5-1:7 " + bad + "unknown escape within double quotes"},
		{"item among keys", "a: 1\n- b\n", "2:1-2:2 " + bad + "a list item stands where a key is expected"},
		{"key among items", "- a\nb: c\n", "2:1-2:3 " + bad + "a key stands where a list item is expected"},
		{"no space after colon", "a:b\nc: d\n", "1:1-1:4 " + bad + "this line is not a key, a colon and a value"},
		{"text after value", "a: \"b\" c\n", "1:8-1:9 " + bad + "unexpected text after the end of the value"},
		{"duplicate key", "a: 1\nb: 2\na: 3\n", `3:1-3:2 yaml-duplicate-key: the key "a" is given twice`},
		{"list as key", "? [a]\n: b\n", "1:3-1:6 yaml-key: a key has to be text, not a list"},
		{"braces as key", "{{y}}: 2\n", "1:1-1:6 yaml-key: a key has to be text, not a mapping"},
		{"no key", ": x\n", "1:1-1:1 yaml-key: a key is missing before the colon"},
		{"merge of text", "<<: x\n", "1:5-1:6 yaml-key: the merge key << takes a mapping, or a list of mappings"},
		{"alias in itself", "a: &x [*x]\n", "1:8-1:10 yaml-alias: the alias *x contains itself"},
		{"empty", "", "1:1-1:1 yaml-empty: the file is empty"},
		{"comment", "# c\n", "1:1-1:1 yaml-empty: the file is empty: it holds no value"},
		{"two documents", "a: 1\n---\nb: 2\n", "2:1-2:4 yaml-documents: the file holds more than one YAML document; the second starts here"},
		{"broken second document", "a: 1\n---\nb: [\n", "2:1-2:4 yaml-documents: the file holds more than one YAML document; the second starts here"},
		{"control character", "a: x\x01y\n", "1:5-1:6 yaml-encoding: the control character U+0001 may not stand in YAML"},
		{"latin 1", "b: 1\na: caf\xe9\n", "2:7-2:8 yaml-encoding: byte 0xE9 is not valid UTF-8"},
		{"UTF-16", "\xff\xfea\x00", "1:1-1:1 yaml-encoding: the file is UTF-16, not UTF-8"},
		{"too deep", strings.Repeat("[", 300), "1:201-1:202 yaml-too-large: values are nested deeper than 200 levels"},
		{"tag", "a: !foo x\n", "1:9-1:10 yaml-syntax: the tag !foo is not supported"},
		{"tag that does not fit", "a: !!int x\n", `1:10-1:11 yaml-syntax: "x" does not fit its tag !!int`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, faults := yamlnode.Parse("f.yml", []byte(tt.text))
			var got []string
			for _, d := range faults {
				got = append(got, shown(d))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, "\n")); diff != "" {
				t.Errorf("faults of %q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestFaultsDoNotHideEachOther(t *testing.T) {
	t.Parallel()
	n, faults := yamlnode.Parse("f.yml", []byte("a: 1\na: \xff\nb: {c: 1, c: 2}\n---\nx\n"))
	if len(faults) != 4 || n == nil || n.Get("b").Get("c").Text != "2" {
		t.Errorf("got %v and %v, want four faults beside a node", n, faults)
	}
}

func TestDuplicateKey(t *testing.T) {
	t.Parallel()
	n, faults := yamlnode.Parse("f.yml", []byte("a: 1\nb: 2\na: 3\n"))
	if len(n.Pairs) != 2 || n.Pairs[0].Value.Text != "3" || n.Pairs[0].KeyRange.Line != 3 {
		t.Errorf("got %+v, want the last value at the first position", n.Pairs)
	}
	if r := faults[0].Related; len(r) != 1 || r[0].Line != 1 {
		t.Errorf("got related %v, want line 1", r)
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, path, want string }{
		{"plain", "a: bc # d\n", "a", "1:4-1:6"},
		{"plain with spaces", "a:   b  c   \n", "a", "1:6-1:10"},
		{"plain over lines", "a: b\n  c\n\n  d\ne: 1\n", "a", "1:4-4:4"},
		{"double quoted", `a: "b\"c" # "`, "a", "1:4-1:10"},
		{"double quoted over lines", "a: \"b\n  c\"\n", "a", "1:4-2:5"},
		{"single quoted", "a: 'it''s' \n", "a", "1:4-1:11"},
		{"literal", "a: |\n  b\n   c  \n\nd: 1\n", "a", "1:4-3:7"},
		{"folded", "a: >- # c\n\n  b c\n  d", "a", "1:4-4:4"},
		{"empty literal", "a: |\nb: 1\n", "a", "1:4-1:5"},
		{"empty", "a:\nb: 1\n", "a", "1:3-1:3"},
		{"wide characters", "é: \"日本\" \n", "é", "1:4-1:8"},
		{"CRLF", "a: 1\r\nb: \"c\r\n  d\"\r\n", "b", "2:4-3:5"},
		{"byte order mark", "\uFEFFa: 12\n", "a", "1:4-1:6"},
		{"block mapping", "a:\n  b: 1\n  c:\n    - d\n", "a", "2:3-4:8"},
		{"block list", "a:\n- b\n- cd\n", "a", "2:1-3:5"},
		{"flow list", "a: [b, 'c' , ] # d\n", "a", "1:4-1:15"},
		{"flow over lines", "a: {b: 1,\n  c: [2]\n }\n", "a", "1:4-3:3"},
		{"empty flow", "a: [ ]\n", "a", "1:4-1:7"},
		{"anchored scalar", "a: &x bc\n", "a", "1:7-1:9"},
		{"tagged mapping", "a: !!map # c\n  b: 1\n", "a", "2:3-2:7"},
		{"anchored nothing", "a: &x\nb: 1\n", "a", "1:6-1:6"},
		{"line separator", "a: \"x\u2028y\"\nb: cd\n", "b", "2:4-2:6"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := parse(t, tt.text).Get(tt.path).Range
			if got := fmt.Sprintf("%d:%d-%d:%d", r.Line, r.Column, r.EndLine, r.EndColumn); got != tt.want {
				t.Errorf("range in %q: got %s, want %s", tt.text, got, tt.want)
			}
		})
	}
}

func TestMergeAndAliases(t *testing.T) {
	t.Parallel()
	n := parse(t, "base: &b {x: 1, y: 2}\nother: &o {y: 3, z: 4}\none:\n  x: 9\n  <<: *b\nboth: {<<: [*b, *o]}\nsame: *b\nquoted: {'<<': 1}\n")
	for path, want := range map[string]string{
		"one x": "9", "one y": "2", "both x": "1", "both y": "2", "both z": "4", "same x": "1", "quoted <<": "1",
	} {
		outer, inner, _ := strings.Cut(path, " ")
		if got := n.Get(outer).Get(inner); got == nil || got.Text != want {
			t.Errorf("%s: got %v, want %s", path, got, want)
		}
	}
	if n.Get("same") != n.Get("base") {
		t.Error("an alias should share its node")
	}
}

func TestAliasBombIsCheap(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("x0: &x0 [" + strings.Repeat("lol, ", 10) + "]\n")
	for i := 1; i < 150; i++ {
		fmt.Fprintf(&b, "x%d: &x%d [%s]\n", i, i, strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 10))
	}
	start := time.Now()
	n, faults := yamlnode.Parse("f.yml", []byte(b.String()))
	if n != nil || len(faults) != 1 || faults[0].Code != diag.CodeYAMLAlias {
		t.Errorf("got %v, %v", n, faults)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	_, faults := yamlnode.Parse("f.yml", []byte("a: "+strings.Repeat("x", 1<<20+1)+"\nb: 1\n"))
	if len(faults) != 1 || faults[0].Code != diag.CodeYAMLTooLarge {
		t.Errorf("big scalar: got %v", faults)
	}
	_, faults = yamlnode.Parse("f.yml", make([]byte, 16<<20+1))
	if len(faults) != 1 || faults[0].Code != diag.CodeYAMLTooLarge {
		t.Errorf("big file: got %v", faults)
	}
	_, faults = yamlnode.Parse("f.yml", make([]byte, 1000))
	if len(faults) == 0 || len(faults) > 20 {
		t.Errorf("zeros: got %d faults", len(faults))
	}
}

// jobs is a pipeline with n jobs.
func jobs(n int) string {
	var b strings.Builder
	b.WriteString("type: pipeline\njobs:\n")
	for i := range n {
		fmt.Fprintf(&b, "  job_%d:\n    type: command\n    command: >-\n      echo ${{inputs.x}}\n      more\n"+
			"    environment: azureml:env@latest\n    inputs:\n      x: ${{parent.jobs.job_%d.outputs.é}}\n      lr: 0.%d\n", i, i-1, i)
	}
	return b.String()
}

// TestLinear guards against anything quadratic: four times the jobs may not
// take more than about four times as long, with room for a busy machine.
func TestLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("parses 10 MB")
	}
	took := func(n int) time.Duration {
		text := jobs(n)
		start := time.Now()
		root := parse(t, text).Get("jobs")
		for i := range n {
			if root.Get(fmt.Sprintf("job_%d", i)) == nil {
				t.Fatalf("job_%d is missing", i)
			}
		}
		return time.Since(start)
	}
	small, big := took(10_000), took(40_000)
	t.Logf("10,000 jobs in %v, 40,000 in %v", small, big)
	if big > 10*small+time.Second {
		t.Errorf("40,000 jobs took %v, 10,000 took %v", big, small)
	}
}

func TestLongLineIsLinear(t *testing.T) {
	t.Parallel()
	start := time.Now()
	parse(t, "a: ["+strings.Repeat("é, ", 200_000)+"é]\n")
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("one long line took %v", took)
	}
}

// TestAliasesToText: a long text that aliases repeat counts by its length,
// because it is written out each time the document is printed.
func TestAliasesToText(t *testing.T) {
	t.Parallel()
	for _, long := range []string{"&x " + strings.Repeat("a", 1<<19), "&x {" + strings.Repeat("a", 500) + ": " + strings.Repeat("b", 1<<19) + "}"} {
		text := "x: " + long + "\ny:\n" + strings.Repeat("  - *x\n", 100)
		n, faults := yamlnode.Parse("f.yml", []byte(text))
		if n != nil || len(faults) != 1 || faults[0].Code != diag.CodeYAMLAlias {
			t.Errorf("got %v, want one fault of aliases", faults)
		}
	}
}
