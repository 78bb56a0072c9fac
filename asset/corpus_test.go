package asset_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ischia-ml/ischia/asset"
)

// known is what the manifest of the corpus says of one definition.
type known struct {
	Path, Kind, Verdict, Reason string
	CodeRefs                    []reference `json:"code_refs"`
	DataRefs                    []reference `json:"data_refs"`
}

type reference struct {
	Path, Type string
	Exists     bool
}

// TestCorpus: what the Azure ML client and we think of real definitions is the
// same, and they survive being printed.
func TestCorpus(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("ISCHIA_CORPUS")
	if dir == "" {
		t.Skip("ISCHIA_CORPUS is not set")
	}
	base := os.DirFS(path.Join(dir, "open"))
	manifest := readManifest(t, base)
	fsys := withStubs(base, manifest)
	// Definitions about which we differ from the manifest, and why.
	differ := map[string]string{
		"Azure__azureml-examples/cli/assets/data/simple_import_schedule.yml": "the corpus lacks the import file beside it, without which the client fails as well",
	}
	counts := map[string]int{}
	for _, k := range manifest {
		if asset.New(k.Kind) == nil {
			continue
		}
		data, err := fs.ReadFile(base, k.Path)
		if err != nil {
			t.Fatal(err)
		}
		def, errs := read(fsys, k.Kind, k.Path, data)
		got := "VALID"
		if errs.HasErrors() {
			got = "INVALID"
		}
		counts[fmt.Sprintf("%-32s %-8s judged %s", k.Kind, k.Verdict, got)]++
		if def != nil {
			again(t, def, k.Path, errs.HasErrors())
		}
		if (k.Verdict == "VALID" || k.Verdict == "INVALID") && (got != k.Verdict) != (differ[k.Path] != "") {
			t.Errorf("%s %s is judged %s; the manifest says: %s\n%v", k.Kind, k.Path, got, k.Reason, errs.Err())
		}
	}
	for _, key := range sorted(counts) {
		t.Logf("%4d %s", counts[key], key)
	}
}

func sorted(counts map[string]int) []string {
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func readManifest(t *testing.T, fsys fs.FS) []known {
	t.Helper()
	data, err := fs.ReadFile(fsys, "manifest.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var out []known
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var k known
		if err := json.Unmarshal(lines.Bytes(), &k); err != nil {
			t.Fatal(err)
		}
		out = append(out, k)
	}
	return out
}

// overlay is a file system with stubs for what it lacks.
type overlay struct{ base, stubs fs.FS }

func (o overlay) Open(name string) (fs.File, error) {
	if f, err := o.base.Open(name); err == nil {
		return f, nil
	}
	return o.stubs.Open(name)
}

// withStubs adds what upstream has and the corpus leaves out.
func withStubs(base fs.FS, manifest []known) fs.FS {
	stubs := fstest.MapFS{}
	for _, k := range manifest {
		for _, ref := range slices.Concat(k.CodeRefs, k.DataRefs) {
			name := path.Clean(ref.Path)
			if _, err := fs.Stat(base, name); err == nil || !ref.Exists || !fs.ValidPath(name) || strings.HasPrefix(name, "..") {
				continue
			}
			if ref.Type == "dir" {
				name += "/.stub"
			}
			stubs[name] = &fstest.MapFile{Data: []byte("x")}
		}
	}
	return overlay{base, stubs}
}
