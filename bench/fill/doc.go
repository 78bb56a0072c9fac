// Command fill puts many completed jobs into the ledger of a home, so that
// bench can see whether a run takes longer when much has been run before.
//
// It records them as a run does: submitted with their steps, started, ended,
// with an event for each; only nothing is executed, and no folders are made in
// jobs/. The invariant: what it wrote cannot be told from the ledger of real
// runs.
//
// Next: package ischia.
package main
