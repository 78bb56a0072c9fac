// Package home knows the folder in which everything is kept: where it is, what
// stands where in it, and which format it has.
//
// It opens nothing inside but the format file; the ledger, the blobs and the
// leases belong to their own packages. It does not read the environment
// either: the command line hands that in.
//
// The one invariant: a home that was opened has exactly the format this
// program knows. A newer one is refused, an older one is migrated after a copy
// was made, and nothing else in a home is written before its format is.
//
// Next: package blob.
package home
