package asset

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// Validate checks what the environment means; see [Validator].
func (e *Environment) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys}
	c.versioned(&e.Versioned, "an environment")
	c.environment(e, "", e.Range)
	return c.errs
}

// environmentUse checks an environment where one is needed.
func (c *checker) environmentUse(u *EnvironmentUse, at string) {
	switch {
	case u == nil:
	case u.Definition != nil:
		c.environment(u.Definition, at, u.Range)
	case strings.HasPrefix(u.Ref.Value, "file:"):
		c.file(pipeline.LocalPath{Text: u.Ref}, at, "environment file")
	default:
		c.reference(u.Ref, at, "environments")
	}
}

// environment checks that an environment says what to run in, once. place is
// that of the whole.
// Source: azure-ai-ml, entities/_assets/environment.py, validate.
func (c *checker) environment(e *Environment, at string, place diag.Range) {
	image := e.Image.Value != ""
	switch {
	case !image && e.Build == nil && e.CondaFile != nil:
		c.errorf(place, diag.CodeEnvironment, at, "an environment with a conda file needs an image to build on").Hint =
			"add image: mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
	case !image && e.Build == nil && (at == "" || e.Name.Value == ""):
		c.errorf(place, diag.CodeEnvironment, at, "the environment has neither image nor build").Hint =
			"give image, or build with the path of a Docker context"
	case image && e.Build != nil:
		c.errorf(e.Build.Range, diag.CodeEnvironment, join(at, "build"), "the environment has both image and build").Hint = "keep one of them"
	case e.Build != nil && e.CondaFile != nil:
		c.warnf(e.Build.Range, diag.CodeEnvironment, join(at, "conda_file"), "the conda file is not used when the image is built of a Docker context").Hint =
			"install what it names in the Dockerfile, or give image instead of build"
	}
	if e.Build != nil {
		c.build(e.Build, join(at, "build"))
	}
	if e.CondaFile != nil {
		c.conda(e.CondaFile, join(at, "conda_file"))
	}
	if e.Inference != nil {
		c.routes(e.Inference, join(at, "inference_config"))
	}
}

func (c *checker) build(b *Build, at string) {
	if strings.HasPrefix(b.Path.Value, "azureml:") {
		c.errorf(b.Path.Range, diag.CodeEnvironment, join(at, "path"), "build context %s is neither a folder nor a web address", b.Path.Value)
		return
	}
	c.folder(b.Path, join(at, "path"), "build context")
}

// conda checks the conda file: it is there, and is one.
func (c *checker) conda(conda *Conda, at string) {
	l := conda.File
	switch {
	case l.Value == "" || blank(l.Text):
		return
	case l.Name == "":
		c.errorf(l.Range, diag.CodeEnvironment, at, "conda_file %s is not a file of this machine", l.Value).Hint =
			"give a path relative to this file, or the specification itself"
		return
	}
	info := c.stat(l, at, "conda file")
	switch {
	case info == nil:
	case info.IsDir():
		c.errorf(l.Range, diag.CodeMissingFile, at, "conda file %s is a folder", l.Value)
	case info.Size() > maxConda:
		c.errorf(l.Range, diag.CodeEnvironment, at, "conda file %s is larger than %d MB", l.Value, maxConda>>20)
	default:
		c.condaText(l, at)
	}
}

// maxConda is the size beyond which no conda file is read.
const maxConda = 4 << 20

func (c *checker) condaText(l pipeline.LocalPath, at string) {
	data, err := fs.ReadFile(c.fsys, l.Name)
	if err != nil {
		c.errorf(l.Range, diag.CodeMissingFile, at, "conda file %s %s", l.Value, whyNot(err))
		return
	}
	root, errs := yamlnode.Parse(l.Name, data)
	for _, d := range errs {
		d.Path = ""
		d.Related = append(d.Related, diag.Related{Range: l.Range, Message: "it is the conda file given here"})
		c.errs = append(c.errs, d)
	}
	if root != nil && root.Kind != yamlnode.Mapping && !errs.HasErrors() {
		d := c.errorf(l.Range, diag.CodeEnvironment, at, "conda file %s is not a conda specification", l.Value)
		d.Hint = "it is a mapping with name, channels and dependencies"
	}
}

// routes checks the ports of a serving container.
func (c *checker) routes(i *InferenceConfig, at string) {
	for _, r := range []struct {
		name  string
		route *Route
	}{{"liveness_route", i.Liveness}, {"readiness_route", i.Readiness}, {"scoring_route", i.Scoring}} {
		if r.route == nil || blank(r.route.Path) || strings.HasPrefix(r.route.Path.Value, "/") {
			continue
		}
		path := join(join(at, r.name), "path")
		c.errorf(r.route.Path.Range, diag.CodeBadValue, path, "%q is not the path of a URL", r.route.Path.Value).Hint =
			fmt.Sprintf("write /%s", r.route.Path.Value)
	}
}
