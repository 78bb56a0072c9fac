// Package output prints the result of a command the way az prints it, because
// scripts written for az read it: seven formats, --query, sorted keys, the
// injected resourceGroup, nothing at all for null.
//
// It is for results only. Progress, diagnostics and errors go elsewhere, and
// exit codes are the command line's business: a *UsageError is az's 2, a
// *QueryError or *TableError its 1.
//
// The one invariant: what is printed depends on nothing but the value, the
// options and the noun's table columns; no map order, no environment.
//
// Next: package cli.
package output
