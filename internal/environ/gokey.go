package environ

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ischia-ml/ischia/internal/blob"
)

// The go command caches compiled packages but not what is linked without a
// build id: a quarter of a second for each step, each time. Asking which files
// a program is made of takes a tenth of that.

// askSettings asks for the settings that change what is built.
const askSettings = "env GOVERSION GOOS GOARCH GOFLAGS GOEXPERIMENT GOFIPS140 " +
	"GO386 GOAMD64 GOARM GOARM64 GOMIPS GOMIPS64 GOPPC64 GORISCV64 GOWASM"

// goPackage is what `go list` says of a package, as far as it matters here.
type goPackage struct {
	ImportPath, Dir, DefaultGODEBUG string
	Standard                        bool
	Module                          *goModule
	GoFiles, SFiles, HFiles         []string
	SysoFiles, EmbedFiles           []string
}

type goModule struct {
	Path, Version, Dir, GoMod, GoVersion, Sum string
	Replace                                   *goModule
}

const listed = "-json=ImportPath,Dir,DefaultGODEBUG,Standard,Module,GoFiles,SFiles,HFiles,SysoFiles,EmbedFiles"

// key names everything that the program's binary is made from; empty when that
// cannot be told, and then the build itself will say why.
func (b *build) key(ctx context.Context) string {
	if b.o.Dir == "" {
		return ""
	}
	text, err := b.describe(ctx)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(text))
}

// describe writes down what the program is made from.
func (b *build) describe(ctx context.Context) ([]byte, error) {
	var text bytes.Buffer
	env, _, err := b.goCommand(ctx, strings.Fields(askSettings)...)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(env, []byte("-overlay")) || bytes.Contains(env, []byte("-toolexec")) {
		return nil, errors.New("the files that are listed are not those that are built")
	}
	fmt.Fprintf(&text, "go program 1\n%s\n", env)
	list, _, err := b.goCommand(ctx, "list", "-deps", listed, "./"+b.name)
	if err != nil {
		return nil, err
	}
	for dec := json.NewDecoder(bytes.NewReader(list)); ; {
		var p goPackage
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return text.Bytes(), nil
		}
		if err != nil {
			return nil, err
		}
		if err := b.describePackage(ctx, &text, p); err != nil {
			return nil, err
		}
	}
}

// describePackage writes down one package: by its version if it comes from the
// standard library or the module cache, which do not change, else by its files.
func (b *build) describePackage(ctx context.Context, w io.Writer, p goPackage) error {
	fmt.Fprintf(w, "package %q %q\n", p.ImportPath, p.DefaultGODEBUG)
	if p.Standard {
		return nil
	}
	files := [][]string{p.GoFiles, p.SFiles, p.HFiles, p.SysoFiles, p.EmbedFiles}
	if m := p.Module; m != nil {
		m.describe(w)
		if m.isFixed() {
			return nil
		}
		if err := b.describeFile(ctx, w, filepath.Dir(m.GoMod), filepath.Base(m.GoMod)); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(p.Dir, "default.pgo")); err == nil {
		files = append(files, []string{"default.pgo"})
	}
	for _, group := range files {
		for _, name := range group {
			if err := b.describeFile(ctx, w, p.Dir, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *build) describeFile(ctx context.Context, w io.Writer, dir, name string) error {
	digest, _, err := b.blobs.DigestFile(ctx, filepath.Join(dir, name))
	fmt.Fprintf(w, "file %q %s\n", name, digest)
	return err
}

func (m *goModule) describe(w io.Writer) {
	fmt.Fprintf(w, "module %q %q %q %q\n", m.Path, m.Version, m.GoVersion, m.Sum)
	if m.Replace != nil {
		m.Replace.describe(w)
	}
}

// isFixed: the module lies in the module cache. Of a vendored one the go
// command tells no folder, and its files may have been edited.
func (m *goModule) isFixed() bool {
	if m.Replace != nil {
		return m.Replace.isFixed()
	}
	return m.Version != "" && m.Dir != "" && m.Sum != ""
}

// remembered is the binary that was built from the same, if it is still there.
func (c *Coder) remembered(key string) (blob.Digest, int64, bool) {
	if key == "" {
		return "", 0, false
	}
	text, err := os.ReadFile(filepath.Join(c.o.Dir, key))
	if err != nil {
		return "", 0, false
	}
	digest, err := blob.ParseDigest(strings.TrimSpace(string(text)))
	if err != nil {
		return "", 0, false
	}
	info, err := c.blobs.Stat(digest)
	return digest, info.Size, err == nil
}

// remember notes which binary a key gives. A note that cannot be written costs
// time later, nothing else.
func (c *Coder) remember(key string, digest blob.Digest) {
	if os.MkdirAll(c.o.Dir, 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(c.o.Dir, "new-")
	if err != nil {
		return
	}
	_, err = tmp.WriteString(string(digest) + "\n")
	if errClose := tmp.Close(); err == nil && errClose == nil {
		err = os.Rename(tmp.Name(), filepath.Join(c.o.Dir, key))
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
}
