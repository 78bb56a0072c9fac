// Package adf writes Azure Data Factory pipelines that call what was published:
// a Lookup of the marker with an Execute Pipeline activity, and a chain of Web
// activities that calls the batch endpoint.
//
// It knows the JSON of Data Factory and nothing of workspaces. The invariant:
// the same publication gives the same text, byte for byte.
//
// Next: package driver, which prints it.
package adf
