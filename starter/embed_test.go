package starter_test

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/starter"
)

// What is embedded is what stands in the folder, apart from what the starter's
// own .gitignore calls left over: a new file is not forgotten, and a model or
// a virtual environment is not shipped.
func TestEverythingIsEmbedded(t *testing.T) {
	t.Parallel()
	for _, lang := range starter.Languages() {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			embedded, err := starter.FS(lang)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(list(t, os.DirFS(lang)), list(t, embedded)); diff != "" {
				t.Errorf("folder and embedded files differ (-folder +embedded):\n%s", diff)
			}
		})
	}
}

func TestUnknownLanguage(t *testing.T) {
	t.Parallel()
	_, err := starter.FS("cobol")
	if err == nil || !strings.Contains(err.Error(), "go and in python") {
		t.Errorf("error %v", err)
	}
}

// list returns the files of a starter, without what a local run leaves.
func list(t *testing.T, files fs.FS) []string {
	t.Helper()
	ignored := leftovers(t, files)
	var names []string
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(ignored, "/"+name) || slices.Contains(ignored, path.Base(name)):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir():
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// leftovers reads the starter's .gitignore: names, with "/" in front if they
// stand at the top.
func leftovers(t *testing.T, files fs.FS) []string {
	t.Helper()
	text, err := fs.ReadFile(files, ".gitignore")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			names = append(names, strings.TrimSuffix(line, "/"))
		}
	}
	return names
}
