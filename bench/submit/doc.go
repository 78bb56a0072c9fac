// Command submit measures how long it takes to submit a pipeline with many files
// of code, whole process, beside azure-ai-ml: both go through `ischia exec` to
// the same embedded workspace, as they would to Azure.
//
// It drives the built command, and imports nothing of ours.
//
// Next: package fill, which makes the history of other measurements.
package main
