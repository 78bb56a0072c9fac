// Package pipelinesapi is the door for whoever only runs pipelines that were
// published: Data Factory, scripts of the SDK's first version, curl.
//
// It has three faces over the same ledger. Under /pipelines/v1.0/ lie published
// pipelines by their GUID and pipeline endpoints by id or name; under
// /history/v1.0/ what such clients poll while a run lasts; under
// /mferp/managementfrontend/ the jobs of batch endpoints, which is where the
// scoring URI of an endpoint leads. What was published was written by package
// armapi, with the deployment of a batch endpoint: see the Pipelines
// collection of package workspace.
//
// A published definition never changes, so it is read and decoded once and kept,
// in bounded number; a submission costs no work that grows with what was run
// before. Whether a request is allowed is decided before it gets here, and what
// may run by the [workspace.Runner].
//
// The invariant: the job that a submission starts is the one that the body
// shown for it would decode to.
//
// Next: package mlflowapi.
package pipelinesapi
