// Package driver is the main program of a user's pipeline: one program that,
// with different flags, runs the pipeline's logic in this process, checks the
// pipeline, submits it or publishes it. A driver is short:
//
//	func main() {
//		os.Exit(driver.Main(driver.Program{Pipeline: define, Local: runLocal}))
//	}
//
// where define builds the pipeline with package pipeline, or is
// [FromFile]("pipeline.yml"), and runLocal calls the user's own functions.
//
// It defines no pipeline and carries out no step. The invariant: whatever the
// action, the pipeline is checked before anything else happens, and wrong
// flags, which exit with status 2, are found before that.
//
// Next: package local.
package driver
