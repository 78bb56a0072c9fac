package cli

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
)

// What goes where:
//
//  1. Results go to standard output; all else to standard error.
//  2. Progress never goes to standard output.
//  3. Colour and live views need a terminal, and no NO_COLOR.
//  4. A machine format (json and the like) is exactly that, nothing around it.
//  5. An error is one line that begins with ERROR, and what helps.

// isTerminal reports whether w is a terminal.
func isTerminal(w io.Writer) (*os.File, bool) {
	f, ok := w.(*os.File)
	return f, ok && isatty.IsTerminal(f.Fd())
}

// color reports whether w takes colour.
func (a *app) color(w io.Writer) bool {
	_, tty := isTerminal(w)
	return tty && a.getenv("NO_COLOR") == "" && a.getenv("TERM") != "dumb"
}
