// Package preprocess is the pipeline logic of the first step: it reads a CSV
// file of penguins, drops the rows it cannot use (and says why), turns words
// into numbers, gives every row its place in the split, and writes the result.
//
// It is ordinary Go. The driver calls it in its own process when you pass
// --local; steps/01_preprocess_step calls it when the step runs as a job.
//
// The one rule to keep: the same data always gives the same file, byte for
// byte. Reuse of steps, and your own peace of mind, rest on it.
//
// Next: package train.
package preprocess
