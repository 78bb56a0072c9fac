package home

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const backupDir = "backup"

// migrate goes from an older format to the layout's, a step at a time. Each
// step is recorded, so that a later one that fails does not repeat it.
func (l layout) migrate(dir string, from int) error {
	for format := from; format < l.format; format++ {
		if l.steps[format] == nil {
			return fmt.Errorf("migrate home %s: there is no way from format %d to %d", dir, format, format+1)
		}
	}
	if err := backUp(dir, from); err != nil {
		return fmt.Errorf("copy home %s before migrating it: %w", dir, err)
	}
	for format := from; format < l.format; format++ {
		if err := l.steps[format](dir); err != nil {
			return fmt.Errorf("migrate home %s from format %d to %d (a copy is in %s): %w",
				dir, format, format+1, backupPath(dir, from), err)
		}
		if err := writeFormat(dir, format+1); err != nil {
			return err
		}
	}
	return nil
}

func backupPath(dir string, format int) string {
	return filepath.Join(dir, backupDir, fmt.Sprintf("format-%d", format))
}

// backUp copies the home to backup/format-N in it. A copy that is complete
// already stays: the home may be half migrated by now.
func backUp(dir string, format int) error {
	target := backupPath(dir, format)
	if _, err := os.Lstat(target); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(dir, backupDir), 0o700); err != nil {
		return err
	}
	partial, err := os.MkdirTemp(filepath.Join(dir, backupDir), ".partial-*")
	if err != nil {
		return err
	}
	if err := copyHome(dir, partial); err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	if err := os.Rename(partial, target); err != nil {
		return err
	}
	syncDir(filepath.Join(dir, backupDir))
	return nil
}

// copyHome leaves out what is not worth a copy: the cache, earlier copies,
// and the files of the moment.
func copyHome(dir, target string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == "." {
			return err
		}
		switch name {
		case backupDir, "cache":
			return fs.SkipDir
		case lockFile, "secrets.lock", "serve.lock", "serve.json":
			return nil
		}
		return copyEntry(path, filepath.Join(target, name), entry, strings.HasPrefix(name, "blobs"+string(filepath.Separator)))
	})
}

func copyEntry(path, target string, entry fs.DirEntry, immutable bool) error {
	switch {
	case entry.IsDir():
		return os.MkdirAll(target, 0o700)
	case entry.Type()&fs.ModeSymlink != 0:
		link, err := os.Readlink(path)
		if err != nil {
			return err
		}
		return os.Symlink(link, target)
	case !entry.Type().IsRegular():
		return nil // a socket or a pipe of a dead process
	case immutable && os.Link(path, target) == nil:
		return nil // a blob never changes, so a second name is a copy
	}
	return copyFile(path, target)
}

func copyFile(path, target string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // only read
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
