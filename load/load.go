package load

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/codec"
	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// Name is the name that the file at an absolute path has in a file system
// rooted at its volume: "/home/ada/p.yml" is "home/ada/p.yml".
func Name(abs string) string {
	abs = strings.TrimPrefix(abs, filepath.VolumeName(abs))
	name := strings.TrimPrefix(path.Clean("/"+filepath.ToSlash(abs)), "/")
	if name == "" {
		return "."
	}
	return name
}

// Options change what is read from a file. The zero value changes nothing.
type Options struct {
	// Kind is the kind of the definition when the file does not say it
	// itself; empty lets the shape decide. A file that says another kind
	// wins, with a warning.
	Kind string
	// Set are PATH=VALUE items, as --set of az ml takes them: keys joined by
	// dots, \. for a dot within a key, [n] for a place in a list. Levels that
	// are missing are made. Values are text, which the field converts; local
	// paths start from the folder of the file.
	Set []string
	// Inputs are NAME=VALUE items, each for an input that the file has: the
	// value of a literal, the path of data. They win over Set.
	Inputs []string
}

// File reads the definition in the file of that name. The definition is nil
// when the file holds none that can be read; the list says why.
func File(fsys fs.FS, name string) (asset.Definition, diag.List) {
	return FileWith(fsys, name, Options{})
}

// FileOfKind is [File] for a definition whose kind the caller knows; see
// [Options].
func FileOfKind(fsys fs.FS, name, kind string) (asset.Definition, diag.List) {
	return FileWith(fsys, name, Options{Kind: kind})
}

// FileWith is [File] with settings that are made before the file is read.
// What is wrong with a setting, or with a value that came from one, is
// reported with "--set" or "--input" as its file, and line 1.
func FileWith(fsys fs.FS, name string, o Options) (asset.Definition, diag.List) {
	l := newLoader(fsys)
	root := l.parse(name, diag.Range{Pos: diag.Pos{File: name, Line: 1, Column: 1}, EndLine: 1, EndColumn: 1}, "")
	if root == nil {
		return nil, l.errs
	}
	r := &reader{loader: l, file: name}
	l.stack = append(l.stack, name)
	if root.Kind == yamlnode.Mapping {
		root = r.apply(root, o)
	}
	def := r.definition(root, o.Kind)
	return def, l.errs
}

// Job reads a pipeline job or a command job.
func Job(fsys fs.FS, name string) (pipeline.Job, diag.List) {
	def, errs := File(fsys, name)
	if job, ok := def.(pipeline.Job); ok {
		return job, errs
	}
	if def != nil {
		errs.Errorf(def.Place(), diag.CodeUnsupportedKind, "this is a %s: only jobs can be run", def.Kind()).Hint =
			"write a pipeline job with a job that runs this component"
	}
	return nil, errs
}

// Pipeline reads a pipeline job.
func Pipeline(fsys fs.FS, name string) (*pipeline.Pipeline, diag.List) {
	job, errs := Job(fsys, name)
	p, ok := job.(*pipeline.Pipeline)
	if !ok && job != nil {
		errs.Errorf(job.Place(), diag.CodeUnsupportedKind, "this is a %s, not a pipeline job", job.Kind())
	}
	return p, errs
}

// Component reads a command or pipeline component, for use in a pipeline that
// is written in Go.
func Component(fsys fs.FS, name string) (*pipeline.Component, diag.List) {
	def, errs := File(fsys, name)
	c, ok := def.(*pipeline.Component)
	if !ok && def != nil {
		errs.Errorf(def.Place(), diag.CodeUnsupportedKind, "this is a %s, not a component", def.Kind())
	}
	return c, errs
}

// Unreadable reports whether a text itself was faulty: then what it means
// cannot be trusted, and checking it would report faults that are none.
func Unreadable(errs diag.List) bool {
	return slices.ContainsFunc(errs, func(d diag.Diagnostic) bool {
		return d.Severity == diag.Error && strings.HasPrefix(string(d.Code), "yaml-")
	})
}

// loader is the state of one load, shared by all files it touches.
type loader struct {
	fsys fs.FS
	errs diag.List
	// components read already, by file name; nil for those being read, which
	// is how a component that contains itself shows.
	components map[string]*pipeline.Component
	// stack are the files being read, each referred to by the one before.
	stack []string
	// sources are the lines of the files read.
	sources map[string][]string
	// compared counts the names that were looked at for hints.
	compared int
	// described are the kinds that were checked; faults are the places of the
	// errors that was found in, in order, and drops those of keys that Azure ML
	// ignores.
	described map[string]*schema.Kind
	faults    []diag.Pos
	drops     map[diag.Pos]bool
	// versions are the first components read of each name.
	versions map[string]*pipeline.Component
	// inputs are those of components by name.
	inputs map[*pipeline.Component]map[string]*pipeline.Input
	// codec reads the bodies of steps that are neither command nor pipeline.
	codec *codec.Codec
	// kept counts the bytes of text that extra fields were kept as.
	kept int
}

// maxCompared bounds the names that are looked at for hints: ten thousand
// missing files in a folder of ten thousand must not cost their product.
const maxCompared = 200_000

func newLoader(fsys fs.FS) *loader {
	return &loader{
		fsys: fsys, components: map[string]*pipeline.Component{}, sources: map[string][]string{},
		versions:  map[string]*pipeline.Component{},
		inputs:    map[*pipeline.Component]map[string]*pipeline.Input{},
		described: map[string]*schema.Kind{}, drops: map[diag.Pos]bool{},
	}
}

// parse reads a file's nodes. at is where the file is referred to.
func (l *loader) parse(name string, at diag.Range, at2 string) *yamlnode.Node {
	data, err := fs.ReadFile(l.fsys, name)
	if err != nil {
		d := l.errs.Errorf(at, diag.CodeMissingFile, "%s", readFault(l.fsys, name, at2, err))
		d.Hint = l.pathHint(name, at2)
		return nil
	}
	root, errs := yamlnode.Parse(name, data)
	l.errs = append(l.errs, errs...)
	if slices.ContainsFunc(errs, hidesMeaning) {
		return nil
	}
	if root != nil {
		l.sources[name] = sourceLines(string(data))
	}
	return root
}

// hidesMeaning: a fault of the text itself, so that what stands there instead
// would be faulty once more. A key given twice is not one of those.
func hidesMeaning(d diag.Diagnostic) bool {
	return d.Severity == diag.Error && strings.HasPrefix(string(d.Code), "yaml-") && d.Code != diag.CodeYAMLDuplicateKey
}

// sourceLines are the lines of a file as package yamlnode counts them.
func sourceLines(text string) []string {
	text = strings.TrimPrefix(text, "\uFEFF")
	if strings.Contains(text, "\r") {
		text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	}
	return strings.Split(text, "\n")
}

func readFault(fsys fs.FS, name, written string, err error) string {
	if written == "" {
		written = path.Base(name)
	}
	if info, statErr := fs.Stat(fsys, name); statErr == nil && info.IsDir() {
		return fmt.Sprintf("%s is a folder, not a file", written)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf("file %s is not there", written)
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Sprintf("file %s cannot be read: %v", written, err)
}

// pathHint is the hint of a path, as it was written, that leads to no file.
func (l *loader) pathHint(name, written string) string {
	if info, err := fs.Stat(l.fsys, name); err == nil && info.IsDir() {
		return "name the file in it"
	}
	if near := l.nearby(name); near != "" {
		return near
	}
	if written != "" && !strings.ContainsAny(written, "./\\") {
		return "a path starts with ./, and a registered one is written azureml:" + written + ":VERSION"
	}
	return "a path starts from the folder of the file that it stands in"
}

// nearby suggests a file with a similar name.
func (l *loader) nearby(name string) string {
	if l.compared > maxCompared {
		return ""
	}
	entries, err := fs.ReadDir(l.fsys, path.Dir(name))
	if err != nil {
		return ""
	}
	l.compared += len(entries)
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return diag.DidYouMean(path.Base(name), names)
}

// reader reads the definitions of one file.
type reader struct {
	*loader
	file string
}

func (r *reader) dir() string { return path.Dir(r.file) }

func (r *reader) definition(root *yamlnode.Node, told string) asset.Definition {
	if root.Kind != yamlnode.Mapping {
		r.errs.Errorf(root.Range, diag.CodeWrongShape, "a definition is a mapping, but this is %s", schema.FormOf(root)).Hint =
			"begin with $schema and type"
		return nil
	}
	kind, ok := r.kind(root, told)
	if !ok {
		return nil
	}
	r.shape(kind, root)
	switch kind {
	case asset.PipelineJob:
		return r.pipelineJob(root)
	case asset.CommandJob:
		return r.commandJob(root)
	}
	if componentType(kind) != "" {
		return r.component(root, kind)
	}
	if t := specJobType(kind); t != "" {
		return r.specJob(root, t)
	}
	if def := asset.New(kind); def != nil {
		return r.assetOf(root, def)
	}
	r.errs.Errorf(kindPlace(root), diag.CodeUnsupportedKind, "a %s cannot be read", kind)
	return nil
}

func kindPlace(root *yamlnode.Node) diag.Range {
	for _, key := range []string{"type", "$schema"} {
		if n := root.Get(key); n != nil {
			return n.Range
		}
	}
	return firstLine(root)
}

// firstLine is where a mapping begins: a fault of the whole should not
// underline all of it.
func firstLine(n *yamlnode.Node) diag.Range {
	if len(n.Pairs) > 0 {
		return n.Pairs[0].KeyRange
	}
	return n.Range
}

// componentFile reads the component in another file, once.
func (r *reader) componentFile(ref pipeline.Text) *pipeline.Component {
	name := pipeline.ResolveName(r.dir(), ref.Value)
	if c, ok := r.components[name]; ok && !slices.Contains(r.stack, name) {
		return c
	}
	if slices.Contains(r.stack, name) {
		d := r.errs.Errorf(ref.Range, diag.CodeRecursive, "component %s contains itself", ref.Value)
		d.Hint = "a recursive component never ends"
		return nil
	}
	r.components[name] = nil
	root := r.parse(name, ref.Range, ref.Value)
	if root == nil {
		return nil
	}
	r.stack = append(r.stack, name)
	defer func() { r.stack = r.stack[:len(r.stack)-1] }()
	sub := &reader{loader: r.loader, file: name}
	def := sub.definition(root, anyComponent)
	c, ok := def.(*pipeline.Component)
	if !ok && def != nil {
		d := r.errs.Errorf(ref.Range, diag.CodeTypeDisagrees, "%s is of the kind %s, not a component", ref.Value, def.Kind())
		d.Hint = "name the file of a component"
		d.Related = append(d.Related, diag.Related{Range: def.Place(), Message: "it begins here"})
	}
	r.components[name] = c
	r.oneVersion(c, ref)
	return c
}

// oneVersion warns of a component that another file gives another version.
func (l *loader) oneVersion(c *pipeline.Component, ref pipeline.Text) {
	if c == nil || c.Name.Value == "" || c.Version.Value == "" {
		return
	}
	first := l.versions[c.Name.Value]
	if first == nil {
		l.versions[c.Name.Value] = c
		return
	}
	if first.Version.Value == c.Version.Value {
		return
	}
	d := l.errs.Warnf(ref.Range, diag.CodeTwoVersions, "component %q is used in version %s here, and in version %s before",
		c.Name.Value, c.Version.Value, first.Version.Value)
	d.Hint = "use one file, or give this one another name"
	d.Related = append(d.Related, diag.Related{Range: first.Version.Range, Message: "the other version"})
}
