package archtest

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

const module = "github.com/ischia-ml/ischia"

// Violation is one broken rule, at its place.
type Violation struct {
	// File is relative to the module's root; Line is 0 for a whole package.
	File    string
	Line    int
	Message string
}

// String is "file:line: message".
func (v Violation) String() string {
	if v.Line == 0 {
		return v.File + ": " + v.Message
	}
	return fmt.Sprintf("%s:%d: %s", v.File, v.Line, v.Message)
}

// Check reads every Go file of the module whose root is fsys and returns all
// violations, by place. The error is for a tree that cannot be read or parsed.
func Check(fsys fs.FS) ([]Violation, error) {
	c := &checker{fset: token.NewFileSet(), floors: Floors(), bans: Bans(), packages: map[string][]*file{}}
	if err := fs.WalkDir(fsys, ".", c.visit(fsys)); err != nil {
		return nil, fmt.Errorf("read module: %w", err)
	}
	if len(c.packages) == 0 {
		return nil, errors.New("read module: there is no Go file in it")
	}
	for dir, files := range c.packages {
		c.checkPackage(dir, files)
		for _, f := range files {
			c.checkFile(f)
		}
	}
	slices.SortFunc(c.violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(c.violations), nil
}

// checker is one walk over the module.
type checker struct {
	fset       *token.FileSet
	floors     map[string]int
	bans       []Ban
	packages   map[string][]*file // by folder
	violations []Violation
}

// file is one parsed Go file.
type file struct {
	name, dir string
	lines     int
	test      bool
	generated bool
	syntax    *ast.File
	// imports maps the name under which a package is used to its path.
	imports map[string]string
}

func (c *checker) visit(fsys fs.FS) fs.WalkDirFunc {
	return func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name != "." && ignored(entry.Name()) {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go" || ignored(entry.Name()):
			return nil
		}
		return c.parse(fsys, name)
	}
}

// ignored follows the go command: it does not see these either.
func ignored(base string) bool {
	return base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func (c *checker) parse(fsys fs.FS, name string) error {
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(c.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &file{
		name: name, dir: path.Dir(name), syntax: syntax,
		lines:     c.fset.File(syntax.FileStart).LineCount(),
		test:      strings.HasSuffix(name, "_test.go"),
		generated: ast.IsGenerated(syntax),
		imports:   importNames(syntax),
	}
	c.packages[f.dir] = append(c.packages[f.dir], f)
	return nil
}

// importNames takes a path's last element for the package's name, which holds
// for ours and for the standard library's packages that rules are about.
func importNames(syntax *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range syntax.Imports {
		imported := importPath(spec)
		name := path.Base(imported)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = imported
	}
	return names
}

// importPath is what spec imports; a package of ours is named by its folder.
func importPath(spec *ast.ImportSpec) string {
	imported, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return spec.Path.Value
	}
	if imported == module {
		return "."
	}
	return strings.TrimPrefix(imported, module+"/")
}

// ours reports whether an import path names a package of this module.
func ours(spec *ast.ImportSpec) bool {
	return strings.HasPrefix(spec.Path.Value, `"`+module+"/") || spec.Path.Value == `"`+module+`"`
}

func (c *checker) report(f *file, at token.Pos, format string, args ...any) {
	line := 0
	if at.IsValid() {
		line = c.fset.Position(at).Line
	}
	c.violations = append(c.violations, Violation{File: f.name, Line: line, Message: fmt.Sprintf(format, args...)})
}
