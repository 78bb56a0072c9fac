package view

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/ischia-ml/ischia/internal/mask"
)

// tail is the end of a file.
type tail struct {
	text  []byte
	whole bool  // text is all of the file
	size  int64 // of the file
}

// readTail reads at most the last n bytes of a file.
func readTail(path string, n int64) (tail, error) {
	f, err := os.Open(path)
	if err != nil {
		return tail{}, fmt.Errorf("open log: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return tail{}, fmt.Errorf("look at log: %w", err)
	}
	if !info.Mode().IsRegular() {
		return tail{}, fmt.Errorf("open log %s: it is not a file", path)
	}
	from := max(info.Size()-n, 0)
	text, err := io.ReadAll(io.NewSectionReader(f, from, n))
	if err != nil {
		return tail{}, fmt.Errorf("read log: %w", err)
	}
	return tail{text, from == 0, info.Size()}, nil
}

// lines are the lines of a tail as they would stand on a screen: of a line
// that was redrawn with "\r" the last version, without blank lines at the end.
// A first line that was cut off goes, unless there is no other.
func (t tail) lines() []string {
	text := bytes.TrimRight(t.text, " \t\r\n")
	if len(text) == 0 {
		return nil
	}
	raw := bytes.Split(text, []byte("\n"))
	if !t.whole && len(raw) > 1 {
		raw = raw[1:]
	}
	lines := make([]string, len(raw))
	for i, line := range raw {
		line = bytes.TrimRight(line, "\r")
		lines[i] = string(line[bytes.LastIndexByte(line, '\r')+1:])
	}
	return lines
}

// cleanLine is a line of a step's log, fit for a terminal, colours included.
func cleanLine(line string) string {
	line = strings.ReplaceAll(mask.CleanTerminal(line), "\n", " ")
	return mask.CleanCI(strings.ReplaceAll(line, "\t", "    "))
}

// plainLine is cleanLine without colours.
func plainLine(line string) string { return ansi.Strip(cleanLine(line)) }
