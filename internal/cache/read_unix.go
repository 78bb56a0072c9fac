//go:build unix

package cache

import (
	"io/fs"
	"syscall"
)

// readFile reads a small file, into buf as far as it fits. Package os would make eleven calls
// to the system of the four that are needed, and a run in which nothing has
// changed reads an entry for every step.
func readFile(name string, buf []byte) ([]byte, error) {
	fd, err := retry(func() (int, error) { return syscall.Open(name, syscall.O_RDONLY|syscall.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer func() { _ = syscall.Close(fd) }()
	data := buf[:0]
	for {
		n, err := retry(func() (int, error) { return syscall.Read(fd, data[len(data):cap(data)]) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: name, Err: err}
		}
		if n == 0 {
			return data, nil
		}
		if data = data[:len(data)+n]; len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// retry does again what a signal has interrupted.
func retry(f func() (int, error)) (int, error) {
	for {
		if n, err := f(); err != syscall.EINTR { //nolint:errorlint // it comes from the system as it is
			return n, err
		}
	}
}
