package view

import (
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// prepare makes a console obey control sequences, which it does not unless
// asked; the function puts it back. What is no console (Cygwin) obeys anyway.
func prepare(w *os.File) (func(), error) {
	console := windows.Handle(w.Fd())
	var before uint32
	if err := windows.GetConsoleMode(console, &before); err != nil {
		return func() {}, nil
	}
	after := before | windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	if err := windows.SetConsoleMode(console, after); err != nil {
		return nil, fmt.Errorf("set console mode: %w", err)
	}
	return func() { _ = windows.SetConsoleMode(console, before) }, nil
}
