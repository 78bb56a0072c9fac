package archtest

import (
	"go/ast"
	"strings"
)

// checkExposure: a user of a public package must be able to name every type
// that it hands out or asks for. The check reads the syntax, not the types: it
// sees every type that is written down in an exported declaration.
func (c *checker) checkExposure(f *file) {
	for _, decl := range f.syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Name.IsExported() && (decl.Recv == nil || exportedReceiver(decl.Recv)) {
				c.expose(f, decl.Name, decl.Type)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				c.exposeSpec(f, spec)
			}
		}
	}
}

func (c *checker) exposeSpec(f *file, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() {
			c.expose(f, spec.Name, spec.TypeParams)
			c.expose(f, spec.Name, spec.Type)
		}
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if !name.IsExported() {
				continue
			}
			c.expose(f, name, spec.Type)
			for _, value := range spec.Values {
				c.expose(f, name, value) // its type may come from there
			}
		}
	}
}

// expose reports every internal type in node, what is unexported left out.
func (c *checker) expose(f *file, owner *ast.Ident, node ast.Node) {
	if isNil(node) {
		return
	}
	ast.Inspect(node, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			return len(n.Names) == 0 || anyExported(n.Names) || !isMember(node, n)
		case *ast.BlockStmt:
			return false // the body of a function literal is nobody's signature
		case *ast.SelectorExpr:
			if pkg, ok := n.X.(*ast.Ident); ok && strings.HasPrefix(f.imports[pkg.Name], "internal/") {
				c.report(f, n.Pos(), "exported %s exposes %s.%s, which users cannot name", owner.Name, pkg.Name, n.Sel.Name)
			}
		}
		return true
	})
}

// isMember reports whether field stands directly in a struct or interface
// below root, and not in a parameter list, whose names are nobody's business.
func isMember(root ast.Node, field *ast.Field) bool {
	found := false
	ast.Inspect(root, func(n ast.Node) bool {
		var members *ast.FieldList
		switch n := n.(type) {
		case *ast.StructType:
			members = n.Fields
		case *ast.InterfaceType:
			members = n.Methods
		default:
			return !found
		}
		for _, member := range members.List {
			found = found || member == field
		}
		return !found
	})
	return found
}

func anyExported(names []*ast.Ident) bool {
	for _, name := range names {
		if name.IsExported() {
			return true
		}
	}
	return false
}

// exportedReceiver: methods of an unexported type are seen through interfaces
// only, which are checked where they are declared.
func exportedReceiver(recv *ast.FieldList) bool {
	typ := recv.List[0].Type
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
		case *ast.IndexExpr:
			typ = t.X
		case *ast.IndexListExpr:
			typ = t.X
		case *ast.Ident:
			return t.IsExported()
		default:
			return true // not a receiver that compiles; then look rather than not
		}
	}
}

// isNil sees through the typed nils that the syntax tree is full of.
func isNil(node ast.Node) bool {
	switch n := node.(type) {
	case nil:
		return true
	case *ast.FieldList:
		return n == nil
	}
	return false
}
