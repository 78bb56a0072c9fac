// Package expr parses the expressions of Azure ML definitions: references
// such as ${{parent.inputs.raw}}, and $[[ ]] groups, which vanish when an
// optional input in them has no value.
//
// It knows the syntax only; what a reference may name is decided by package
// pipeline. The invariant: joining the source text of all parts gives back
// the text that was parsed.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-core-syntax
//
// Next: package pipeline.
package expr
