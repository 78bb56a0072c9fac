package diag_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/diag"
)

// declaredCodes reads the constants of type Code out of this package's files.
func declaredCodes(t *testing.T) []diag.Code {
	t.Helper()
	names, err := filepath.Glob("codes*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []diag.Code
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
				return true
			}
			if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
				text, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, diag.Code(text))
			}
			return true
		})
	}
	return out
}

// TestCodesAreDescribed fails when somebody adds a code without saying, in the
// tables of descriptions, what it means.
func TestCodesAreDescribed(t *testing.T) {
	t.Parallel()
	declared := declaredCodes(t)
	slices.Sort(declared)
	described := diag.Codes()
	if !slices.Equal(declared, described) {
		t.Errorf("described: %v\nare not the codes declared: %v", described, declared)
	}
	for _, c := range described {
		title, help := diag.Describe(c)
		if title == "" || help == "" || strings.HasSuffix(title, ".") {
			t.Errorf("%s: title %q, help %q", c, title, help)
		}
	}
}

func TestDescribeUnknownCode(t *testing.T) {
	t.Parallel()
	if title, help := diag.Describe("some-new-code"); title != "Some new code" || help != "" {
		t.Errorf("got %q and %q", title, help)
	}
}
