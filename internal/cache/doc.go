// Package cache remembers what steps made: under a key that describes all that
// a step's result depends on, and nothing else.
//
// A key is the digest of a description that can be printed, so that two of
// them can be compared and a miss explained. It never holds a path of this
// machine, a time, or a name that a run makes up. Entries live in a folder of
// their own, which several homes and machines may share; the content of
// outputs lives in a blob store.
//
// The invariant: an entry that Get returns is exactly what was put, and all
// its outputs are there.
//
// Next: package sched.
package cache
