package azure

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/lease"
)

// note is what is remembered of a job that is being submitted, until the answer
// is there. When it never comes, nobody knows whether the job was accepted; the
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

// lockEnd ends the names of notes' locks.
const lockEnd = ".lock"

// alike is how many submissions of one definition may be on their way at once.
const alike = 64

// take finds the note of a submission that a process before has left, or makes
// one with that name. Nil without a journal. Submissions that are on their way
// in other processes hold their notes, and have nothing to do with this one.
func (c *Client) take(body []byte, name string) (*note, error) {
	if c.target.Journal == "" {
		return nil, nil
	}
	if err := os.MkdirAll(c.target.Journal, 0o700); err != nil {
		return nil, fmt.Errorf("note the submission: %w", err)
	}
	scope := c.target.Endpoint + c.target.Scope.String()
	sum := sha256.Sum256([]byte(strings.ToLower(scope) + "\n" + string(body)))
	n := &note{Scope: scope, Digest: hex.EncodeToString(sum[:]), Name: name}
	for i := range alike {
		n.file = filepath.Join(c.target.Journal, fmt.Sprintf("%s-%d.json", n.Digest, i))
		if i == 0 {
			n.file = filepath.Join(c.target.Journal, n.Digest+".json")
		}
		var err error
		if n.lock, err = lease.Acquire(n.file + lockEnd); errors.Is(err, lease.ErrHeld) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("note the submission: %w", err)
		}
		if err := n.write(); err != nil {
			n.release()
			return nil, err
		}
		return n, nil
	}
	return nil, fmt.Errorf("the same is being submitted %d times at once", alike)
}

// write writes the note down, unless there is an earlier one.
func (n *note) write() error {
	var old note
	if text, err := os.ReadFile(n.file); err == nil && json.Unmarshal(text, &old) == nil &&
		old.Digest == n.Digest && old.Scope == n.Scope && time.Since(old.Time).Abs() < noteLife && isName(old.Name) {
		n.Name, n.earlier = old.Name, true
		return nil
	}
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
	if err := os.Remove(n.file); err != nil {
		return fmt.Errorf("note the submission: %w", err)
	}
	return n.write()
}

// done forgets the note when the end of the submission is known.
func (n *note) done(err error) {
	if n == nil {
		return
	}
	if isAnswer(err) {
		_ = os.Remove(n.file)
		_ = os.Remove(n.file + lockEnd) // whoever waits for it notices
	}
	n.release()
}

func (n *note) release() { _ = n.lock.Release() }

// isAnswer reports whether what a request came to is known: it was done, or
// refused.
func isAnswer(err error) bool {
	var f *Fault
	switch {
	case err == nil:
		return true
	case !errors.As(err, &f):
		return false
	case f.Status == http.StatusRequestTimeout, f.Status == http.StatusTooManyRequests:
		return false
	}
	return f.Status >= 400 && f.Status < 500
}

// replaceFile writes a file so that it is there as a whole or not at all.
func replaceFile(file string, text []byte) error {
	temp, err := os.CreateTemp(filepath.Dir(file), ".note-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }() // it has another name then, if all went well
	_, err = temp.Write(text)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), file)
}
