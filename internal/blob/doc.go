// Package blob keeps files and folders on disk under the digest of their content.
//
// Code snapshots, step inputs and step outputs live here. A [Store] is one directory that several
// processes use at once; a [Tree] is a folder written down as a list of digests, itself stored as
// a blob; a [Memory] remembers digests by what stat says, so that an unchanged file costs a stat.
//
// The one invariant: what lies under sha256/ has the content that its name says. A blob is
// written under a temporary name on the same file system, hashed, and renamed, so a process that
// dies leaves garbage in tmp/ and nothing else; and nobody is ever handed the blob's own file to
// write to, only a private copy. Files are not synced one by one: after a power failure the
// newest blobs may be short. Every reader compares sizes, and [Store.Verify] compares content.
//
// It is not for deciding what may be deleted: a collector asks [Store.Walk], knows who refers to
// what, and calls [Store.RemoveUnused].
//
// Layout of a store, version 1:
//
//	sha256/ab/cdef...   one blob, read-only, named by the hexadecimal SHA-256 of its content
//	tmp/                being written; what is older than an hour is removed by Open
//	stat-index          the digest memory: append-only lines, each with its own checksum
//
// Next: package sched, which stages inputs from here and stores outputs here.
package blob
