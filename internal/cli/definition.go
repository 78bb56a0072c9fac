package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/load"
)

// volume is the file system that definitions are read from, rooted at the
// volume because they refer to ../.
type volume struct {
	root string
	fs.FS
	// cwd is the working folder; relative names are shown relative to it.
	cwd string
}

func openVolume(file string) (volume, string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return volume{}, "", fmt.Errorf("find %s: %w", file, err)
	}
	cwd, err := os.Getwd()
	if err != nil {
		return volume{}, "", fmt.Errorf("find the working folder: %w", err)
	}
	root := filepath.VolumeName(abs) + string(filepath.Separator)
	return volume{root: root, FS: os.DirFS(root), cwd: cwd}, load.Name(abs), nil
}

// shown is how a file of the volume is shown: as the user would name it from
// where they stand, absolute when they named it so.
func (v volume) shown(absolute bool) func(name string) string {
	return func(name string) string {
		if strings.HasPrefix(name, "--") {
			return name
		}
		abs := filepath.Join(v.root, filepath.FromSlash(name))
		rel, err := filepath.Rel(v.cwd, abs)
		if absolute || err != nil {
			return abs
		}
		return rel
	}
}

// source reads a file as it was shown, for excerpts.
func source(file string) ([]byte, error) { return os.ReadFile(file) }

// read loads a definition and checks what it means.
func (v volume) read(name string, o load.Options) (asset.Definition, diag.List) {
	return load.Check(v, name, o)
}
