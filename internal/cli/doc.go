// Package cli is the command line: one file for each noun or verb.
//
// A command parses its arguments, lets another package do the work, and shows
// the result; output.go says what goes where. Exit status: 0 fine, 1 invalid
// definition or failed job, 2 usage, 3 not found, 4 cannot reach or not
// allowed, 130 interrupted. testdata/script specifies every command.
//
// Next: package ischia, the program.
package cli
