// Package executortest is the conformance suite that every executor must pass.
//
// It says in tests what the scheduler may rely on: how exit statuses, output,
// environment and directory look from inside, that a cancelled task gets its
// grace, and that nothing of a task is left when Run returns. It is imported
// from tests only.
//
// Next: package sched.
package executortest
