// Package hosts says under which addresses the client of a request sees the
// services of this machine: all on the one host that it asked, or, through
// `ischia exec`, on the many that Azure has. Doors write the addresses in their
// answers with it.
//
// Next: package server.
package hosts
