package identity

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// record is the sign-in that is kept. Of a service principal there is no
// secret, but the name of the variable that holds it.
type record struct {
	// ID tells this sign-in from the one that follows it, so that a process
	// which still works with an older one does not write it back.
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	User     string `json:"user"`
	Tenant   string `json:"tenant"`
	Home     string `json:"home,omitempty"`
	Cloud    string `json:"cloud"`
	Variable string `json:"variable,omitempty"`
	// Account is the name of the account in Tokens, which are MSAL's: access
	// tokens, and what renews them.
	Account string `json:"account,omitempty"`
	Tokens  []byte `json:"tokens,omitempty"`
}

// FolderVariable names another folder for sign-ins than that of the home: for
// what runs where others than Azure answer, and must not see them.
const FolderVariable = "ISCHIA_LOGIN_DIR"

// Folder is where a sign-in is kept.
func Folder(home string, getenv func(string) string) string {
	return cmp.Or(getenv(FolderVariable), filepath.Join(home, "login"))
}

// store is the folder with the sign-in. Several processes may use it.
type store struct{ dir string }

const (
	storeFile = "sign-in.json"
	lockName  = "lock"
	// lockPatience is more than enough for writing a small file.
	lockPatience = 10 * time.Second
	lockRetry    = 10 * time.Millisecond
)

func (s store) path() string { return filepath.Join(s.dir, storeFile) }

// locked calls f while no other process reads or writes the store.
func (s store) locked(ctx context.Context, f func() error) error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("make the folder of sign-ins: %w", err)
	}
	if err := os.Chmod(s.dir, 0o700); err != nil {
		return fmt.Errorf("close the folder of sign-ins to others: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	lock := flock.New(filepath.Join(s.dir, lockName), flock.SetPermissions(0o600))
	if ok, err := lock.TryLockContext(ctx, lockRetry); err != nil || !ok {
		return fmt.Errorf("lock the folder of sign-ins %s: %w", s.dir, err)
	}
	err := f()
	if released := lock.Unlock(); err == nil {
		err = released
	}
	return err
}

// load is the sign-in that is kept; without one, the ID is "".
func (s store) load(ctx context.Context) (r record, err error) {
	if _, err := os.Lstat(s.path()); s.dir == "" || errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	err = s.locked(ctx, func() error { r, err = s.read(); return err })
	return r, err
}

// read also takes from others what rights they have to the file: who was able
// to read it may sign in as the user, so it does not stay so.
func (s store) read() (record, error) {
	info, err := os.Lstat(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	if err != nil || !info.Mode().IsRegular() {
		return record{}, fmt.Errorf("the sign-in %s is not a file of its own: %w", s.path(), errors.Join(err, fs.ErrInvalid))
	}
	if info.Mode().Perm()&0o077 != 0 {
		if err := os.Chmod(s.path(), 0o600); err != nil {
			return record{}, fmt.Errorf("close the sign-in to others: %w", err)
		}
	}
	data, err := os.ReadFile(s.path())
	if err != nil {
		return record{}, fmt.Errorf("read the sign-in: %w", err)
	}
	var r record
	if json.Unmarshal(data, &r) != nil || r.ID == "" {
		return record{}, nil // a damaged sign-in is none; the next one replaces it
	}
	return r, nil
}

// save keeps a sign-in in place of the one before.
func (s store) save(ctx context.Context, r record) error {
	if s.dir == "" {
		return nil
	}
	return s.locked(ctx, func() error { return s.write(r) })
}

// update keeps newer tokens of the same sign-in. When the user has signed out,
// or in again, meanwhile, they are dropped.
func (s store) update(ctx context.Context, id string, tokens []byte) error {
	return s.locked(ctx, func() error {
		r, err := s.read()
		if err != nil || r.ID != id {
			return err
		}
		r.Tokens = tokens
		return s.write(r)
	})
}

// write replaces the file in one step, so that no reader sees a half of it.
func (s store) write(r record) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write the sign-in: %w", err)
	}
	f, err := os.CreateTemp(s.dir, ".sign-in-*") // 0600
	if err != nil {
		return fmt.Errorf("write the sign-in: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has another name then, if all went well
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), s.path())
	}
	if err != nil {
		return fmt.Errorf("write the sign-in: %w", err)
	}
	return nil
}

// remove forgets the sign-in and reports whether there was one.
func (s store) remove(ctx context.Context) (bool, error) {
	if _, err := os.Lstat(s.path()); s.dir == "" || errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	err := s.locked(ctx, func() error { return os.Remove(s.path()) })
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("forget the sign-in: %w", err)
	}
	return true, nil
}
