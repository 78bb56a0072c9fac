package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// What references look like. Sources: the core YAML syntax page of the Azure
// ML documentation, and azure-ai-ml's own patterns for ARM ids.
var (
	assetRef   = regexp.MustCompile(`^azureml:([^:@/\s]+)(:[^:@/\s]+|@[^:@/\s]+)?$`)
	armRef     = regexp.MustCompile(`^(azureml:)?/?subscriptions/[^/\s]+/resource[gG]roups/[^/\s]+/providers/Microsoft\.MachineLearningServices/workspaces/[^/\s]+/.+$`)
	registry   = regexp.MustCompile(`^azureml://registries/[^/\s]+/([a-z]+)/[^/\s]+(/(versions|labels)/[^/\s]+)?$`)
	datastore  = regexp.MustCompile(`^azureml://(subscriptions/[^/\s]+/resource[gG]roups/[^/\s]+/(providers/Microsoft\.MachineLearningServices/)?workspaces/[^/\s]+/)?datastores/([^/\s]+)(/paths(/.*)?)?$`)
	jobsURI    = regexp.MustCompile(`^azureml://jobs/[^/\s]+/outputs/[^/\s]+(/paths(/.*)?)?$`)
	azureAsset = regexp.MustCompile(`^azureml://(locations|subscriptions)/.+$`)
)

// inRegistry: s is the URI of something of that collection in a registry.
func inRegistry(s, collection string) bool {
	m := registry.FindStringSubmatch(s)
	return m != nil && m[1] == collection
}

// compute checks the name of a compute: azureml:NAME, NAME, an ARM id, or a
// reference.
func (c *checker) compute(s *scope, t Text, path string) {
	if t.Value == "" || c.bound(s, t, path) {
		return
	}
	name := strings.TrimPrefix(t.Value, "azureml:")
	if name == "" || strings.ContainsAny(name, " \t:@") {
		c.errorf(t.Range, diag.CodeBadReference, path, "%q is not the name of a compute", t.Value).Hint = "write azureml:NAME, or serverless"
	}
}

func (c *checker) datastore(t Text) {
	name := strings.TrimPrefix(t.Value, "azureml:")
	if t.Value != "" && (name == "" || strings.ContainsAny(name, " \t:@")) && len(c.refs(t, "settings.default_datastore")) == 0 {
		c.errorf(t.Range, diag.CodeBadReference, "settings.default_datastore", "%q is not the name of a datastore", t.Value).Hint =
			"write azureml:workspaceblobstore"
	}
}

// componentRef checks a reference to a registered component.
func (c *checker) componentRef(t Text, path string) {
	// A local file without a component was reported when it was read.
	if t.Value == "" || IsLocal(t.Value) || len(c.refs(t, path)) > 0 {
		return
	}
	if !assetRef.MatchString(t.Value) && !armRef.MatchString(t.Value) && !inRegistry(t.Value, "components") {
		c.errorf(t.Range, diag.CodeBadReference, path, "%s is not a reference to a component", t.Value).Hint =
			"write azureml:NAME:VERSION, azureml:NAME@LABEL, a registry URI, or the path of a file: ./component.yml"
	}
}

func (c *checker) environmentRef(t Text, path string) {
	if len(c.refs(t, path)) > 0 {
		return
	}
	if assetRef.MatchString(t.Value) || armRef.MatchString(t.Value) || inRegistry(t.Value, "environments") {
		return
	}
	d := c.errorf(t.Range, diag.CodeBadReference, path, "%s is not a reference to an environment", t.Value)
	if assetRef.MatchString("azureml:" + t.Value) {
		d.Hint = fmt.Sprintf("did you mean azureml:%s?", t.Value)
		return
	}
	d.Hint = "write azureml:NAME:VERSION, azureml:NAME@LABEL, a registry URI, or a mapping with image"
}

// dataURI checks the address of data that lies elsewhere.
func (c *checker) dataURI(t Text, path string) {
	v := t.Value
	if fault, hint := AddressFault(v); fault != "" {
		c.errorf(t.Range, diag.CodeBadReference, path, "%s", fault).Hint = hint
		return
	}
	if !strings.HasPrefix(v, "azureml:") || armRef.MatchString(v) || assetRef.MatchString(v) || inRegistry(v, "data") || inRegistry(v, "models") ||
		datastore.MatchString(v) || jobsURI.MatchString(v) || azureAsset.MatchString(v) {
		return
	}
	c.errorf(t.Range, diag.CodeBadReference, path, "%s is not the address of data", v).Hint =
		"write azureml:NAME:VERSION, or azureml://datastores/NAME/paths/PATH"
}

// outputPaths checks where declared outputs go.
func (c *checker) outputPaths(list []*Output, at string) {
	for _, out := range list {
		c.portName(out.Name, out.NameRange, "outputs")
		c.macros(nil, out.Path, at+"."+out.Name+".path")
	}
}

// macros checks the ${{ }} of an output's path.
func (c *checker) macros(s *scope, t Text, path string) {
	for _, r := range c.refs(t, path) {
		switch name := r.String(); {
		case name == "name", name == "output_name", name == "default_datastore":
		case s != nil && r.Path[0] == "parent":
			c.parentRef(*s, nil, r, false, path)
		default:
			c.errorf(r.Range, diag.CodeBadExpression, path, "${{%s}} means nothing in a path", r).Hint =
				"use ${{name}} (the job), ${{output_name}} or ${{default_datastore}}"
		}
	}
}

func (c *checker) codeFolder(l *LocalPath, at string) {
	if info := c.stat(l, at, "code folder"); info != nil && !info.IsDir() && !info.Mode().IsRegular() {
		c.errorf(l.Range, diag.CodeMissingFile, at, "code %s is neither a folder nor a file", l.Value)
	}
}

func (c *checker) folder(l *LocalPath, at, what string) {
	if info := c.stat(l, at, what); info != nil && !info.IsDir() {
		c.errorf(l.Range, diag.CodeMissingFile, at, "%s %s is not a folder", what, l.Value).Hint = "name the folder that it is in"
	}
}

func (c *checker) file(l *LocalPath, at, what string) {
	if info := c.stat(l, at, what); info != nil && info.IsDir() {
		c.errorf(l.Range, diag.CodeMissingFile, at, "%s %s is a folder", what, l.Value).Hint = "name the file in it"
	}
}

// stat looks at a local path that must be there; nil when it cannot be
// judged, or was reported.
func (c *checker) stat(l *LocalPath, at, what string) fs.FileInfo {
	if c.fsys == nil || l == nil || l.Name == "" {
		return nil
	}
	info, err := fs.Stat(c.fsys, l.Name)
	if err != nil {
		c.errorf(l.Range, diag.CodeMissingFile, at, "%s %s %s", what, l.Value, whyNot(err)).Hint = c.nearbyFile(l)
		return nil
	}
	return info
}

func whyNot(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "is not there"
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return "cannot be read: " + err.Error()
}

// fromFolder is the hint of a path that leads nowhere.
const fromFolder = "a path starts from the folder of the file that it stands in"

// nearbyFile suggests a neighbour with a similar name.
func (c *checker) nearbyFile(l *LocalPath) string {
	names := c.namesIn(path.Dir(l.Name))
	if c.compared += len(names); c.compared > maxCompared {
		return ""
	}
	near := diag.Suggest(path.Base(l.Name), names)
	if near == "" {
		return fromFolder
	}
	dir, _ := path.Split(l.Value)
	return fmt.Sprintf("did you mean %q?", dir+near)
}

// exists: the folder dir holds a file of that path.
func (c *checker) exists(dir, name string) bool {
	_, err := fs.Stat(c.fsys, path.Join(dir, name))
	return err == nil
}

// namesIn are the names in a folder, none of one that cannot be read.
func (c *checker) namesIn(dir string) []string {
	if names, ok := c.folders[dir]; ok {
		return names
	}
	entries, _ := fs.ReadDir(c.fsys, dir) // a hint is worth no fault of its own
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	c.folders[dir] = names
	return names
}

// localData warns of data that is not there: many pipelines download it first.
// Running makes an error of it.
func (c *checker) localData(d *Data, at string) {
	if c.fsys == nil || d.Local.Name == "" {
		return
	}
	info, err := fs.Stat(c.fsys, d.Local.Name)
	switch {
	case err != nil:
		c.warnf(d.Path.Range, diag.CodeMissingData, at+".path", "local data %s %s", d.Path.Value, whyNot(err)).Hint = c.nearbyFile(d.Local)
	case d.Type == URIFile && info.IsDir():
		c.errorf(d.Path.Range, diag.CodeTypeMismatch, at+".path", "%s is a folder, but the type is uri_file", d.Path.Value).Hint = "write type: uri_folder"
	case (d.Type == URIFolder || d.Type == MLTable) && !info.IsDir():
		c.errorf(d.Path.Range, diag.CodeTypeMismatch, at+".path", "%s is a file, but the type is %s", d.Path.Value, d.Type).Hint = "write type: uri_file"
	}
}
