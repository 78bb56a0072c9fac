// Package plan turns a definition into what will be done: an immutable graph
// of concrete actions, with every reference to a parent resolved.
//
// It is pure: the same definition and options give the same plan, which
// prints as JSON. It looks at no file and knows no clock. The invariant: an
// action of a plan can be carried out with nothing but the plan, the outputs
// of the actions it needs, and the datastores.
//
// Next: package blob.
package plan
