// Package sqlite writes the ledger into one SQLite file, on a driver without
// cgo. It decides nothing: which state may follow which is package workspace's
// business. It sees to it that what was acknowledged is there after a kill -9,
// that a failed write leaves nothing behind, and that several processes can
// use one home at once.
//
// An exported method is one transaction; unexported functions take a tx. All
// writes of a process go through one connection, one after the other, in
// transactions that take the write lock at once, so that none has to be begun
// again half way. Reads have connections of their own and never wait.
//
// The schema is in migrations/, one numbered file a step; a file that has been
// released is never edited.
//
// Next: package armapi.
package sqlite
