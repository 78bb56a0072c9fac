// Package lease says which process owns a thing on disk: a job by its runner,
// a home's address by its server.
//
// A lease is a lock file. The lock is the truth, and the operating system
// frees it however its process ends; the pid and the start time inside are for
// people and for messages. Only jobs whose lease is free may be failed or
// resumed (contracts, Home).
//
// It is not a mutex for short writes (the ledger has transactions), and it
// does not protect against somebody who deletes the file of a held lease:
// nothing can, but the holder may ask Intact.
//
// The one invariant: of all processes that share a path, at most one holds
// its lease.
//
// Next: package home.
package lease
