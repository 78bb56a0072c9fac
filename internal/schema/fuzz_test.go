package schema_test

import (
	"testing"

	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// FuzzCheck: whatever the document, the checker does not panic, and every
// fault has a place and says something.
func FuzzCheck(f *testing.F) {
	for _, d := range documents() {
		f.Add(d.text)
	}
	f.Add("a: &x {type: command}\njobs: {a: *x, b: *x, c: {type: {}}, d: {type: [1]}, e: {type: }, f: {inputs: {a: {}}}}\n")
	f.Add("[1]")
	kinds := map[string]*schema.Kind{}
	for _, name := range schema.Kinds() {
		kinds[name], _ = schema.Of(name)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, _ := yamlnode.Parse("f.yml", []byte(text))
		if n == nil {
			return
		}
		for name, k := range kinds {
			for _, d := range k.Check(n, "") {
				if d.Line < 1 || d.Message == "" || d.Code == "" {
					t.Fatalf("%s: a fault without line, message or code: %+v", name, d)
				}
			}
			for _, p := range n.Pairs {
				k.At(n, []string{p.Key, "0", "type"})
			}
		}
	})
}
