package local_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// TestFullDisk runs jobs in a home with less room than they need. Each is
// recorded with its reason, and the home can be used afterwards.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	system := map[string]string{"": "Failed - SystemError", "s": "Failed - SystemError"}
	user := map[string]string{"": "Failed - UserError", "s": "Failed 1 UserError"}
	for _, tt := range []struct {
		name, command, more string
		want                map[string]string
	}{
		{"staging an input", "ls ${{inputs.x}}", "inputs: {x: {type: uri_folder, path: ./big}}", system},
		{"staging code", "ls", "code: ./big", system},
		{"the step writes its output", "cat $BIG/f > ${{outputs.o}}/f", "outputs: {o: {type: uri_folder}}", user},
		{"the step fills outputs", "cat $BIG/f > outputs/f", "", user},
		{"the step fills its folder", "cat $BIG/f > f", "", user},
		{"the step fills its folder and completes", "cat $BIG/f > f || true", "", map[string]string{"": "Completed -", "s": "Completed 0"}},
		{"the step logs", "cat $BIG/f", "", user},
		{
			"storing an output", "ln -s $BIG/f ${{outputs.o}}/f", "outputs: {o: {type: uri_folder}}",
			map[string]string{"": "Failed - SystemError", "s": "Failed 0 SystemError"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProject(t, map[string]string{"big/f": strings.Repeat("0123456789abcdef", 1<<18)})
			writeFile(t, filepath.Join(p.dir, "pipeline.yml"), fmt.Sprintf("type: pipeline\njobs:\n  s: {command: %q, environment: {image: x}, environment_variables: {BIG: %q}, %s}\n",
				tt.command, filepath.Join(p.dir, "big"), tt.more))
			home := filepath.Join(smallDisk(t), "home")
			name := p.runIn(home)
			p.openHome(home)
			if got := p.ends(name); !maps.Equal(got, tt.want) {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
		})
	}
}

// TestNoRoomToSubmit: nothing is left of a job that could not be recorded.
func TestNoRoomToSubmit(t *testing.T) {
	t.Parallel()
	p := newProject(t, map[string]string{"pipeline.yml": "type: pipeline\njobs: {s: {command: echo hello, environment: {image: x}}}\n"})
	disk := smallDisk(t)
	home, filler := filepath.Join(disk, "home"), filepath.Join(disk, "filler")
	p.openHome(home)
	_ = os.WriteFile(filler, make([]byte, 4<<20), 0o600) // as much as there is room for
	if _, err := p.l.Run(t.Context(), p.request()); err == nil || !strings.Contains(err.Error(), "full") && !strings.Contains(err.Error(), "no space") {
		t.Errorf("got %v, want that the disk is full", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	p.openHome(home)
	jobs, err := p.l.Ledger().Jobs(t.Context(), workspace.Filter{Scope: workspace.BuiltIn()})
	for _, j := range jobs {
		if !j.Status.Terminal() {
			t.Errorf("job %s is %s, though nobody runs it", j.Name, j.Status)
		}
	}
	if res := p.run(t.Context()); err != nil || res.Status != workspace.Completed {
		t.Errorf("with room again the job is %s, %v", res.Status, err)
	}
}

// smallDisk is a file system with 3 MB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=3m"); err != nil {
		t.Skip("a small file system cannot be mounted here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// openHome puts another home in place of p's.
func (p *project) openHome(home string) {
	p.t.Helper()
	l, err := local.Open(p.t.Context(), local.Options{Home: home})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { l.Close() })
	p.l = l
}

// runIn runs the job in a home, closes it, and returns the job's name.
func (p *project) runIn(home string) string {
	p.t.Helper()
	p.openHome(home)
	res := p.run(p.t.Context())
	if err := p.l.Close(); err != nil {
		p.t.Fatal(err)
	}
	return res.Name
}
