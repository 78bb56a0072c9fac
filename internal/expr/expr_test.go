package expr_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/expr"
)

// show prints parts compactly: literal text as is, <a.b> for a reference,
// [..] for a group.
func show(parts []expr.Part) string {
	var b strings.Builder
	for _, p := range parts {
		switch {
		case p.Ref != nil:
			b.WriteString("<" + p.Ref.String() + ">")
		case p.Group != nil:
			b.WriteString("[" + show(p.Group) + "]")
		default:
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want, err string }{
		{"", "", ""},
		{"plain $HOME ${HOME} {{x}}", "plain $HOME ${HOME} {{x}}", ""},
		{"${{inputs.a}}", "<inputs.a>", ""},
		{"${{ inputs.a }}/x", "<inputs.a>/x", ""},
		{"a${{parent.jobs.b.outputs.c}}${{name}}", "a<parent.jobs.b.outputs.c><name>", ""},
		{"run $[[--x ${{inputs.x}}]] end", "run [--x <inputs.x>] end", ""},
		{"$[[]]", "[]", ""},
		{"[[ -f x ]] && echo $[[a]]", "[[ -f x ]] && echo [a]", ""},
		{"${{inputs.a", "${{inputs.a", "${{ is never closed"},
		{"${{inputs.a ${{inputs.b}}", "${{inputs.a <inputs.b>", "${{ is never closed"},
		{"$[[ --x ${{inputs.x}}", "$[[ --x <inputs.x>", "$[[ is never closed"},
		{"${{}}", "${{}}", "${{ }} is empty"},
		{"${{ a b }}", "${{ a b }}", `"a b" is not a reference`},
		{"${{ a..b }}", "${{ a..b }}", `"a..b" is not a reference`},
		{"${{inputs.naïve}}", "${{inputs.naïve}}", `"inputs.naïve" is not a reference`},
	} {
		parts, errs := expr.Parse(tt.in)
		if got := show(parts); got != tt.want {
			t.Errorf("Parse(%q) = %q, want %q", tt.in, got, tt.want)
		}
		msg := ""
		if len(errs) > 0 {
			msg = errs[0].Error()
		}
		if msg != tt.err {
			t.Errorf("Parse(%q) error %q, want %q", tt.in, msg, tt.err)
		}
	}
}

func source(parts []expr.Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "${{inputs.a}}", "$[[x ${{inputs.y}}]]", "${{", "$[[", "$[[${{]]}}", "${{a${{b}}}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts, errs := expr.Parse(s)
		if got := source(parts); got != s {
			t.Fatalf("parts make %q, want %q", got, s)
		}
		for _, e := range errs {
			if e.Start < 0 || e.End > len(s) || e.Start >= e.End {
				t.Fatalf("error at [%d:%d) of %d bytes", e.Start, e.End, len(s))
			}
		}
		for _, r := range expr.Refs(parts) {
			if s[r.Start:r.Start+3] != "${{" || s[r.End-2:r.End] != "}}" {
				t.Fatalf("reference %v at the wrong place", r)
			}
			again, _ := expr.Parse("${{" + r.String() + "}}")
			if len(again) != 1 || again[0].Ref == nil || again[0].Ref.String() != r.String() {
				t.Fatalf("reference %q does not survive printing", r)
			}
		}
	})
}
