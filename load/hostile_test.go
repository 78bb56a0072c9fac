package load_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/load"
)

// hostile is a file that wants to cost much, or to be misread. Where code is
// empty it is right.
type hostile struct {
	name, text string
	code       diag.Code
	line       int
}

const (
	hostileHead = "$schema: https://azuremlschemas.azureedge.net/latest/pipelineJob.schema.json\ntype: pipeline\n"
	hostileJobs = "jobs:\n  a:\n    command: date\n    environment: azureml:e:1\n"
)

// tagged is a pipeline with text in its third line, and more after it.
func tagged(text string) string { return hostileHead + text + "\n" + hostileJobs }

// commanded is a pipeline with that command.
func commanded(text string) string {
	return hostileHead + strings.Replace(hostileJobs, "date", "date "+text, 1)
}

// bomb makes each value of many earlier ones.
func bomb(first, each string) string {
	var b strings.Builder
	b.WriteString("tags:\n  a0: &a0 " + first + "\n")
	for i := 1; i < 30; i++ {
		fmt.Fprintf(&b, "  a%d: &a%d %s\n", i, i, strings.ReplaceAll(each, "@", fmt.Sprint("*a", i-1)))
	}
	return b.String()
}

func hostiles() []hostile {
	return append(hostileSizes(), hostileTexts()...)
}

func hostileSizes() []hostile {
	many := strings.Repeat
	return []hostile{
		{"lists of lists", tagged(bomb("[x]", "[@, @, @, @, @, @, @, @]")), diag.CodeYAMLAlias, 0},
		{"mappings of mappings", tagged(bomb("{k: v}", "{a: @, b: @, c: @, d: @}")), diag.CodeYAMLAlias, 0},
		{"merges of merges", tagged(bomb("{k: v}", "{<<: [@, @]}")), diag.CodeYAMLAlias, 0},
		{"a list in itself", tagged("tags: &t {a: *t}"), diag.CodeYAMLAlias, 3},
		{"brackets", tagged("tags: " + many("[", 10_000) + many("]", 10_000)), diag.CodeYAMLTooLarge, 3},
		{"open brackets", hostileHead + "tags: " + many("[", 100_000), diag.CodeYAMLTooLarge, 3},
		{"mappings", tagged("tags: " + many("{a: ", 10_000) + many("}", 10_000)), diag.CodeYAMLTooLarge, 3},
		{"dashes", tagged("tags:\n" + many("- ", 10_000) + "x"), diag.CodeYAMLTooLarge, 4},
		{"question marks", hostileHead + many("? ", 10_000), diag.CodeYAMLTooLarge, 3},
		{"a long text", tagged("description: " + many("x", 12<<20)), diag.CodeYAMLTooLarge, 3},
		{"a long key", tagged(many("x", 2<<20) + ": 1"), diag.CodeYAMLTooLarge, 3},
		{"a long file", tagged("# " + many("x", 50<<20)), diag.CodeYAMLTooLarge, 1},
		{"values", tagged("tags: [" + many("1,", 7<<20) + "]"), diag.CodeYAMLTooLarge, 1},
		{"lines", tagged(many("\n", 10<<20)), diag.CodeYAMLTooLarge, 1},
		{"a long comment", tagged("# " + many("x", 10<<20)), "", 0},
		{"open expressions", commanded(many("$[[", 100_000) + many("]]", 100_000)), "", 0},
		{"a long expression", commanded("${{" + many("a.", 100_000) + "b}}"), diag.CodeBadExpression, 5},
	}
}

func hostileTexts() []hostile {
	return []hostile{
		{"Latin 1", tagged("description: caf\xe9"), diag.CodeYAMLEncoding, 3},
		{"a surrogate", tagged("description: x\xed\xa0\x80"), diag.CodeYAMLEncoding, 3},
		{"UTF-16", "\xff\xfe$\x00s\x00", diag.CodeYAMLEncoding, 1},
		{"a bell", tagged("description: a\ab"), diag.CodeYAMLEncoding, 3},
		{"an escape", tagged("description: a\x1b[31mb"), diag.CodeYAMLEncoding, 3},
		{"NUL in a key", tagged("a\x00b: c"), diag.CodeYAMLEncoding, 3},
		{"a mark of byte order", "\uFEFF" + tagged("tags: {}"), "", 0},
		{"carriage returns", strings.ReplaceAll(tagged("tags: {}"), "\n", "\r\n"), "", 0},
		{"old Mac", strings.ReplaceAll(tagged("tags: {}"), "\n", "\r"), "", 0},
		{"a tab as indentation", hostileHead + strings.Replace(hostileJobs, "    command", "\tcommand", 1), diag.CodeYAMLSyntax, 5},
		{"a tab after a colon", strings.Replace(tagged("tags: {}"), "command: ", "command:\t", 1), "", 0},
		{"two documents", tagged("tags: {}") + "---\n" + tagged("tags: {}"), diag.CodeYAMLDocuments, 8},
		{"nothing", "", diag.CodeYAMLEmpty, 1},
		{"a comment", "# nothing\n", diag.CodeYAMLEmpty, 1},
		{"a list", "- a\n", diag.CodeWrongShape, 1},
		{"a text merged", tagged("tags:\n  <<: text"), diag.CodeYAMLKey, 4},
		{"texts merged", tagged("tags:\n  <<: [a, b]"), diag.CodeYAMLKey, 4},
		{"a mapping merged", tagged("tags:\n  <<: {a: b}"), "", 0},
		{"a list as key", tagged("tags:\n  ? [a, b]\n  : c"), diag.CodeYAMLKey, 4},
		{"a mapping as key", tagged("tags:\n  {a: b}: c"), diag.CodeYAMLKey, 4},
		{"no key", tagged("tags:\n  : c"), diag.CodeYAMLKey, 4},
		{"an object of Python", tagged("description: !!python/object/apply:os.system [ls]"), diag.CodeYAMLSyntax, 3},
		{"a date", tagged("description: 2024-01-01"), diag.CodeWrongShape, 3},
		{"no date", tagged("description: 2024-99-99"), diag.CodeWrongShape, 3},
		{"an alias of nothing", tagged("tags: *none"), diag.CodeYAMLSyntax, 3},
		{"an expression without its dollar", commanded("")[:len(hostileHead)] + strings.Replace(hostileJobs, "date", "{{inputs.x}}", 1), diag.CodeYAMLKey, 5},
	}
}

// hang is far beyond what the race detector and a busy machine make of the time
// that any file may take: the test is about hanging, not about speed.
const hang = 2 * time.Minute

// TestHostile: files that want to cost much cost little, and each is one fault
// at its place, or none.
func TestHostile(t *testing.T) {
	// Not parallel: memory is measured.
	for _, h := range hostiles() {
		files := fstest.MapFS{"pipeline.yml": {Data: []byte(h.text)}}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		begin := time.Now()
		_, errs := load.Check(files, "pipeline.yml", load.Options{})
		took := time.Since(begin)
		runtime.ReadMemStats(&after)
		if spent := (after.TotalAlloc - before.TotalAlloc) >> 20; spent > 400 || took > hang {
			t.Errorf("%s: %v and %d MB", h.name, took, spent)
		}
		h.check(t, errs)
	}
}

func (h hostile) check(t *testing.T, errs diag.List) {
	t.Helper()
	want := 1
	if h.code == "" {
		want = 0
	}
	if len(errs) != want {
		t.Errorf("%s: %d faults, want %d; got:\n%s", h.name, len(errs), want, show(errs[:min(len(errs), 3)]))
		return
	}
	if want == 0 {
		return
	}
	if d := errs[0]; d.Code != h.code || h.line > 0 && d.Line != h.line || len(d.Message) > 1000 {
		t.Errorf("%s: want %s in line %d; got:\n%.1000s", h.name, h.code, h.line, show(errs))
	}
}
