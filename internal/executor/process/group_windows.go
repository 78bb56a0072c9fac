package process

import (
	"fmt"
	"os"
	"os/exec"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// codeKilled is the exit status of a process that we killed: 128 and SIGKILL's
// number, as elsewhere.
const codeKilled = 128 + 9

// family is for the orphans of a step; a job object holds them here.
type family struct{}

func newFamily() *family { return &family{} }

// group is the job object of one step. Every process that a member starts is a
// member too, and when the last handle is closed, be it by the death of this
// process, the kernel ends them all: that is the guardian here.
type group struct {
	pid     int
	job     windows.Handle
	process windows.Handle
}

// start starts cmd suspended, puts it into a job object and lets it run: it
// cannot start anything before it is a member. If this process is killed just
// in between, a process is left that never ran a line.
func (e *Executor) start(cmd *exec.Cmd, _ string) (*group, error) {
	job, err := newJob()
	if err != nil {
		return nil, err
	}
	cmd.SysProcAttr.CreationFlags = windows.CREATE_SUSPENDED | windows.CREATE_NEW_PROCESS_GROUP
	if err := cmd.Start(); err != nil {
		windows.CloseHandle(job)
		return nil, err
	}
	g := &group{pid: cmd.Process.Pid, job: job}
	if err := g.adopt(); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		g.release()
		return nil, err
	}
	e.guardian.register(g.pid)
	return g, nil
}

// newJob makes a job object that ends its members when it is closed.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, fmt.Errorf("create a job object: %w", err)
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err != nil {
		windows.CloseHandle(job)
		return 0, fmt.Errorf("limit a job object: %w", err)
	}
	return job, nil
}

// adopt puts the suspended process into the job and resumes it. Its number is
// its own: os/exec holds a handle of it.
func (g *group) adopt() error {
	const access = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE | windows.SYNCHRONIZE
	process, err := windows.OpenProcess(access, false, uint32(g.pid))
	if err != nil {
		return fmt.Errorf("open process %d: %w", g.pid, err)
	}
	g.process = process
	if err := windows.AssignProcessToJobObject(g.job, process); err != nil {
		return fmt.Errorf("put process %d into a job object: %w", g.pid, err)
	}
	return resume(uint32(g.pid))
}

// resume lets the threads of a process run. A suspended one has a single
// thread, whose handle os/exec has closed; a snapshot finds it again.
func resume(pid uint32) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return fmt.Errorf("list threads: %w", err)
	}
	defer windows.CloseHandle(snapshot)
	resumed := false
	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID != pid {
			continue
		}
		if err := resumeThread(entry.ThreadID); err != nil {
			return err
		}
		resumed = true
	}
	if !resumed {
		return fmt.Errorf("resume process %d: no thread found: %w", pid, err)
	}
	return nil
}

func resumeThread(id uint32) error {
	thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, id)
	if err != nil {
		return fmt.Errorf("open thread %d: %w", id, err)
	}
	defer windows.CloseHandle(thread)
	if _, err := windows.ResumeThread(thread); err != nil {
		return fmt.Errorf("resume thread %d: %w", id, err)
	}
	return nil
}

// interrupt sends CTRL_BREAK to the new process group; CTRL_C is switched off
// in one. It fails without a console, and then the grace passes unused.
func (g *group) interrupt() {
	_ = windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(g.pid))
}

// terminate has no counterpart between a break and a kill: it asks again.
func (g *group) terminate() { g.interrupt() }

func (g *group) kill() { _ = windows.TerminateJobObject(g.job, codeKilled) }

// wait blocks until the leader has ended.
func (g *group) wait() { _, _ = windows.WaitForSingleObject(g.process, windows.INFINITE) }

// basicAccounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
type basicAccounting struct {
	TotalUserTime, TotalKernelTime           int64
	ThisPeriodUserTime, ThisPeriodKernelTime int64
	TotalPageFaultCount, TotalProcesses      uint32
	ActiveProcesses, TotalTerminated         uint32
}

// alive reports whether the job has a running member.
func (g *group) alive() bool {
	var info basicAccounting
	err := windows.QueryInformationJobObject(g.job, windows.JobObjectBasicAccountingInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)), nil)
	return err == nil && info.ActiveProcesses > 0
}

// sweep kills what is left of the step and waits until it is gone.
func (g *group) sweep() {
	for wait := time.Millisecond; g.alive(); wait = min(2*wait, 50*time.Millisecond) {
		g.kill()
		time.Sleep(wait)
	}
}

// release closes the handles.
func (g *group) release() {
	windows.CloseHandle(g.job)
	if g.process != 0 {
		windows.CloseHandle(g.process)
	}
}

// drain has nothing to do: sweep left the job empty.
func (g *group) drain() {}

// status is the exit status; no signal ends a process here.
func status(state *os.ProcessState) (code int, signal string) { return state.ExitCode(), "" }

// watcher stands for the guardian process of other systems.
type watcher struct{}

func startWatcher(Config) (*watcher, error) { return &watcher{}, nil }

func (*watcher) register(int) {}
func (*watcher) forget(int)   {}
func (*watcher) close(bool)   {}

// GuardianMain reports whether this process was started as a guardian. Here
// the kernel is the guardian, so it never was.
func GuardianMain() bool { return false }

// KillMarked kills what a run with this nonce left behind. Nothing can be left
// here: the kernel ended it with the runner.
func KillMarked(nonce string) (int, error) { return 0, checkNonce(nonce) }
