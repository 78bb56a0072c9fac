// Package diag says what is wrong in a user's files, where, and how it is
// mended; and shows it to people and programs.
//
// It is for faults of the user's definitions. A fault of ours (a disk that is
// full, a process that cannot start) is a plain error.
//
// Every reader and check of Ischia returns a [List]. The invariant to keep:
// a diagnostic points at the file and line that has to be edited.
//
// Next: package pipeline.
package diag
