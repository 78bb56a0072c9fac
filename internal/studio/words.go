package studio

import (
	"fmt"
	"html/template"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// functions are what templates may call.
func (h *Handler) functions() template.FuncMap {
	return template.FuncMap{
		"look": look, "icon": icon, "took": took, "ago": h.ago, "stamp": stamp, "bytes": size, "plural": plural,
		"add": func(a, b int) int { return a + b }, "middle": middle, "tab": tabTitle,
		"rows":  func(s shell, rows []row) jobsTable { return jobsTable{s, rows} },
		"ports": func(title string, list []port) portsTable { return portsTable{title, list} },
		"empty": func(title, text, command string) emptyState { return emptyState{title, text, command} },
	}
}

// look is the class that colours a status.
func look(s workspace.Status) string {
	switch s {
	case workspace.Completed:
		return "is-ok"
	case workspace.Failed:
		return "is-bad"
	case workspace.Running, workspace.Preparing, workspace.Finalizing:
		return "is-run"
	}
	return "is-idle"
}

// icon is the shape of a status: shape first, colour second, the word always.
func icon(s workspace.Status) string {
	switch s {
	case workspace.Completed:
		return "ok"
	case workspace.Failed:
		return "bad"
	case workspace.Running, workspace.Preparing, workspace.Finalizing:
		return "run"
	case workspace.Queued:
		return "queued"
	case workspace.Canceled, workspace.CancelRequested:
		return "stop"
	}
	return "wait"
}

// took is a duration as people say it: 40ms, 0.4s, 1m 04s, 4 h 10 min, 1 d 4 h.
func took(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm %02ds", int(d.Minutes()), int(d.Seconds())%60)
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %02d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// ago is relative under a day, and a date after.
func (h *Handler) ago(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	switch d := h.Now().Sub(t); {
	case d < 5*time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return t.Format("2006-01-02 15:04")
}

// stamp is a time for machines.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// size is a number of bytes as people say it.
func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// lasted is how long a job took, or has taken until now.
func (h *Handler) lasted(j *workspace.Job) time.Duration {
	switch {
	case j.Started.IsZero():
		return -1
	case j.Ended.IsZero():
		return h.Now().Sub(j.Started)
	}
	return j.Ended.Sub(j.Started)
}

// What parts of pages are given.
type (
	jobsTable struct {
		Page shell
		Rows []row
	}
	portsTable struct {
		Title string
		List  []port
	}
	emptyState struct{ Title, Text, Command string }
)

// tabTitle is what a tab of a job's panel is called.
func tabTitle(tab string) string {
	return map[string]string{"overview": "Overview", "logs": "Logs", "io": "Inputs & outputs", "models": "Models"}[tab]
}

// middle cuts a name in the middle: its end tells most.
func middle(n int, s string) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n/2-1]) + "…" + string(r[len(r)-n/2:])
}
