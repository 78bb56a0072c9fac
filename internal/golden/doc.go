// Package golden compares what a test got with a file in testdata, and
// rewrites that file on demand.
//
//	go test ./internal/plan -update      rewrites the files of one package
//	UPDATE_GOLDEN=1 go test ./...        rewrites those of all packages
//
// The variable is there because `go test ./... -update` fails in every package
// whose tests do not know the flag.
//
// It is for tests only; archtest sees to that. The invariant: without one of
// the two switches no file is ever written.
//
// Next: package archtest.
package golden
