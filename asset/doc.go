// Package asset names the kinds of definitions that Azure ML knows, and holds
// those that are not pipelines.
//
// Next: package load.
package asset
