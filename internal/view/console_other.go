//go:build !windows

package view

import "os"

// prepare has nothing to do: these terminals obey control sequences.
func prepare(*os.File) (func(), error) { return func() {}, nil }
