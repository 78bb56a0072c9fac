// Package arm carries definitions to the JSON of Azure's resource manager and
// back, on the model types of armmachinelearning/v4.
//
// Both directions go by way of the YAML form, because what azure-ai-ml sends
// inside a pipeline job is that form with some words changed, and the SDK types
// nothing there. [EncodeJob] takes what [load.Print] prints, changes the words,
// and puts ids in the place of what a definition refers to; a [Resolver], which
// uploads and registers, says them. [DecodeJob] asks a [Lookup] what ids stand
// for, changes the words back, and lets package load read the result, so that a
// job that came over the wire is checked and understood as its file would be.
//
// The order of entries is that of the text: bodies are written in the order of
// the definition, and read in the order in which they are written, so a server
// keeps them as they came. What the wire has no word for travels in
// properties, which Azure keeps as well: "ischia.types" of a job are the types
// of its literal inputs, "ischia.source" of a node where it was written,
// "ischia.name" and "ischia.version" the names of components and environments
// that travel as anonymous ones.
//
// Nothing is dropped: what has no place on the other side is an error that
// names it, a [*Fault] with the path in the JSON, or [Invalid].
//
// The invariant: the plan of a job that was encoded and decoded is that of the
// job itself, but for the names of code and data. The client, package azure,
// and the door, armapi, call it.
//
// Next: package azure.
package arm
