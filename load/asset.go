package load

import (
	"io/fs"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/codec"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// Check is [FileWith], and what the definition means: everything that can be
// said of a file without running it.
func Check(fsys fs.FS, name string, o Options) (asset.Definition, diag.List) {
	def, errs := FileWith(fsys, name, o)
	if !Unreadable(errs) {
		errs = append(errs, unregistrable(def)...)
	}
	return def, Meaning(fsys, def, errs)
}

// Meaning adds to the faults of a definition that was read what Validate finds
// in it, and in the files that it starts or deploys.
func Meaning(fsys fs.FS, def asset.Definition, errs diag.List) diag.List {
	v, ok := def.(asset.Validator)
	if !ok || Unreadable(errs) {
		if errs.HasErrors() {
			return withoutAbsent(errs)
		}
		return errs
	}
	meaning := v.Validate(fsys)
	if errs.HasErrors() || meaning.HasErrors() {
		errs, meaning = withoutAbsent(errs), withoutConsequences(errs, withoutAbsent(meaning))
	}
	if asset.New(def.Kind()) == nil {
		return append(errs, meaning...)
	}
	errs = asset.Join(errs, meaning)
	for _, part := range parts(def) {
		errs = append(errs, part.check(fsys)...)
	}
	return errs
}

// part is a file that a definition is about.
type part struct {
	path pipeline.LocalPath
	kind string
}

// check checks the definition in the file; that it is not there was reported.
func (p part) check(fsys fs.FS) diag.List {
	if p.path.Name == "" || fsys == nil {
		return nil
	}
	if info, err := fs.Stat(fsys, p.path.Name); err != nil || info.IsDir() {
		return nil
	}
	def, errs := FileOfKind(fsys, p.path.Name, p.kind)
	return Meaning(fsys, def, errs)
}

// parts are the files that a schedule starts, or that a deployment runs.
func parts(def asset.Definition) []part {
	switch def := def.(type) {
	case *asset.Schedule:
		if def.CreateJob != nil {
			return []part{{path: def.CreateJob.Source()}}
		}
	case *asset.BatchDeployment:
		return []part{{def.Component, asset.PipelineComponent}}
	}
	return nil
}

// assetOf reads a definition that is neither a job nor a component.
func (r *reader) assetOf(root *yamlnode.Node, def asset.Definition) asset.Definition {
	r.decode(root, def)
	return def
}

// decode fills a tagged struct with what n holds.
func (r *reader) decode(n *yamlnode.Node, into any) {
	if r.codec == nil {
		r.codec = codec.New()
	}
	r.codec.Decode(n, into, codec.Env{Dir: r.dir(), Spans: r.spans})
}
