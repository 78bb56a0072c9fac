// Package lsp is a language server for Azure ML's definitions: what `ischia
// validate` finds is shown while one types, and keys, values, names of jobs
// and their inputs and outputs are completed, explained and found.
//
// The texts of open editors lie over the disk, so a component that is not
// saved yet counts. Diagnostics come from package load; completion and hover
// from the descriptions of package schema and from what the definitions say.
// They must answer in a text that is no YAML while a line is being typed:
// where the cursor is, is found by indentation ([place]), and what the rest
// says from a reading that leaves the line out.
//
// The invariants: no message ends the server but exit and the end of the
// stream; notifications act in the order in which they came; a request sees
// the texts as they were when it came.
//
// Source: https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
//
// Next: package cli.
package lsp
