// Package local is the one place where the embedded workspace is put together:
// the home folder, the ledger, the blobs, the executor and its guardian.
//
// Commands and drivers open a [Local] and run jobs with it. The invariant:
// opening a home ends the jobs whose runner is gone, so that what it shows is
// the truth.
//
// Next: package cli.
package local
