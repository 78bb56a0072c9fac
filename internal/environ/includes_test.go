package environ_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/ischia-ml/ischia/internal/environ"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, map[string]string{
		"src/main.sh": "echo", "src/lib/own": "1", "lib/more": "2", "shared.txt": "3", "again/main.sh": "echo", "clash/main.sh": "other",
		"lib/.amlignore": "*.tmp\n", "lib/x.tmp": "", "other/lib": "a file",
	})
	blobs := store(t)
	c := environ.NewCoder(blobs, options(t))
	at := func(names ...string) []string {
		for i, n := range names {
			names[i] = filepath.Join(dir, filepath.FromSlash(n))
		}
		return names
	}
	src := at("src")[0]
	for _, tt := range []struct {
		dir      string
		includes []string
		want     string
	}{
		{src, nil, "lib/own main.sh"},
		{src, at("shared.txt", "lib"), "lib/.amlignore lib/more lib/own main.sh shared.txt"},
		{"", at("shared.txt"), "shared.txt"},
		{src, at("again/main.sh"), "lib/own main.sh"},
	} {
		tree, digest, err := c.Folder(t.Context(), tt.dir, tt.includes, "sh main.sh")
		if err != nil {
			t.Fatal(err)
		}
		if got := paths(tree); got != tt.want || digest != tree.Digest() || !blobs.Has(digest) {
			t.Errorf("%v beside %q: got %s, want %s", tt.includes, tt.dir, got, tt.want)
		}
	}
	for _, include := range at("clash/main.sh", "other/lib", "nowhere") {
		_, _, err := c.Folder(t.Context(), src, []string{include}, "sh main.sh")
		var fault *environ.IncludeError
		if !errors.As(err, &fault) || fault.Path != include {
			t.Errorf("%s: got %v, want what stands in its way", include, err)
		}
		if missing := filepath.Base(include) == "nowhere"; missing != errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v", include, err)
		}
	}
}
