package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Output is what a step made under one name.
type Output struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Digest is a blob's: of a file, or of a tree when Folder.
	Digest string `json:"digest"`
	Folder bool   `json:"folder,omitempty"`
	// File is the base name of a file; Size and Executable are its own.
	File       string `json:"file,omitempty"`
	Size       int64  `json:"size,omitempty"`
	Executable bool   `json:"executable,omitempty"`
}

// Entry is the result of one execution of a step.
type Entry struct {
	Key Key `json:"key"`
	// Description is the text that Key is the digest of.
	Description string `json:"description"`
	// Job is the name of the job that made it, Root that of its root job.
	Job  string `json:"job"`
	Root string `json:"root"`
	Step string `json:"step"`
	// Created is when the step ended, Took how long it ran.
	Created time.Time     `json:"created"`
	Took    time.Duration `json:"took_ns"`
	Outputs []Output      `json:"outputs,omitempty"`
	// Log is the digest of what the step wrote.
	Log string `json:"log,omitempty"`
}

// Cache is a folder of entries. Its methods may be called from many
// goroutines, and several processes and machines may share one folder.
type Cache struct {
	dir      string
	readOnly bool
	buffers  sync.Pool // of *[]byte, for reading entries
}

// Open uses the folder dir, and makes it unless readOnly.
func Open(dir string, readOnly bool) (*Cache, error) {
	if !readOnly {
		for _, d := range []string{entriesDir, tmpDir} {
			if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
				return nil, fmt.Errorf("open the step cache: %w", err)
			}
		}
	}
	c := &Cache{dir: dir, readOnly: readOnly}
	c.buffers.New = func() any { b := make([]byte, entryBuffer); return &b }
	return c, nil
}

// entryBuffer is room for most entries.
const entryBuffer = 16 << 10

const (
	entriesDir = "steps-1"
	tmpDir     = "tmp"
)

// Dir is the cache's folder.
func (c *Cache) Dir() string { return c.dir }

// ReadOnly reports whether Put does nothing.
func (c *Cache) ReadOnly() bool { return c.readOnly }

func (c *Cache) path(k Key) string {
	return filepath.Join(c.dir, entriesDir, string(k[:2]), string(k))
}

// ErrDamaged says that an entry is not what was put.
var ErrDamaged = errors.New("damaged cache entry")

// Get is the entry of a key; ok is false when there is none. A damaged entry
// is an error that matches ErrDamaged, and never an answer.
func (c *Cache) Get(k Key) (e Entry, ok bool, err error) {
	ok, err = c.read(k, &e)
	if err == nil && ok && keyOf(e.Description) != k {
		ok, err = false, fmt.Errorf("read cache entry %.12s: %w: its description does not fit its key", k, ErrDamaged)
	}
	if err == nil && ok && !plain(e.Job, e.Outputs) {
		ok, err = false, fmt.Errorf("read cache entry %.12s: %w: a name in it is a path", k, ErrDamaged)
	}
	if !ok {
		return Entry{}, false, err
	}
	return e, true, nil
}

// Answer is of the entry of a key what a step needs that it answers: the job and
// the outputs. It is Get otherwise, for less.
func (c *Cache) Answer(k Key) (Entry, bool, error) {
	var e struct {
		Job     string   `json:"job"`
		Outputs []Output `json:"outputs"`
	}
	ok, err := c.read(k, &e)
	if err == nil && ok && !plain(e.Job, e.Outputs) {
		ok, err = false, fmt.Errorf("read cache entry %.12s: %w: a name in it is a path", k, ErrDamaged)
	}
	return Entry{Key: k, Job: e.Job, Outputs: e.Outputs}, ok, err
}

// plain: the names of an entry that become names of files are no paths. A cache
// folder may be shared with whoever writes there.
func plain(job string, outputs []Output) bool {
	isName := func(s string) bool {
		return s == "" || s != "." && filepath.IsLocal(s) && filepath.Base(s) == s
	}
	return isName(job) && !slices.ContainsFunc(outputs, func(o Output) bool { return !isName(o.File) })
}

// read reads the entry of a key into e, and checks that it is what was put.
func (c *Cache) read(k Key, e any) (ok bool, err error) {
	if _, err := ParseKey(string(k)); err != nil {
		return false, err
	}
	buf := c.buffers.Get().(*[]byte)
	defer c.buffers.Put(buf)
	text, err := readFile(c.path(k), *buf)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = decode(text, k, e)
	}
	if err != nil {
		return false, fmt.Errorf("read cache entry %.12s: %w", k, err)
	}
	return true, nil
}

// Put stores an entry; a later one of the same key replaces it. When it
// returns nil the whole entry is there for every reader; otherwise nothing is.
// Of a read-only cache it does nothing.
func (c *Cache) Put(e Entry) error {
	if c.readOnly {
		return nil
	}
	if _, err := ParseKey(string(e.Key)); err != nil {
		return err
	}
	text, err := encode(e)
	if err != nil {
		return fmt.Errorf("store cache entry %.12s: %w", e.Key, err)
	}
	if err := c.write(c.path(e.Key), text); err != nil {
		return fmt.Errorf("store cache entry %.12s: %w", e.Key, err)
	}
	return nil
}

func (c *Cache) write(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Join(c.dir, tmpDir), "entry-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // gone once it is renamed
	_, err = f.Write(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644) // other users of a shared folder read it
	}
	if err != nil {
		return err
	}
	err = os.Rename(f.Name(), name)
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		err = os.Rename(f.Name(), name)
	}
	return err
}

// encode is an entry as a line of JSON, and a line with its digest.
func encode(e Entry) ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return fmt.Appendf(text, "\n%s\n", hex.EncodeToString(sum[:])), nil
}

// decode reads into e, which keeps nothing of text, the entry of key k.
func decode(text []byte, k Key, e any) error {
	body, rest, ok := bytes.Cut(text, []byte("\n"))
	sum := sha256.Sum256(body)
	if !ok || string(rest) != hex.EncodeToString(sum[:])+"\n" {
		return fmt.Errorf("%w: its digest does not fit", ErrDamaged)
	}
	if err := json.Unmarshal(body, e); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	// The key comes first in every entry.
	if got, _, _ := strings.Cut(strings.TrimPrefix(string(body[:min(len(body), 80)]), `{"key":"`), `"`); got != string(k) {
		return fmt.Errorf("%w: it is that of %.12s", ErrDamaged, got)
	}
	return nil
}

// Info is what Walk tells of an entry.
type Info struct {
	Key  Key
	Size int64
	// Used is when the entry was stored or last answered from.
	Used time.Time
}

// Walk calls yield for every entry, in no order.
func (c *Cache) Walk(yield func(Info) error) error {
	root := filepath.Join(c.dir, entriesDir)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // another process collects
		case err != nil:
			return err
		case d.IsDir():
			return nil
		}
		k, err := ParseKey(d.Name())
		if err != nil {
			return nil //nolint:nilerr // not ours: left alone
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return yield(Info{k, info.Size(), info.ModTime()})
	})
	if err != nil {
		return fmt.Errorf("list the step cache: %w", err)
	}
	return nil
}

// touchAfter keeps Touch from writing on every use.
const touchAfter = time.Hour

// Touch notes that an entry was used, so that collection takes others first.
// It is a hint: failures do no harm.
func (c *Cache) Touch(k Key, now time.Time) {
	if c.readOnly {
		return
	}
	if info, err := os.Stat(c.path(k)); err == nil && now.Sub(info.ModTime()) > touchAfter {
		_ = os.Chtimes(c.path(k), now, now)
	}
}

// Remove deletes an entry; one that is not there is no error.
func (c *Cache) Remove(k Key) error {
	if _, err := ParseKey(string(k)); err != nil {
		return err
	}
	if err := os.Remove(c.path(k)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove cache entry %.12s: %w", k, err)
	}
	return nil
}
