// Package studio is the web page of the embedded workspace: what ran, what
// failed and why, logs while they are written, outputs, models and endpoints.
//
// Pages are rendered here, whole, so that they can be read without a script; one
// small script keeps a page of a job that runs up to date. Everything a page
// shows has an address. It reads the ledger and the folders of jobs, and decides
// nothing; who may see it is decided before a request gets here.
//
// The invariant: nothing on a page comes from anywhere but this home, and what
// steps have printed is text, never markup.
//
// Next: package server, which mounts it.
package studio
