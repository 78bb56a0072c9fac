// Package azure is the client of a workspace: it makes sure that the workspace
// and its compute are there, uploads what a definition refers to, submits and
// publishes it, watches runs, and moves files to and from datastores.
//
// It speaks ARM, run history and blobs, through Azure's own SDK where there is
// one, and cannot tell whether Azure answers or the embedded workspace of
// some machine. It signs nobody in: a [Target] comes with its credential.
//
// What it uploads is named by its content, so nothing is uploaded twice, and
// doing the same again changes nothing. The invariant: a token goes over http
// to this machine only.
//
// Next: package local.
package azure
