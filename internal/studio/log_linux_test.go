package studio_test

import (
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
)

// A log that a step has replaced by a pipe holds nobody up.
func TestLogThatIsAPipe(t *testing.T) {
	t.Parallel()
	h := open(t)
	tree := h.submit("brave_job_6")
	a := tree.Step("a").Name
	h.write(a, "user_logs/other", "")
	if err := syscall.Mkfifo(filepath.Join(h.dir, "jobs", a, "user_logs/std_log.txt"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := h.get("/jobs/" + a + "/log/user_logs/std_log.txt"); code != http.StatusNoContent {
		t.Errorf("got %d", code)
	}
	h.wants("/jobs/brave_job_6?step=a&tab=logs")
}
