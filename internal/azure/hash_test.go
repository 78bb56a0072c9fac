package azure_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/blob"
)

// TestContentHash has what azure-ai-ml 1.35.2 answers for the same files.
func TestContentHash(t *testing.T) {
	t.Parallel()
	src := t.TempDir()
	for name, text := range map[string]string{"b.py": "one\n", "A.py": "two", "Sub/empty": "", "sub.txt": "x"} {
		file := filepath.Join(src, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	tree, _, err := blobs.PutTree(t.Context(), src, blob.TreeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := azure.ContentHash(blobs, tree)
	if want := "d96214cdbcc3f71c4b25dcd17d6cc648f228df731292c7093ff397c70154e923"; err != nil || got != want {
		t.Errorf("%s, %v; want %s", got, err, want)
	}
}
