// Package step carries out one action of a plan: it lays out a private working
// folder, stages code and inputs into it, renders the command, runs it through
// an executor, and takes the outputs into the blob store.
//
// It decides nothing about order (package sched does) and records nothing
// (package local does). The invariant: what a step was given cannot be
// damaged by it, and an output counts as made only when all of it is stored.
//
// Next: package workspace.
package step
