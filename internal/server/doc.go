// Package server mounts the doors of the embedded workspace on one address and
// decides who may come in.
//
// It is deny by default: a request needs the home's token, on the pages of the
// studio the session that a one-time link has begun, or, for storage, a
// signature that the storage door checks itself. What may be asked for without
// any of these stands in one literal list, [Exceptions]. Before that the Host
// and the Origin of a request are looked at, so that a page of somebody else's
// can do nothing here, whatever name it has this address resolved from.
//
// It does not know what the doors do; package local builds them and hands them
// in. Paths reach the doors as they were sent: storage signs them so.
//
// The invariant: no door but storage's sees a request that is not allowed.
//
// Next: package local, which puts it all together.
package server
