// Package asset names the kinds of definitions that Azure ML knows, and holds
// those that are neither jobs nor components: data, environments, models,
// datastores, computes, workspaces, registries, schedules, endpoints and
// deployments.
//
// A model is plain data with places. Its tags say which key of the YAML a field
// is; package load reads them, and prints them back. Fields that the service
// alone writes (id, creation_context, provisioning_state, ...) are not kept.
//
// The Validate methods check what a definition means: names, numbers against
// each other, references, times, and the local files it names. What may be
// written at all, the shape, was checked when the definition was read; a field
// that is empty here was either absent or is reported already.
//
// Next: package load.
package asset
