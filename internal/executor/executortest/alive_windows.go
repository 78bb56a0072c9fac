package executortest

import "golang.org/x/sys/windows"

// stillActive is STILL_ACTIVE, the status of a process that has none yet.
const stillActive = 259

// Alive reports whether the process is running.
func Alive(pid int) bool {
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(pid))
	if err != nil {
		return false
	}
	defer windows.CloseHandle(process)
	var status uint32
	return windows.GetExitCodeProcess(process, &status) == nil && status == stillActive
}
