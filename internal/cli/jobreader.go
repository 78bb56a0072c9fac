package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/ischia-ml/ischia/internal/step"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// logFile is one log of a job or step, and how much of it was passed on.
type logFile struct {
	// title is what a header calls it; file is where it lies.
	title, file string
	offset      int64
	begun       bool
}

// logReader passes on what is written to several logs, a header before each
// change from one to another.
type logReader struct {
	h *jobHome
	w io.Writer
	// header writes what stands before lines of another file; nil for none.
	header func(w io.Writer, title string, first bool)
	// all asks for every log of a job, not only its standard output.
	all bool
	// tail is how many lines of each to begin with; -1 is all.
	tail int

	files   map[string]*logFile
	current *logFile
	// midLine: what current wrote last was no line end.
	midLine bool
	// out is w, made safe, for what current's process wrote.
	out io.WriteCloser
}

// logFolders hold logs; azureml-logs has the same as user_logs.
func logFolders() []string { return []string{"user_logs", "logs", "system_logs"} }

// of are the logs of a job that are there.
func (r *logReader) of(job *workspace.Job, several bool) ([]*logFile, error) {
	dir, err := r.h.JobDir(job.Name)
	if err != nil {
		return nil, err
	}
	names := []string{step.StdLog}
	if r.all {
		if names, err = filesBelow(dir, logFolders()); err != nil {
			return nil, fmt.Errorf("find the logs of job %s: %w", job.Name, err)
		}
	}
	if r.files == nil {
		r.files = map[string]*logFile{}
	}
	var out []*logFile
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if r.files[file] == nil {
			r.files[file] = &logFile{title: title(job, name, several, r.all), file: file}
		}
		out = append(out, r.files[file])
	}
	return out, nil
}

// title is what a header calls a log: the step, the file, or both.
func title(job *workspace.Job, name string, several, all bool) string {
	switch {
	case !several:
		return name
	case all:
		return job.Step + "/" + name
	}
	return job.Step
}

// filesBelow are the files in folders of dir, slash-separated; also those that
// a link leads to, unless it leads out of dir.
func filesBelow(dir string, folders []string) ([]string, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out []string
	for _, folder := range folders {
		err := fs.WalkDir(root.FS(), folder, func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return nil // not there, or gone by now
			case err != nil:
				return err
			case d.Type().IsRegular(), isLinkedFile(root, name, d):
				out = append(out, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.Sort(out)
	return out, nil
}

func isLinkedFile(root *os.Root, name string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := root.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// logChunk is how much of a log is read at a time.
const logChunk = 64 << 10

// pump passes on what is new in f, up to the end of the last whole line; with
// flush, all of it. A log that is not there yet has nothing new.
func (r *logReader) pump(f *logFile, flush bool) error {
	file, err := os.Open(f.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a log: %w", err)
	}
	defer file.Close()
	if err := r.begin(f, file); err != nil {
		return fmt.Errorf("read the log %s: %w", f.file, err)
	}
	buf := make([]byte, logChunk)
	for {
		n, err := file.ReadAt(buf, f.offset)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("read the log %s: %w", f.file, err)
		}
		if n < len(buf) && !flush {
			n = bytes.LastIndexAny(buf[:n], "\r\n") + 1
		}
		if n == 0 {
			return nil
		}
		if err := r.write(f, buf[:n]); err != nil {
			return err
		}
		f.offset += int64(n)
	}
}

// begin finds where to start in a log that is read for the first time, or was
// begun anew by another attempt.
func (r *logReader) begin(f *logFile, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < f.offset {
		f.offset = 0
	}
	if !f.begun && r.tail >= 0 {
		f.offset, err = tailOffset(file, info.Size(), r.tail)
	}
	f.begun = true
	return err
}

// write writes what the job wrote, after a header if the last was of another.
func (r *logReader) write(f *logFile, text []byte) error {
	if r.current != f {
		if err := r.end(); err != nil {
			return err
		}
		if r.header != nil {
			r.header(r.w, f.title, r.current == nil)
		}
		r.current, r.out = f, r.h.shown(r.w)
	}
	r.midLine = text[len(text)-1] != '\n'
	if _, err := r.out.Write(text); err != nil {
		return fmt.Errorf("write a log: %w", err)
	}
	return nil
}

// end ends what the current log wrote: a colour that is still on and, when
// something else follows under a header, the line.
func (r *logReader) end() error {
	if r.out == nil {
		return nil
	}
	err := r.out.Close()
	r.out = nil
	if r.midLine && r.header != nil {
		_, lineErr := io.WriteString(r.w, "\n")
		err = errors.Join(err, lineErr)
	}
	if err != nil {
		return fmt.Errorf("write a log: %w", err)
	}
	return nil
}

// tailOffset is where the last n lines of a file begin.
func tailOffset(file io.ReaderAt, size int64, n int) (int64, error) {
	if n == 0 {
		return size, nil
	}
	buf := make([]byte, logChunk)
	end, found := size, 0
	for end > 0 {
		start := max(0, end-logChunk)
		part := buf[:end-start]
		if _, err := file.ReadAt(part, start); err != nil && !errors.Is(err, io.EOF) {
			return 0, err
		}
		for i := len(part) - 1; i >= 0; i-- {
			at := start + int64(i)
			if part[i] != '\n' || at == size-1 {
				continue // the line end of the last line begins nothing
			}
			if found++; found >= n {
				return at + 1, nil
			}
		}
		end = start
	}
	return 0, nil
}
