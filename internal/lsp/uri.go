package lsp

import (
	"net/url"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/load"
)

// fileAt is where a file lies: on a volume, under a name within the file
// system that is rooted there.
type fileAt struct {
	// root is the volume's root: "/", or `C:\`.
	root string
	name string
}

// fileOf is the file that a URI names. It is false for what is no file of this
// machine, such as a text that was never saved.
func fileOf(uri string) (fileAt, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "file" || u.Path == "" {
		return fileAt{}, false
	}
	p := u.Path
	if len(p) > 2 && p[0] == '/' && p[2] == ':' { // /c:/work
		p = strings.ToUpper(p[1:2]) + p[2:]
	}
	if u.Host != "" && u.Host != "localhost" {
		p = "//" + u.Host + p
	}
	return pathOf(p)
}

// pathOf is the file at a path with slashes.
func pathOf(p string) (fileAt, bool) {
	native := filepath.FromSlash(p)
	if !filepath.IsAbs(native) {
		return fileAt{}, false
	}
	native = filepath.Clean(native)
	root := filepath.VolumeName(native) + string(filepath.Separator)
	return fileAt{root: root, name: load.Name(native)}, true
}

// uri names the file of that name on the same volume.
func (f fileAt) uri() string {
	p := filepath.ToSlash(filepath.Join(f.root, filepath.FromSlash(f.name)))
	u := url.URL{Scheme: "file", Path: p}
	switch {
	case strings.HasPrefix(p, "//"): // a share of another machine
		host, rest, _ := strings.Cut(p[2:], "/")
		u.Host, u.Path = host, "/"+rest
	case !strings.HasPrefix(p, "/"):
		u.Path = "/" + p
	}
	return u.String()
}

// beside is the file of that name on the same volume.
func (f fileAt) beside(name string) fileAt { return fileAt{root: f.root, name: name} }
