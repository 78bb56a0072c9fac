// Package environ makes ready what a step needs before it can start: its code,
// with Go programs built, and the names that its command expects to find.
//
// A Go step travels as a binary. When a command's first word names a folder of
// the code that holds a Go program, the folder is built and the binary takes
// its place; running a folder can never work, so no other meaning is lost. A
// step in any other language travels as it is.
//
// It is not for environments of Azure ML as such (images, conda files): on this
// machine a step finds what is installed here.
//
// The one invariant: the digest of a step's code depends on the content of the
// code, the toolchain and the target system, never on where the checkout lies,
// when it was made, or which commit it is at.
//
// Next: package plan.
package environ
