// Package sched walks a plan: it starts an action the moment the last one it
// needs has completed, runs as many at once as it may, and carries failure
// and cancellation to what comes after.
//
// It knows nothing of processes, files or the ledger: a Doer carries out one
// action, an Observer is told of every change before anything that depends on
// it happens. The invariant: each node changes state in order, and ends in
// exactly one final state.
//
// Next: package step.
package sched
