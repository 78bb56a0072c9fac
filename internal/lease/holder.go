package lease

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Holder is what a lease's file says about its process.
type Holder struct {
	PID int `json:"pid"`
	// Started is when the process started, which tells it from a later one
	// with the same number.
	Started time.Time `json:"started"`
}

// The file is one line feed and a record of fixed length. The first byte is
// what Windows locks, and there a locked byte can be neither read nor written
// through another handle; the fixed length saves a truncation, between which
// and the write a reader would see nothing.
const (
	recordOffset = 1
	recordLength = 126
)

// prepare makes sure that the file is there, with its first byte. Several
// processes may do so at once: they write the same.
func prepare(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && info.Size() == 0 {
		// On Windows the write fails when somebody has just locked the byte;
		// then it is not needed either.
		_, _ = f.WriteAt([]byte("\n"), 0)
	}
	return f.Close()
}

// sign writes who holds the lease.
func (l *Lease) sign() error {
	f, err := os.OpenFile(l.path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("sign lease: %w", err)
	}
	if err := l.writeHolder(f); err != nil {
		_ = f.Close()
		return fmt.Errorf("sign lease %s: %w", l.path, err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("sign lease: %w", err)
	}
	return nil
}

func (l *Lease) writeHolder(f *os.File) error {
	locked, err := l.lock.Stat()
	if err != nil {
		return err
	}
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(locked, opened) {
		return fmt.Errorf("the file was replaced")
	}
	record, err := json.Marshal(Holder{PID: os.Getpid(), Started: processStart()})
	if err != nil {
		return err
	}
	padding := strings.Repeat(" ", max(0, recordLength-1-len(record)))
	_, err = f.WriteAt([]byte(string(record)+padding+"\n"), recordOffset)
	return err
}

// readHolder returns what the file tells, or nothing: the lock counts, not
// the content.
func readHolder(path string) Holder {
	f, err := os.Open(path)
	if err != nil {
		return Holder{}
	}
	data, err := io.ReadAll(io.NewSectionReader(f, recordOffset, recordLength))
	_ = f.Close()
	var h Holder
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}
