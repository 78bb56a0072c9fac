package pipeline

import (
	"path"
	"path/filepath"
	"strings"
)

// IsLocal reports whether a path of a definition names something on this
// machine, rather than a URI or an azureml: reference.
func IsLocal(p string) bool {
	switch {
	case p == "", strings.HasPrefix(p, "azureml:"), strings.HasPrefix(p, "runs:/"), strings.Contains(p, "${{"):
		return false
	case strings.HasPrefix(p, "file:"):
		return true
	}
	return !strings.Contains(p, "://")
}

// Locate says where the local paths of a pipeline written in Go start: dir is
// the absolute name of a folder within the file system given to Validate.
// Paths that are located already (components read from YAML) stay.
func (p *Pipeline) Locate(dir string) {
	for _, in := range p.Inputs {
		if in.Value != nil {
			locateValue(in.Value, dir)
		}
	}
	locateSteps(p.Steps, dir, map[*Component]bool{})
}

func locateSteps(steps []*Step, dir string, seen map[*Component]bool) {
	for _, s := range steps {
		for _, b := range s.Inputs {
			locateValue(&b.Value, dir)
		}
		locateEnvironment(s.Environment, dir)
		c := s.Component
		if c == nil || seen[c] {
			continue
		}
		seen[c] = true
		locate(c.Code, dir)
		for _, l := range c.Includes {
			locate(l, dir)
		}
		locateEnvironment(c.Environment, dir)
		locateSteps(c.Steps, dir, seen)
	}
}

func locateValue(v *Value, dir string) {
	if v.Data != nil {
		locate(v.Data.Local, dir)
	}
	if v.Literal != nil && v.Literal.Dir == "" {
		v.Literal.Dir = dir
	}
}

func locateEnvironment(e *Environment, dir string) {
	if e != nil {
		locate(e.CondaFile, dir)
		locate(e.BuildPath, dir)
	}
}

func locate(l *LocalPath, dir string) {
	if l != nil && l.Name == "" {
		l.Name = ResolveName(dir, l.Value)
	}
}

// ResolveName is the absolute name, within a file system rooted at the
// volume, of a path as written in a definition that lies in folder dir.
func ResolveName(dir, written string) string {
	written = strings.TrimPrefix(filepath.ToSlash(written), "file://")
	written = strings.TrimPrefix(written, "file:")
	if vol := filepath.VolumeName(written); vol != "" {
		written = written[len(vol):]
	}
	if !path.IsAbs(written) {
		written = path.Join("/", dir, written)
	}
	name := strings.TrimPrefix(path.Clean(written), "/")
	if name == "" {
		return "."
	}
	return name
}
