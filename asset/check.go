package asset

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// checker collects the faults of one definition.
type checker struct {
	fsys fs.FS
	errs diag.List
}

// errorf adds an error about the field at path.
func (c *checker) errorf(r diag.Range, code diag.Code, at, format string, args ...any) *diag.Diagnostic {
	d := c.errs.Errorf(r, code, format, args...)
	d.Path = at
	return d
}

func (c *checker) warnf(r diag.Range, code diag.Code, at, format string, args ...any) *diag.Diagnostic {
	d := c.errs.Warnf(r, code, format, args...)
	d.Path = at
	return d
}

// join is the path of a field within another.
func join(at, field string) string {
	if at == "" {
		return field
	}
	return at + "." + field
}

// blank reports whether there is nothing to judge: nothing was written, or a
// placeholder that somebody fills in later (<NAME>, {{name}}, ${{...}}, $(name)).
func blank(t pipeline.Text) bool {
	v := t.Value
	return v == "" || strings.Contains(v, "{{") || strings.Contains(v, "$(") || strings.Contains(v, "<") && strings.Contains(v, ">")
}

// whole is the value of a whole number; what is none was reported by its shape.
func whole(t pipeline.Text) (int, bool) {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(t.Value), ".0"))
	return n, err == nil
}

// ordered checks that of two numbers the lower is not above the upper.
func (c *checker) ordered(low, high pipeline.Text, lowAt, highAt string) {
	l, ok1 := whole(low)
	h, ok2 := whole(high)
	if !ok1 || !ok2 || l <= h {
		return
	}
	d := c.errorf(low.Range, diag.CodeOutOfRange, lowAt, "%s %d is above %s %d", last(lowAt), l, last(highAt), h)
	d.Hint = "exchange them, or correct one"
	d.Related = append(d.Related, diag.Related{Range: high.Range, Message: last(highAt) + " is here"})
}

// last is the name of the field at a path.
func last(at string) string { return at[strings.LastIndex(at, ".")+1:] }

// stat looks at something of this machine; nil when it cannot be judged. What
// is missing is reported: what says what it is, and an error unless it is data,
// which many fetch first.
func (c *checker) stat(l pipeline.LocalPath, at, what string) fs.FileInfo {
	if c.fsys == nil || l.Name == "" || blank(l.Text) {
		return nil
	}
	info, err := fs.Stat(c.fsys, l.Name)
	if err == nil {
		return info
	}
	report, code := c.errorf, diag.CodeMissingFile
	if what == "local data" || what == "local model" {
		report, code = c.warnf, diag.CodeMissingData
	}
	report(l.Range, code, at, "%s %s %s", what, l.Value, whyNot(err)).Hint = c.nearby(l)
	return nil
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

// nearby suggests a neighbour with a similar name.
func (c *checker) nearby(l pipeline.LocalPath) string {
	entries, _ := fs.ReadDir(c.fsys, path.Dir(l.Name)) // a hint is worth no fault of its own
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	near := diag.Suggest(path.Base(l.Name), names)
	switch {
	case near != "":
	case isNameVersion(l.Value) && strings.ContainsAny(l.Value, ":@"):
		return fmt.Sprintf("did you mean azureml:%s?", l.Value)
	default:
		return "a path starts from the folder of the file that it stands in"
	}
	dir, _ := path.Split(l.Value)
	return fmt.Sprintf("did you mean %q?", dir+near)
}

// folder checks a folder of this machine.
func (c *checker) folder(l pipeline.LocalPath, at, what string) {
	if info := c.stat(l, at, what); info != nil && !info.IsDir() {
		c.errorf(l.Range, diag.CodeMissingFile, at, "%s %s is not a folder", what, l.Value)
	}
}

// file checks a file of this machine.
func (c *checker) file(l pipeline.LocalPath, at, what string) {
	if info := c.stat(l, at, what); info != nil && info.IsDir() {
		c.errorf(l.Range, diag.CodeMissingFile, at, "%s %s is a folder", what, l.Value)
	}
}

// within is the place of t.Value[start:end] in the source: exact when the text
// was written on one line as it is, and else that of the whole.
func within(t pipeline.Text, start, end int) diag.Range {
	r := t.Range
	if r.Line != r.EndLine {
		return r
	}
	switch length := len([]rune(t.Value)); r.EndColumn - r.Column {
	case length:
	case length + 2: // quotes
		r.Column++
	default:
		return r
	}
	r.EndColumn = r.Column + len([]rune(t.Value[:end]))
	r.Column += len([]rune(t.Value[:start]))
	return r
}
