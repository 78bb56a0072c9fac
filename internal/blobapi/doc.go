// Package blobapi is the storage door: the part of Azure Blob Storage's REST
// protocol that its SDKs use to upload, list, read, copy and delete, over the
// datastores of a workspace.
//
// An account is a workspace's, a container stands for a datastore, and a
// blob's name is a path in the datastore's index. Content is a blob of the
// content-addressed store, so that no name ever becomes a path on a disk.
// Blocks that are uploaded but in no blob yet lie in a content-addressed store
// of their own, with records in the ledger: when a blob is made of them they
// can go at once, because nobody else refers to what is in there.
//
// Every request is allowed by a shared key, a shared access signature or a
// bearer token that the server knows, or answered with 403 before anything
// else is looked at. What is not supported is answered with 501 and the
// operation's name: snapshots, versions, tags, leases, access policies, append
// and page blobs. It fetches nothing: what is copied comes from an
// account of this home.
//
// The invariant: a write that was answered with success is in the ledger.
//
// Next: package server.
package blobapi
