// Package process runs a step as a group of processes on this machine, and
// makes sure that nothing of it stays behind.
//
// It is not for containers, and it decides nothing about steps: it is given an
// executor.Task and tells how that ended. The scheduler calls it; the program's
// main calls GuardianMain before anything else.
//
// The invariant: when Run returns, nothing that the task started is running
// any more; and when the program that called Run dies, however it dies, the
// same is true a moment later. Four things keep it:
//
//   - The step's shell leads a session of its own, hence a process group: one
//     signal reaches all of it, a Ctrl-C on the terminal reaches none of it,
//     and a step that asks /dev/tty for a password fails instead of waiting
//     for ever, stopped in the background.
//   - On Linux the program is a child subreaper: whatever leaves the group and
//     loses its parent becomes our child, where Run finds it.
//   - Every process carries a marker in its environment, which its own
//     children inherit: that is how Run knows which step a stray belongs to.
//   - A guardian, a second process in a session of its own, holds the reading
//     end of a pipe of which the program alone holds the writing end. When the
//     program dies the kernel closes the pipe, and the guardian ends the rest.
//
// What each system can do:
//
//	Linux    all of it
//	macOS    groups and guardian; a process that leaves the session survives
//	other    as macOS; FreeBSD, NetBSD, OpenBSD and DragonFly only
//	Windows  a job object for each step, closed by the kernel with its owner
//
// A process that leaves the session and also loses the marker, by clearing its
// environment (env -i) or by writing over it as some daemons do to show a
// title, cannot be told from a stranger and survives. So does one that became
// another user's (sudo): it is not ours to signal.
//
// Next: package sched.
package process
