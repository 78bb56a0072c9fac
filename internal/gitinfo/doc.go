// Package gitinfo reads what Azure ML records about the git working tree that
// a job is submitted from: repository, branch, commit, and whether the tree
// has changes.
//
// It is a courtesy of the record and never a reason to fail: without git, out
// of a repository, or when git takes too long, there is simply no
// information. It changes nothing, not even git's index.
//
// The one invariant: no credential of a remote's URL leaves this package.
//
// Next: package lease.
package gitinfo
