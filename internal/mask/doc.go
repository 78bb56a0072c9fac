// Package mask keeps secrets, and what would take over a terminal or a CI
// system, out of every stream that we print or store.
//
// A [Masker] knows the secrets and the forms in which they usually travel; it
// replaces each with "***", in strings and in streams. [Terminal] and
// [CleanTerminal] let text and colours through to a terminal and nothing else;
// [CleanCI] takes the force out of the workflow commands of CI systems. All who
// print or store what a step or a user wrote call them.
//
// It does not find secrets that nobody named, and it does not hide how long
// they are: a reader learns that something was masked, and where.
//
// The invariant: how a stream is cut into writes never changes what comes out.
//
// Next: package executor.
package mask
