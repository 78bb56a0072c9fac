// Package view shows a run while it goes on: as a picture that is redrawn on a
// terminal ([NewLive]), a line an event in a pipe ([NewPlain]), or a JSON
// object a line for programs ([NewJSON]); and what a failed step last said
// ([FailureReport]).
//
// Only the command line uses it: it turns what the ledger reports into events.
// Nothing here decides anything, reads the environment, standard input or
// signals. The caller says where to write and whether in colour; progress goes
// to standard error, JSON events to standard output.
//
// The terminal is drawn by hand, with a library for the widths of characters
// only: the common frameworks ask the terminal for its colours as soon as they
// are linked, in every command, and want its input.
//
// The invariant: a slow, stopped or closed terminal never delays a run. Event
// only remembers; somebody else writes.
//
// Next: package cli.
package view
