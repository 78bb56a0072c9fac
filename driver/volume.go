package driver

import (
	"io/fs"
	"os"
	"path/filepath"
)

// volume is the file system that definitions are read from. It is rooted at
// the volume because real definitions refer to ../.
type volume struct {
	fs.FS
	root string
}

func newVolume(dir string) volume {
	root := filepath.VolumeName(dir) + string(filepath.Separator)
	return volume{FS: os.DirFS(root), root: root}
}

// shown is a file as the user would name it from where they stand. Files of Go
// source are absolute already, or no files of this machine (go build -trimpath).
func (v volume) shown(name string) string {
	if name == "" {
		return ""
	}
	file := filepath.FromSlash(name)
	if !filepath.IsAbs(file) {
		file = filepath.Join(v.root, file)
		if _, err := os.Stat(file); err != nil {
			return name
		}
	}
	here, err := filepath.Abs(".")
	if err != nil {
		return file
	}
	rel, err := filepath.Rel(here, file)
	if err != nil {
		return file
	}
	return rel
}
