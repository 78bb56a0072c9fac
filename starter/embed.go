// Package starter holds the starter projects, one folder per language. They
// run in place, are tested in place, and are embedded from there, so that
// `ischia init` needs no other copy.
//
// It is not for the code of the starters to import: that is a user's program.
//
// Its one rule: what a local run leaves behind is never embedded. Hence the
// patterns below name what belongs to a starter instead of taking the folders
// whole; a virtual environment in starter/python must not end up in the binary.
//
// Next: package pipeline.
package starter

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// GoImportPath is how the Go starter imports its own packages. Whoever renders
// it elsewhere puts the new module's path in its place.
const GoImportPath = "github.com/ischia-ml/ischia/starter/go"

//go:embed go/.gitignore go/*.go go/*.md go/*.yml go/default_ischia_config.json
//go:embed go/steps/.amlignore go/steps/*.yml go/steps/*/*.go
//go:embed go/steps/components/*/*.go go/steps/components/*/*.csv go/steps/components/*/*.md
//go:embed go/.pipelines/*.yml go/.pipelines/templates/*.yml go/.github/workflows/*.yml
//go:embed python/.pipelines/*.yml python/.pipelines/templates/*.yml python/.github/workflows/*.yml
//go:embed python/.gitignore python/*.py python/*.md python/*.yml python/*.txt python/default_ischia_config.json
//go:embed python/steps/.amlignore python/steps/*.yml python/steps/*.py python/tests/*.py
//go:embed python/steps/components/*.py python/steps/components/data/*.csv python/steps/components/data/*.md
var files embed.FS

// Languages returns the languages that a starter is written in.
func Languages() []string {
	return []string{"go", "python"}
}

// FS returns the files of the starter in a language, as they stand in its
// folder: "pipeline.yml", "steps/components/...".
func FS(lang string) (fs.FS, error) {
	if !slices.Contains(Languages(), lang) {
		return nil, fmt.Errorf("no starter in language %q; there is one in %s", lang, strings.Join(Languages(), " and in "))
	}
	return fs.Sub(files, lang)
}
