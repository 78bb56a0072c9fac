// Package armapi is the ARM door of the embedded workspace: the REST interface
// of Microsoft.MachineLearningServices, and of the resource groups around it,
// over the ledger.
//
// It translates and decides nothing: what may be done is said by package
// workspace and the [workspace.Runner]; what bodies mean, by package arm. Each
// operation of the service is in one table, [Operations]; those without a
// handler answer 501 in ARM's error shape, with the operation's name.
//
// The invariant: an answer of success to a write comes after the ledger has it.
//
// Next: package server, which mounts this door beside the others.
package armapi
