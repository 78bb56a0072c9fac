package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// maxRounds bounds how often mending is followed by another check: one mend may
// bring to light what another one is for.
const maxRounds = 10

// mend makes the fixes of all diagnostics of args, in the files themselves.
func (a *app) mend(args []string, f validateFlags) error {
	for range maxRounds {
		all, _, err := a.check(args, f)
		if err != nil {
			return err
		}
		mended := false
		fixes := all.Fixes()
		for _, file := range sortedKeys(fixes) {
			changed, err := mendFile(file, fixes[file])
			if err != nil {
				return err
			}
			if changed {
				fmt.Fprintf(a.Err, "mended %s: %s\n", file, places(len(fixes[file])))
			}
			mended = mended || changed
		}
		if !mended {
			return nil
		}
	}
	return nil
}

func places(n int) string {
	if n == 1 {
		return "1 place"
	}
	return fmt.Sprintf("%d places", n)
}

func sortedKeys(fixes map[string][]diag.Edit) []string {
	var names []string
	for name := range fixes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// mendFile makes edits in a file, whole or not at all.
func mendFile(file string, edits []diag.Edit) (bool, error) {
	if strings.HasPrefix(file, "--") {
		return false, nil // a setting of the command line
	}
	name, err := filepath.EvalSymlinks(file)
	if err != nil {
		return false, fmt.Errorf("mend %s: %w", file, err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return false, fmt.Errorf("mend %s: %w", file, err)
	}
	better := diag.Apply(string(text), edits)
	if better == string(text) {
		return false, nil
	}
	if err := rewriteFile(name, better); err != nil {
		return false, fmt.Errorf("mend %s: %w", file, err)
	}
	return true, nil
}

// rewriteFile puts a text in the place of a file's, which keeps its mode.
func rewriteFile(name, text string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	return replaceFile(name, func(tmp string) error { return os.WriteFile(tmp, []byte(text), info.Mode().Perm()) })
}

// fixable counts the diagnostics that --fix mends.
func fixable(all diag.List) int {
	n := 0
	for _, d := range all {
		if d.Fix != nil && !strings.HasPrefix(d.File, "--") {
			n++
		}
	}
	return n
}
