package view_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/golden"
	"github.com/ischia-ml/ischia/internal/view"
)

var noon = time.Date(2026, 1, 2, 12, 3, 4, 0, time.UTC)

func at(seconds float64) time.Time {
	return noon.Add(time.Duration(seconds * float64(time.Second)))
}

func exit(code int) *int { return &code }

const job = "calm_fox_x1y2z3a4b5"

func steps() []view.Step {
	return []view.Step{
		{Path: "prep", Parent: -1},
		{Path: "training", Display: "Training", Parent: -1, Group: true},
		{Path: "training/fit", Parent: 1},
		{Path: "training/score", Display: "Score the model", Parent: 1},
		{Path: "register", Parent: -1},
		{Path: "report", Parent: -1},
	}
}

// story is a run in which one step fails.
func story() []view.Event {
	return []view.Event{
		{Time: at(0), Kind: "submitted", Status: "NotStarted"},
		{Time: at(0), Kind: "note", Message: "computes are ignored on this machine:\ncpu-cluster"},
		{Time: at(0), Kind: "status", Status: "Running"},
		{Time: at(0.1), Step: "prep", Kind: "status", Status: "Queued"},
		{Time: at(0.1), Step: "prep", Kind: "status", Status: "Running", LogPath: "/logs/prep.txt"},
		{Time: at(0.1), Step: "report", Kind: "status", Status: "Completed", Message: "reused"},
		{Time: at(1.3), Step: "prep", Kind: "status", Status: "Completed", ExitCode: exit(0), Elapsed: 1200 * time.Millisecond},
		{Time: at(1.4), Step: "training/fit", Kind: "status", Status: "Preparing"},
		{Time: at(1.5), Step: "training/fit", Kind: "status", Status: "Running", Started: at(1.5)},
		{Time: at(124.5), Step: "training/fit", Kind: "status", Status: "Failed", ExitCode: exit(3), ErrorCode: "UserError",
			Error: "the process exited with status 3"},
		{Time: at(124.6), Step: "training/score", Kind: "status", Status: "Canceled"},
		{Time: at(124.6), Step: "register", Kind: "status", Status: "Canceled", Error: "a step it needs failed"},
		{Time: at(124.7), Kind: "status", Status: "Failed", Error: "step training/fit failed"},
		{Time: at(124.7), Kind: "end", Status: "Failed"},
		{Time: at(125), Kind: "note", Message: "after the end"},
	}
}

// tell shows events with a view, and closes it.
func tell(t *testing.T, v view.View, events []view.Event) {
	t.Helper()
	v.Start(job, steps())
	for _, e := range events {
		v.Event(e)
	}
	for range 2 {
		if err := v.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, color := range []bool{false, true} {
		var b strings.Builder
		v := view.NewPlain(&b, func() time.Time { return noon })
		v.Color = color
		tell(t, v, story())
		name := map[bool]string{false: "plain", true: "plain-color"}[color]
		golden.Check(t, []byte(b.String()), "testdata/"+name+".golden")
	}
}

func TestPlainTrustsNobody(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	v := view.NewPlain(&b, func() time.Time { return noon })
	v.Start(job, []view.Step{{Path: "a\x1b[2Jb", Parent: -1}})
	v.Event(view.Event{Step: "a\x1b[2Jb", Kind: "status", Status: "Failed", Error: "x\n::error::y ##vso[z]\x1b]0;t\x07\u202e"})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	want := "12:03:04 ab                   Failed: x ::error::y # #vso[z]\uFFFD\n"
	if b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	tell(t, view.NewJSON(&b), story())
	golden.Check(t, []byte(b.String()), "testdata/json.golden")
}

func TestDuration(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		d             time.Duration
		want, ticking string
	}{
		{-time.Second, "0.0 s", "0 s"},
		{1234 * time.Millisecond, "1.2 s", "1 s"},
		{59940 * time.Millisecond, "59.9 s", "59 s"},
		{59960 * time.Millisecond, "1 m 00 s", "59 s"},
		{123 * time.Second, "2 m 03 s", "2 m 03 s"},
		{3599600 * time.Millisecond, "1 h 00 m", "59 m 59 s"},
		{26*time.Hour + 5*time.Minute, "26 h 05 m", "26 h 05 m"},
	} {
		if got := view.Duration(test.d); got != test.want {
			t.Errorf("%v: got %q, want %q", test.d, got, test.want)
		}
		if got := view.Ticking(test.d); got != test.ticking {
			t.Errorf("%v, ticking: got %q, want %q", test.d, got, test.ticking)
		}
	}
}

func TestFrames(t *testing.T) {
	t.Parallel()
	lines := map[string]string{"prep": "read 1,024 rows", "training/fit": "epoch 17/100 loss 0.1234"}
	p := view.NewPicture(job, steps(), noon, false, false)
	var b strings.Builder
	for _, e := range story() {
		if e.Kind == "end" {
			break
		}
		p.Event(e, lines[e.Step])
		fmt.Fprintf(&b, "--- %s %s %s\n%s", e.Time.Format(time.TimeOnly), e.Step, e.Status, p.Frame(80, 24, e.Time.Add(2*time.Second)))
	}
	fmt.Fprintf(&b, "--- summary\n%s", p.Summary(80, at(125)))
	golden.Check(t, []byte(b.String()), "testdata/frames.golden")
}

func TestFrameSizes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, size := range [][2]int{{80, 24}, {40, 10}, {20, 6}, {80, 4}, {10, 2}, {1, 1}} {
		p := view.NewPicture(job, steps(), noon, false, size[0] == 40)
		for _, e := range story()[:9] {
			p.Event(e, "a line of the log that is longer than narrow terminals are wide, 模型 ✓")
		}
		frame := p.Frame(size[0], size[1], at(20))
		fmt.Fprintf(&b, "--- %d x %d\n%s", size[0], size[1], frame)
		checkFits(t, frame, size[0], size[1])
	}
	golden.Check(t, []byte(b.String()), "testdata/sizes.golden")
}

func TestFrameColor(t *testing.T) {
	t.Parallel()
	p := view.NewPicture(job, steps(), noon, true, false)
	for _, e := range story()[:10] {
		p.Event(e, "")
	}
	golden.Check(t, []byte(p.Frame(60, 24, at(130))+p.Summary(60, at(130))), "testdata/color.golden")
}

// TestManySteps: what runs and what failed stays visible.
func TestManySteps(t *testing.T) {
	t.Parallel()
	p := many(300)
	frame := p.Frame(80, 15, at(90))
	golden.Check(t, []byte(frame+"--- summary\n"+p.Summary(80, at(90))), "testdata/many.golden")
	checkFits(t, frame, 80, 15)
	for _, name := range []string{"step-100", "step-250", "step-003"} {
		if !strings.Contains(frame, name) {
			t.Errorf("%s is not visible", name)
		}
	}
}

// many is a run of n steps: two run, one failed, a hundred are done.
func many(n int) *view.Picture {
	var all []view.Step
	for i := range n {
		all = append(all, view.Step{Path: fmt.Sprintf("step-%03d", i), Parent: -1})
	}
	p := view.NewPicture(job, all, noon, false, false)
	p.Event(view.Event{Time: at(0), Kind: "status", Status: "Running"}, "")
	for i := range 100 {
		e := view.Event{Time: at(float64(i)), Step: all[i].Path, Kind: "status", Status: "Completed", Elapsed: time.Second}
		if i == 3 {
			e.Status, e.ExitCode = "Failed", exit(1)
		}
		p.Event(e, "")
	}
	for _, i := range []int{100, 250} {
		p.Event(view.Event{Time: at(80), Step: all[i].Path, Kind: "status", Status: "Running"}, "working")
	}
	return p
}

func TestMoreRunningThanRows(t *testing.T) {
	t.Parallel()
	p := many(300)
	for i := range 30 {
		p.Event(view.Event{Time: at(80), Step: fmt.Sprintf("step-%03d", i+10), Kind: "status", Status: "Running"}, "busy")
	}
	frame := p.Frame(60, 12, at(90))
	checkFits(t, frame, 60, 12)
	if !strings.Contains(frame, "step-003") || !strings.Contains(frame, "step-010") {
		t.Errorf("one that failed or one that runs is not visible:\n%s", frame)
	}
}

func checkFits(t *testing.T, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(frame, "\n"), "\n")
	if len(lines) > max(height-1, 1) {
		t.Errorf("%d lines on %d rows", len(lines), height)
	}
	for _, line := range lines {
		if n := len([]rune(line)); n > max(width-1, 1) {
			t.Errorf("%d characters on %d columns: %q", n, width, line)
		}
	}
}

// TestGroupsSettle: nobody reports on groups; their members speak for them.
func TestGroupsSettle(t *testing.T) {
	t.Parallel()
	p := view.NewPicture(job, []view.Step{
		{Path: "a", Parent: -1, Group: true}, {Path: "a/b", Parent: 0, Group: true}, {Path: "a/b/c", Parent: 1}, {Path: "a/d", Parent: 0},
	}, noon, false, false)
	for _, step := range []struct {
		e    view.Event
		want string
	}{
		{view.Event{Time: at(1), Step: "a/b/c", Status: "Running"}, "● a         1 s ● b       1 s ● c     1 s ○ d"},
		{view.Event{Time: at(3), Step: "a/b/c", Status: "Completed"}, "● a         3 s ✓ b     2.0 s ✓ c   2.0 s ○ d"},
		{view.Event{Time: at(4), Step: "a/d", Status: "Running"}, "● a         4 s ✓ b     2.0 s ✓ c   2.0 s ● d       1 s"},
		{view.Event{Time: at(9), Step: "a/d", Status: "Failed"}, "✗ a       8.0 s ✓ b     2.0 s ✓ c   2.0 s ✗ d     5.0 s"},
	} {
		p.Event(step.e, "")
		_, rows, _ := strings.Cut(p.Frame(80, 24, step.e.Time.Add(time.Second)), "\n")
		if got, want := strings.Fields(rows), strings.Fields(step.want); !slices.Equal(got, want) {
			t.Errorf("after %s %s: got %q, want %q", step.e.Step, step.e.Status, got, want)
		}
	}
}

// BenchmarkFrame: a large run is redrawn many times a second.
func BenchmarkFrame(b *testing.B) {
	var all []view.Step
	for i := range 10000 {
		if i%10 == 0 {
			all = append(all, view.Step{Path: fmt.Sprint("g", i), Parent: -1, Group: true})
			continue
		}
		all = append(all, view.Step{Path: fmt.Sprint("s", i), Parent: i - i%10})
	}
	p := view.NewPicture(job, all, noon, true, false)
	for i := range 5000 {
		p.Event(view.Event{Time: noon, Step: all[i].Path, Status: "Running"}, "busy")
	}
	for b.Loop() {
		p.Frame(120, 50, at(10))
	}
}

// TestUnknownSteps: steps that come up during a run are shown too.
func TestUnknownSteps(t *testing.T) {
	t.Parallel()
	p := view.NewPicture(job, steps(), noon, false, false)
	p.Event(view.Event{Time: at(1), Step: "training/trial-1", Kind: "status", Status: "Running"}, "")
	if frame := p.Frame(80, 24, at(2)); !strings.Contains(frame, "\n    ● trial-1") {
		t.Errorf("got\n%s", frame)
	}
}
