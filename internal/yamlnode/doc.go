// Package yamlnode reads YAML into nodes that know their place, and prints
// nodes as YAML.
//
// It is the only user of the YAML module, which it uses for syntax alone:
// duplicate keys, limits, merge keys and the meaning of plain scalars are
// decided here, because Azure ML's own loader is PyYAML (YAML 1.1) and the Go
// libraries read "yes", "1e3" or "1:30" differently.
//
// It knows nothing of pipelines; package load does. The invariant to keep:
// every node and every fault has a line.
//
// Next: package expr.
package yamlnode
