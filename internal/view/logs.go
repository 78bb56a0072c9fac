package view

import (
	"bytes"
	"os"
	"slices"

	"github.com/ischia-ml/ischia/internal/mask"
)

const (
	// maxLogs is how many logs are looked at, more than any screen shows.
	maxLogs = 100
	// logWindow is how much of a log's end is read for its last line.
	logWindow = 4 << 10
)

// logReader knows the last line of each log that it was asked for.
type logReader struct {
	mask *mask.Masker
	seen map[string]seenLog
}

type seenLog struct {
	size int64
	line string
}

// read returns the last line of each file. A file that did not grow is not
// opened; one that cannot be read has no line.
func (r *logReader) read(paths map[int]string) map[int]string {
	lines := map[int]string{}
	for i, path := range paths {
		lines[i] = r.line(path)
	}
	return lines
}

func (r *logReader) line(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	before := r.seen[path]
	if info.Size() == before.size {
		return before.line
	}
	t, err := readTail(path, logWindow)
	if err != nil {
		return before.line
	}
	line := r.lastLine(t)
	if line == "" {
		line = before.line
	}
	r.seen[path] = seenLog{t.size, line}
	return line
}

// lastLine is the last line that says something. One so long that its
// beginning was not read is left out: half a secret could stand at the cut.
func (r *logReader) lastLine(t tail) string {
	if !t.whole && !bytes.ContainsAny(bytes.TrimRight(t.text, "\r\n"), "\r\n") {
		return ""
	}
	t.text = []byte(r.mask.String(string(t.text)))
	for _, text := range slices.Backward(t.lines()) {
		if text = oneLine(text); text != "" {
			return text
		}
	}
	return ""
}
