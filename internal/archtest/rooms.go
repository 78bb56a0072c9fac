package archtest

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
)

// The hard stops. A room that is larger holds two ideas.
const (
	maxFileLines = 600
	maxFuncLines = 80
	maxMainLines = 15
)

var (
	unfinished = regexp.MustCompile(`\b(TODO|FIXME)\b`)
	nextLine   = regexp.MustCompile(`(?:^|\n)Next: package ([a-z]+)(?:, [^\n]+)?\.\n?$`)
)

func (c *checker) checkPackage(dir string, files []*file) {
	if userProgram(dir) {
		return
	}
	if _, ok := c.floors[dir]; !ok {
		c.violations = append(c.violations, Violation{
			File: dir, Message: "has no floor: add it to the table in internal/archtest/floors.go, and say why in an ADR",
		})
	}
	if !program(dir) && dir != "starter" {
		c.checkPackageComment(dir, files)
	}
}

// checkPackageComment: the comments tell a walk through the house, so each
// ends by naming the next stop.
func (c *checker) checkPackageComment(dir string, files []*file) {
	code := false
	for _, f := range files {
		if f.test {
			continue
		}
		code = true
		if next := nextLine.FindStringSubmatch(f.syntax.Doc.Text()); next != nil {
			if !c.exists(next[1]) {
				c.report(f, f.syntax.Doc.End(), "the next stop, package %s, is not in the table of floors", next[1])
			}
			return
		}
	}
	if code {
		c.violations = append(c.violations, Violation{
			File: dir, Message: `the package comment must end with a line "Next: package X."`,
		})
	}
}

// exists reports whether a package of that name has a floor.
func (c *checker) exists(name string) bool {
	for dir := range c.floors {
		if path.Base(dir) == name {
			return true
		}
	}
	return false
}

func (c *checker) checkFile(f *file) {
	if userProgram(f.dir) {
		c.checkStarter(f)
		return
	}
	c.checkImports(f)
	c.checkUses(f)
	c.checkComments(f)
	if f.generated {
		return
	}
	c.checkFuncs(f)
	if !f.test && f.lines > maxFileLines {
		c.report(f, f.syntax.Package, "has %d lines, at most %d are allowed: split it", f.lines, maxFileLines)
	}
	if !f.test && isPublic(f.dir) {
		c.checkExposure(f)
	}
}

func (c *checker) checkFuncs(f *file) {
	for _, decl := range f.syntax.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Recv == nil && fn.Name.Name == "init" {
			c.report(f, fn.Pos(), "no init functions: wiring is explicit, in internal/local")
		}
		limit := maxFuncLines
		if program(f.dir) {
			limit = maxMainLines
		}
		if lines := c.fset.Position(fn.End()).Line - c.fset.Position(fn.Pos()).Line + 1; !f.test && lines > limit {
			c.report(f, fn.Pos(), "%s has %d lines, at most %d are allowed: split it", fn.Name.Name, lines, limit)
		}
	}
}

func (c *checker) checkComments(f *file) {
	for _, group := range f.syntax.Comments {
		for _, comment := range group.List {
			if word := unfinished.FindString(comment.Text); word != "" {
				c.report(f, comment.Pos(), "no %s comments: finish it, refuse it clearly, or open an issue", word)
			}
		}
	}
}

func isPublic(dir string) bool {
	for _, p := range public() {
		if dir == p || strings.HasPrefix(dir, p+"/") {
			return true
		}
	}
	return false
}
