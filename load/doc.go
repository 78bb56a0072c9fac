// Package load reads Azure ML v2 YAML into the model of package pipeline.
//
// It decides what kind of definition a file holds, checks its shape, resolves
// every reference to another file (components, environments), and keeps the
// place of every element. What a definition means is checked by
// [pipeline.Pipeline.Validate].
//
// Settings from the command line, [Options], are made on the YAML before it is
// read, as az ml makes them; local paths in them start, as those in the file,
// from the file's folder.
//
// [Print] is the way back: the YAML of a definition, read or written in Go, that
// loads to the same model. What the model has no place for is kept as text
// ([pipeline.Raw]) and printed again.
//
// The file system it reads from is rooted at the volume, because real
// definitions refer to ../ ; names in it are absolute without the leading
// slash. [Name] makes one of a path. The invariant: File never panics and
// never stops at the first fault.
//
// Source: https://azuremlschemas.azureedge.net/latest/, and the YAML reference
// of the Azure ML CLI (v2).
//
// Next: package plan.
package load
