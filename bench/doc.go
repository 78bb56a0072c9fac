// Command bench compares a run of ischia with make, ninja, doit and snakemake
// doing the same, and all of them with a loop in C that only starts the
// processes. README.md says what is compared with what, and how.
//
// It drives built programs and imports nothing of ours. The invariant: a figure
// is printed only of a run whose result was looked at, and beside it stand the
// steps that ran and the processes that were made.
//
// Next: package fill.
package main
