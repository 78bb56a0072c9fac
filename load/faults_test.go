package load_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/load"
)

// Definitions with one fault each are patches of right definitions. An archive
// of testdata/faults holds those, and then sections
//
//	-- fault FILE | what is wrong | word, word --
//
// The patch is lines of two columns and a text: "-" takes a line away, "+" adds
// one, and a blank keeps one. In the second column, ">" marks the line where the
// fault is to be reported; several may be marked. A blank line begins another
// hunk, "@@ NAME" one in another file, which need not be there before. The words
// stand in the message, the path or the hint. Of a "warning" no error is
// reported, and of what is "valid" nothing at all.

// planted is one definition with a fault.
type planted struct {
	verdict, entry, title string
	words                 []string
	patch                 string
}

// place of a fault as it is expected: the lines by file.
type places map[string][]int

// TestFaults: each planted fault is one error, at its place, in its words, at
// once; and what the faults are planted in is right.
func TestFaults(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("../testdata/faults/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no archives of faults: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			t.Parallel()
			checkArchive(t, name)
		})
	}
}

func checkArchive(t *testing.T, name string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	base, faults := fstest.MapFS{}, []planted{}
	for _, f := range archive.Files {
		if p, ok := readPlanted(f); ok {
			faults = append(faults, p)
			continue
		}
		base[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	checked := map[string]bool{}
	for _, p := range faults {
		if _, there := base[p.entry]; there && !checked[p.entry] {
			checked[p.entry] = true
			if _, errs := load.Check(base, p.entry, load.Options{}); len(errs) > 0 {
				t.Errorf("%s without a fault:\n%s", p.entry, show(errs))
			}
		}
		p.check(t, base)
	}
}

// readPlanted reads a section's header; ok is false when it is a plain file.
func readPlanted(f txtar.File) (planted, bool) {
	fields := strings.Split(f.Name, " | ")
	verdict, entry, _ := strings.Cut(fields[0], " ")
	if len(fields) < 2 || verdict != "fault" && verdict != "warning" && verdict != "valid" {
		return planted{}, false
	}
	p := planted{verdict: verdict, entry: entry, title: fields[1], patch: string(f.Data)}
	if len(fields) > 2 {
		p.words = strings.Split(fields[2], ", ")
	}
	return p, true
}

func (p planted) check(t *testing.T, base fstest.MapFS) {
	t.Helper()
	files, want, err := p.apply(base)
	if err != nil {
		t.Errorf("%s: %v", p.title, err)
		return
	}
	begin := time.Now()
	_, errs := load.Check(files, p.entry, load.Options{})
	if took := time.Since(begin); took > time.Second {
		t.Errorf("%s took %v", p.title, took)
	}
	if why := p.judge(errs.Sorted(), want); why != "" {
		t.Errorf("%s (%s): %s; got:\n%s", p.title, p.entry, why, show(errs))
		return
	}
	t.Logf("%s:\n%s", p.title, show(errs))
}

// judge says what is wrong with what was reported.
func (p planted) judge(errs diag.List, want places) string {
	number := 1
	if p.verdict == "valid" {
		number = 0
	}
	if len(errs) != number {
		return fmt.Sprintf("%d diagnostics, want %d", len(errs), number)
	}
	if number == 0 {
		return ""
	}
	d := errs[0]
	if (d.Severity == diag.Error) != (p.verdict == "fault") {
		return "want a " + p.verdict
	}
	if !want.hold(d.Pos) {
		return fmt.Sprintf("want it at %v", want)
	}
	if d.Hint == "" && !saysWhatIsWanted(d.Message) {
		return "want what was expected, or a hint"
	}
	text := strings.ToLower(d.Message + " " + d.Path + " " + d.Hint)
	for _, word := range p.words {
		if !strings.Contains(text, strings.ToLower(word)) {
			return fmt.Sprintf("want %q in it", word)
		}
	}
	return ""
}

func saysWhatIsWanted(message string) bool {
	return strings.Contains(message, " must be ") || strings.Contains(message, " wants ") || strings.Contains(message, " is not a whole number")
}

func (w places) hold(pos diag.Pos) bool {
	for _, line := range w[pos.File] {
		if line == pos.Line {
			return true
		}
	}
	return false
}

// apply makes the faulty files, and says where the fault is.
func (p planted) apply(base fstest.MapFS) (fstest.MapFS, places, error) {
	files, want := maps.Clone(base), places{}
	file := p.entry
	var hunk []string
	flush := func() error {
		lines := hunk
		hunk = nil
		if len(lines) == 0 {
			return nil
		}
		return patchFile(files, want, file, lines)
	}
	for line := range strings.Lines(p.patch + "\n") {
		line = strings.TrimSuffix(line, "\n")
		name, turns := strings.CutPrefix(line, "@@ ")
		if !turns && line != "" {
			hunk = append(hunk, line)
			continue
		}
		if err := flush(); err != nil {
			return nil, nil, err
		}
		if turns {
			file = name
		}
	}
	return files, want, nil
}

// patchFile replaces the one place of a file that a hunk fits.
func patchFile(files fstest.MapFS, want places, name string, hunk []string) error {
	var before, after []string
	var marked []int
	for _, line := range hunk {
		if len(line) < 2 {
			return fmt.Errorf("%q is no line of a patch", line)
		}
		if line[1] == '>' {
			marked = append(marked, len(after))
		}
		if line[0] != '+' {
			before = append(before, line[2:])
		}
		if line[0] != '-' {
			after = append(after, line[2:])
		}
	}
	var lines []string
	if f := files[name]; f != nil {
		lines = strings.Split(string(f.Data), "\n")
	}
	at, err := findLines(lines, before)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	text := strings.Join(lines[:at], "\n") + "\n" + strings.Join(after, "\n") + "\n" + strings.Join(lines[at+len(before):], "\n")
	files[name] = &fstest.MapFile{Data: []byte(strings.TrimPrefix(text, "\n"))}
	for _, m := range marked {
		want[name] = append(want[name], at+m+1)
	}
	return nil
}

// findLines is where some lines stand, which must be one place.
func findLines(lines, some []string) (int, error) {
	at := -1
	for i := 0; i+len(some) <= len(lines); i++ {
		if strings.Join(lines[i:i+len(some)], "\n") != strings.Join(some, "\n") {
			continue
		}
		if at >= 0 && len(some) > 0 {
			return 0, fmt.Errorf("lines %d and %d fit the patch", at+1, i+1)
		}
		if at < 0 {
			at = i
		}
	}
	if at < 0 {
		return 0, fmt.Errorf("no lines fit the patch:\n%s", strings.Join(some, "\n"))
	}
	return at, nil
}
