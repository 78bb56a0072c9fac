// Package workspacetest says what every workspace.Store has to do, as tests,
// and holds the simplest Store that does it: maps in memory, for the tests of
// whatever needs a ledger. It is imported by tests only.
//
// Next: package sqlite.
package workspacetest
