//go:build !linux

package local_test

// testRunner: the tests that kill runners look at /proc.
var testRunner func(spec string) int

// testServer: so do those that kill dispatchers.
var testServer func(spec string) int
