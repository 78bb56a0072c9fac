// Package pipeline is the model of what Azure ML runs: pipeline jobs, command
// jobs, jobs of the other kinds (a [Spec] each: sweeps, control flow, ...), and
// the components their steps are made of. A model is read from YAML
// by package load, or written in Go:
//
//	p := pipeline.New("train-and-score")
//	raw := p.Input("raw", pipeline.Folder("./data"))
//	prep := p.Step("prep", prepComponent).With("data", raw)
//	p.Step("train", trainComponent).With("training_data", prep.Output("clean"))
//
// Both ways give the same model, and [Pipeline.Validate] checks both: every
// element knows the file, line and column that it comes from.
//
// The package reads no file by itself and starts nothing. The invariant: a
// model without errors from Validate can be planned, once every input has a
// value and the registered assets that it names are known.
//
// Source of the words and rules: the Azure ML CLI (v2) YAML reference,
// https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-pipeline
//
// Next: package load.
package pipeline
