package azure

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/lease"
)

// note is what is remembered of a job that is being submitted, until its name
// is told. When it never comes, nobody knows whether the job was accepted; the
// same submission again finds the note, and asks for that job before it makes
// another.
type note struct {
	Scope  string    `json:"scope"`
	Digest string    `json:"digest"`
	Name   string    `json:"name"`
	Time   time.Time `json:"time"`

	file string
	lock *lease.Lease
	// earlier: it was there already.
	earlier bool
}

// noteLife is how long a note counts. The same submission a day later means
// another run.
const noteLife = 24 * time.Hour

// What names of files in the folder of notes begin and end with.
const (
	tempStart = ".note-"
	noteEnd   = ".json"
	lockEnd   = ".lock"
)

// maxNote bounds what is read of a file: notes are small.
const maxNote = 64 << 10

// alike is how many submissions of one definition may be on their way at once.
const alike = 64

// take finds the note of a submission that a process before has left, or makes
// one with that name. Nil without a journal. Submissions that are on their way
// in other processes hold their notes, and have nothing to do with this one.
func (c *Client) take(body []byte, name string) (*note, error) {
	dir := c.target.Journal
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("note the submission: %w", err)
	}
	sweep(dir, time.Now())
	scope := cmp.Or(c.target.Place, c.target.Endpoint) + c.target.Scope.String()
	sum := sha256.Sum256([]byte(strings.ToLower(scope) + "\n" + string(body)))
	n := &note{Scope: scope, Digest: hex.EncodeToString(sum[:]), Name: name}
	// Whatever was left comes first, wherever it is: of two that were on their
	// way at once, both may have been left.
	for _, look := range []func() (bool, error){n.find, n.make} {
		for i := range alike {
			n.file = filepath.Join(dir, fmt.Sprintf("%s-%d%s", n.Digest, i, noteEnd))
			if found, err := look(); found || err != nil {
				return n, err
			}
		}
	}
	return nil, fmt.Errorf("the same is being submitted %d times at once", alike)
}

// find takes the note that is there, if nobody has it.
func (n *note) find() (bool, error) {
	if _, ok := n.read(); !ok {
		return false, nil
	}
	if held, err := n.acquire(); held || err != nil {
		return false, err
	}
	old, ok := n.read()
	if !ok { // whoever had it was done just now
		n.forget()
		return false, nil
	}
	n.Name, n.Time, n.earlier = old.Name, old.Time, true
	return true, nil
}

// make makes the note, unless somebody has that file.
func (n *note) make() (bool, error) {
	if held, err := n.acquire(); held || err != nil {
		return false, err
	}
	if err := n.write(); err != nil {
		n.forget()
		return false, err
	}
	return true, nil
}

// acquire locks the note's file. That somebody else has it is no error.
func (n *note) acquire() (held bool, err error) {
	n.lock, err = lease.Acquire(n.file + lockEnd)
	if errors.Is(err, lease.ErrHeld) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("note the submission: %w", err)
	}
	return false, nil
}

// read is the note that is in the file, if it is one of this submission and
// counts still. A file that is damaged is none.
func (n *note) read() (old note, ok bool) {
	text, err := readUpTo(n.file, maxNote)
	if err != nil || json.Unmarshal(text, &old) != nil {
		return note{}, false
	}
	return old, old.Digest == n.Digest && old.Scope == n.Scope && time.Since(old.Time).Abs() < noteLife && isName(old.Name)
}

func (n *note) write() error {
	n.Time = time.Now().UTC()
	text, err := json.Marshal(n)
	if err == nil {
		err = replaceFile(n.file, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("note the submission: %w", err)
	}
	return nil
}

// isName keeps a file that somebody has changed from becoming part of an
// address.
func isName(text string) bool {
	return text != "" && len(text) < 256 && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	})
}

// rename begins the note anew, with another name.
func (n *note) rename(name string) error {
	n.Name, n.earlier = name, false
	return n.write()
}

// forget removes the note: the end of the submission is known.
func (n *note) forget() {
	_ = os.Remove(n.file)
	_ = os.Remove(n.file + lockEnd) // whoever waits for it notices
	n.release()
}

// release leaves the note to whoever submits the same again.
func (n *note) release() { _ = n.lock.Release() }

// Told says that the names of the jobs that were submitted have been told to
// whoever asked for them. Until then a submission is as good as unanswered: a
// process that is killed here has started a job of which nobody knows.
func (c *Client) Told() {
	c.noting.Lock()
	defer c.noting.Unlock()
	for _, n := range c.notes {
		n.forget()
	}
	c.notes = nil
}

// untold keeps the note of a job whose name is still to be told.
func (c *Client) untold(n *note) {
	c.noting.Lock()
	defer c.noting.Unlock()
	c.notes = append(c.notes, n)
}

// sweep removes what lies in the folder of notes and counts no more. What
// cannot be removed does no harm.
func sweep(dir string, now time.Time) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || now.Sub(info.ModTime()) < noteLife || !info.Mode().IsRegular() {
			continue
		}
		file := filepath.Join(dir, strings.TrimSuffix(e.Name(), lockEnd))
		switch {
		case strings.HasPrefix(e.Name(), tempStart):
			_ = os.Remove(file)
		case strings.HasSuffix(file, noteEnd):
			sweepNote(file, now)
		}
	}
}

// sweepNote removes an old note that nobody has, with its lock.
func sweepNote(file string, now time.Time) {
	n := &note{file: file}
	if held, err := n.acquire(); held || err != nil {
		return
	}
	if info, err := os.Stat(file); err == nil && now.Sub(info.ModTime()) < noteLife {
		n.release() // its lock was old, and it is not
		return
	}
	n.forget()
}

// isRefusal reports whether a request was answered, and not done.
func isRefusal(err error) bool {
	var f *Fault
	if !errors.As(err, &f) || f.Status == http.StatusRequestTimeout || f.Status == http.StatusTooManyRequests {
		return false
	}
	return f.Status >= 400 && f.Status < 500
}

// replaceFile writes a file so that it is there as a whole or not at all.
func replaceFile(file string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(file), tempStart+"*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // it has another name then, if all went well
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), file); err != nil {
		return err
	}
	// The name is to outlive a loss of power, where a folder can be synced.
	if dir, err := os.Open(filepath.Dir(file)); err == nil {
		_ = dir.Sync()
		_ = dir.Close()
	}
	return nil
}

// readUpTo reads a file, or its beginning when it is longer.
func readUpTo(name string, most int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}
