package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// checkImports holds one file's imports against the floors and the bans.
func (c *checker) checkImports(f *file) {
	for _, spec := range f.syntax.Imports {
		imported := importPath(spec)
		if f.test {
			continue
		}
		if ours(spec) {
			c.checkFloor(f, spec, imported)
		}
		c.checkBans(f, spec, imported)
	}
}

func (c *checker) checkFloor(f *file, spec *ast.ImportSpec, imported string) {
	if testOnly(imported) {
		if !testOnly(f.dir) {
			c.report(f, spec.Pos(), "%s is for tests only: import it from a _test.go file", imported)
		}
		return
	}
	from, known := c.floors[f.dir]
	to, there := c.floors[imported]
	if known && there && to >= from {
		c.report(f, spec.Pos(), "%s [%d] imports %s [%d]: a package imports lower floors only", f.dir, from, imported, to)
	}
}

func (c *checker) checkBans(f *file, at ast.Node, use string) {
	if testOnly(f.dir) {
		return // as free as the tests that import it
	}
	for _, ban := range c.bans {
		if ban.names(use) && !ban.permits(f.dir) {
			c.report(f, at.Pos(), "%s may not use %s: %s", f.dir, use, ban.Why)
		}
	}
}

// checkUses looks for functions that are banned, however deep in the file.
func (c *checker) checkUses(f *file) {
	if f.test {
		return
	}
	ast.Inspect(f.syntax, func(n ast.Node) bool {
		if selector, ok := n.(*ast.SelectorExpr); ok {
			if pkg, ok := selector.X.(*ast.Ident); ok && f.imports[pkg.Name] != "" {
				c.checkBans(f, selector, f.imports[pkg.Name]+"."+selector.Sel.Name)
			}
		}
		return true
	})
}

// checkStarter: the starter's folders are users' programs, so they see what
// users see.
func (c *checker) checkStarter(f *file) {
	for _, spec := range f.syntax.Imports {
		imported := importPath(spec)
		if ours(spec) && !slices.Contains(public(), imported) && !strings.HasPrefix(imported, "starter/") {
			c.report(f, spec.Pos(), "the starter imports %s: a user's program sees the public packages and its own only", imported)
		}
	}
}

// testOnly: such packages are imported from tests, and from each other.
func testOnly(dir string) bool {
	return dir == "internal/golden" || strings.HasSuffix(path.Base(dir), "test") && strings.HasPrefix(dir, "internal/")
}

// userProgram: everything below starter, but not its embed.go.
func userProgram(dir string) bool { return strings.HasPrefix(dir, "starter/") }

// program: a command's main package.
func program(dir string) bool { return strings.HasPrefix(dir, "cmd/") }
