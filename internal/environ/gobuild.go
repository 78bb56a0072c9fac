package environ

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/blob"
)

// holdsMain reports whether a folder holds a Go program. Build constraints are
// left to the go command, which says best what they exclude.
func holdsMain(folder string) bool {
	files, err := filepath.Glob(filepath.Join(escapeGlob(folder), "*.go"))
	if err != nil {
		return false
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
		if err == nil && syntax.Name.Name == "main" {
			return true
		}
	}
	return false
}

// escapeGlob keeps brackets and stars in a folder's name from being patterns.
// Windows has no escapes in patterns, and no stars in names.
func escapeGlob(folder string) string {
	if runtime.GOOS == "windows" {
		return folder
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(folder)
}

// binary is the stored binary of the Go program in folder name of dir.
func (c *Coder) binary(ctx context.Context, dir, name string) (blob.Digest, int64, error) {
	tool, err := lookPath(c.o.Env, "go")
	if err != nil {
		return "", 0, &BuildError{Program: name, Dir: dir, Text: fmt.Sprintf(
			"step %s is a Go program and needs Go to be built: install it from https://go.dev/dl, or put a built binary at %s",
			path.Base(name), name)}
	}
	b := &build{Coder: c, tool: tool, dir: dir, name: name}
	key := b.key(ctx)
	if digest, size, ok := c.remembered(key); ok {
		return digest, size, nil
	}
	digest, size, err := b.run(ctx)
	if err != nil {
		return "", 0, err
	}
	// A source that changed meanwhile may or may not be in the binary.
	if key != "" && key == b.key(ctx) {
		c.remember(key, digest)
	}
	return digest, size, nil
}

// build is the making of one Go program.
type build struct {
	*Coder
	tool, dir, name string
}

// run builds and stores the program.
func (b *build) run(ctx context.Context) (blob.Digest, int64, error) {
	tmp, err := os.MkdirTemp("", "ischia-build-")
	if err != nil {
		return "", 0, fmt.Errorf("build the Go program %s: %w", b.name, err)
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	out := filepath.Join(tmp, "step")
	_, text, err := b.goCommand(ctx, "build", "-trimpath", "-buildvcs=false", "-ldflags=-buildid=", "-o", out, "./"+b.name)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", 0, ctx.Err()
	case errors.As(err, &exit):
		return "", 0, &BuildError{Program: b.name, Dir: b.dir, Text: b.explain(text)}
	case err != nil:
		return "", 0, fmt.Errorf("build the Go program %s: %w", b.name, err)
	}
	digest, size, err := b.blobs.PutFile(ctx, out)
	if err != nil {
		return "", 0, fmt.Errorf("store the Go program %s: %w", b.name, err)
	}
	return digest, size, nil
}

// explain adds what the go command's own words leave open.
func (b *build) explain(text string) string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "go.mod file not found") {
		text += fmt.Sprintf("\n%s belongs to no Go module: run `go mod init NAME` in the folder of your pipeline, then `go mod tidy`", b.dir)
	}
	return text
}

// goCommand runs the go command in the code folder, so that the module around
// it applies, and returns what it prints on its two outputs.
func (b *build) goCommand(ctx context.Context, args ...string) (result []byte, messages string, err error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, b.tool, args...)
	cmd.Dir = b.dir
	cmd.Env = append(b.o.Env[:len(b.o.Env):len(b.o.Env)],
		"CGO_ENABLED=0", "GOOS="+b.o.GOOS, "GOARCH="+b.o.GOARCH, "PWD="+b.dir)
	cmd.Stdout, cmd.Stderr = &out, &errs
	// An interrupted go command waits for its compilers and removes its
	// temporary files; a killed one leaves both.
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = 5 * time.Second
	err = runWithParent(cmd)
	return out.Bytes(), errs.String(), err
}
