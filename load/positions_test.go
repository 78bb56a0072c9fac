package load_test

import (
	"bytes"
	"testing"
)

// TestLineEnds: the places of faults do not depend on how lines end, nor on a
// byte order mark.
func TestLineEnds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"positions", "expressions", "values"} {
		v := readVector(t, "../testdata/vectors/"+name+".txtar")
		errs, _ := v.run(t)
		want := show(errs)
		written := v.files["pipeline.yml"].Data
		for what, data := range map[string][]byte{
			"CRLF": bytes.ReplaceAll(written, []byte("\n"), []byte("\r\n")),
			"CR":   bytes.ReplaceAll(written, []byte("\n"), []byte("\r")),
			"BOM":  append([]byte("\xEF\xBB\xBF"), written...),
		} {
			v.files["pipeline.yml"].Data = data
			errs, _ := v.run(t)
			if got := show(errs); got != want {
				t.Errorf("%s with %s:\n got %s\nwant %s", name, what, got, want)
			}
		}
	}
}
