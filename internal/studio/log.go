package studio

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// The log of a step has two names with the same content: today's, and that of
// the runtime of SDK v1.
const (
	logFile = "user_logs/std_log.txt"
	oldLog  = "azureml-logs/70_driver_log.txt"
)

// logTail is how much of a log a page holds, from its end.
const logTail = 256 << 10

// logView is the part of a log that a page shows.
type logView struct {
	Lines []logLine
	// Size is that of the file: the script asks for what comes after.
	Size int64
	// Cut: there is more before the first line.
	Cut    bool
	Exists bool
}

type logLine struct {
	Number int
	Text   string
	// Bad: it looks like an error's.
	Bad bool
}

// colours are the control sequences that a log may hold.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// errorLine is what the last line of a traceback, or a program's complaint,
// looks like.
var errorLine = regexp.MustCompile(`^(\w+\.)*[A-Z]\w*(Error|Exception|Interrupt)\b|^(?i:error|fatal|panic)\b`)

// readLog is the end of a job's log: whole lines only while it is live, for the
// script asks for what comes after.
func (h *Handler) readLog(job string, live bool) (logView, error) {
	f, err := h.open(job, logFile)
	if errors.Is(err, fs.ErrNotExist) {
		return logView{}, nil
	}
	if err != nil {
		return logView{}, err
	}
	defer func() { _ = f.Close() }()
	v := logView{Size: f.size, Exists: true, Cut: f.size > logTail}
	if v.Cut {
		if _, err := f.Seek(-logTail, io.SeekEnd); err != nil {
			return v, fmt.Errorf("read the log of %s: %w", job, err)
		}
	}
	text, err := io.ReadAll(io.LimitReader(f, logTail))
	if err != nil {
		return v, fmt.Errorf("read the log of %s: %w", job, err)
	}
	if v.Cut { // the first line is not whole
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	if rest := len(text) - bytes.LastIndexByte(text, '\n') - 1; live {
		text, v.Size = text[:len(text)-rest], v.Size-int64(rest)
	}
	v.Lines = lines(text)
	return v, nil
}

// lines are those of a text, without colours.
func lines(text []byte) []logLine {
	var all []logLine
	if len(text) == 0 {
		return nil
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n")) {
		plain := string(colours.ReplaceAll(bytes.TrimSuffix(line, []byte("\r")), nil))
		all = append(all, logLine{Number: i + 1, Text: plain, Bad: errorLine.MatchString(plain)})
	}
	return all
}

// opened is a file of a job's folder.
type opened struct {
	fs.File
	io.Seeker
	folder io.Closer
	size   int64
	info   fs.FileInfo
}

func (o *opened) Close() error { return errors.Join(o.File.Close(), o.folder.Close()) }

// open opens a regular file in a job's folder, and nothing outside it.
func (h *Handler) open(job, name string) (*opened, error) {
	folder, err := h.Folder(job)
	if err != nil {
		return nil, err
	}
	// A step may have put anything there; to open a pipe would wait for ever.
	info, err := folder.Lstat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s of job %s: %w", name, job, fs.ErrNotExist)
	}
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	info, err = f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close(), folder.Close())
	}
	return &opened{File: f, Seeker: f, folder: folder, size: info.Size(), info: info}, nil
}

// log serves a log file of a job, as text, also from a position on.
func (h *Handler) log(w http.ResponseWriter, r *http.Request) error {
	job, err := h.find(r.Context(), r)
	if err != nil {
		return err
	}
	name := path.Join(r.PathValue("folder"), r.PathValue("file"))
	if name != logFile && name != oldLog {
		return fmt.Errorf("job %s has no log %s: %w", job.Name, name, workspace.ErrNotFound)
	}
	f, err := h.open(job.Name, name)
	if errors.Is(err, fs.ErrNotExist) && !job.Status.Terminal() { // not yet
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	http.ServeContent(w, r, "", f.info.ModTime(), struct {
		io.Reader
		io.Seeker
	}{f.File, f.Seeker})
	return nil
}
