// Command doors measures the server: how long a client waits for PipelineSubmit
// to be accepted while jobs pile up behind a busy cluster, and how long an
// upload of many files takes, beside Azurite; in an empty home and in one with
// many jobs, on each of several disks.
//
// It drives the built command over HTTP as any client would, and imports
// nothing of ours.
//
// Next: package fill, which makes the history.
package main
