// Package workspace is the ledger, and the only way into it: jobs and their
// steps, what they were given and what they made, and the log of every change.
// It decides which status may follow which; a Store writes it down.
//
// It knows nothing of HTTP, SQL or the terminal. The invariant: a job that is
// recorded as Completed did complete, and all its outputs are there.
//
// Next: package sqlite.
package workspace
