// Package archtest keeps the house in shape: which package may import which,
// what only certain packages may touch, and how large a room may grow.
//
// A rule lives in one of two tables, [Floors] and [Bans], or is a function of
// its own. The files are parsed here, in the process of the test, those of
// every operating system included: a test that asks `go list` is answered from
// the test cache and stays green after a violation.
//
// It is for tests only. The invariant: every rule is proved by a planted
// violation in the tests, so that none can quietly stop working.
//
// Next: package diag.
package archtest
