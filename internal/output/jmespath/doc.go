// Package jmespath answers JMESPath questions about JSON values the way the
// Python implementation does, because that is what `az --query` runs.
//
// It exists beside github.com/jmespath/go-jmespath (which its tests are
// checked against) for three promises that library cannot keep with Go maps:
// a multiselect hash keeps its written order, `jobs.*` and keys() follow the
// document's order from run to run, and numbers stay as they were written.
// It also takes what scripts rely on: "[?name==`x`]" with bare text in
// backticks, and ordering of strings.
//
// A value is nil, bool, string, json.Number, []any or *Object; Decode makes
// one. Compile checks the grammar only: an unknown function, as in Python, is
// an error of Search.
//
// The one invariant: Search never changes the value it is given.
//
// Next: package output.
package jmespath
