package local_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// TestCancelOfManySteps: two hundred that run and as many that wait are
// cancelled in little more time than one, and leave nothing behind.
func TestCancelOfManySteps(t *testing.T) {
	const many = 200
	var b strings.Builder
	b.WriteString("type: pipeline\njobs:\n")
	for i := range many {
		fmt.Fprintf(&b, "  run%d: {command: sleep 100, environment: {image: x}}\n", i)
		fmt.Fprintf(&b, "  wait%d: {command: echo x, environment: {image: x}, inputs: {x: \"${{parent.jobs.run%[1]d.outputs.artifacts}}\"}}\n", i)
	}
	p := newProject(t, map[string]string{"pipeline.yml": b.String()})
	req := p.request()
	req.Parallel = many
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	goroutines := runtime.NumGoroutine()
	running := 0
	var asked time.Time
	req.Watch = func(e local.Event) {
		if e.Status != workspace.Running || e.Step == "" {
			return
		}
		if running++; running == many {
			asked = time.Now()
			cancel()
		}
	}
	res, err := p.l.Run(ctx, req)
	if err != nil || res.Status != workspace.Canceled || running != many {
		t.Fatalf("the job is %s after %d steps: %v", res.Status, running, err)
	}
	took := time.Since(asked)
	if t.Logf("cancelled after %v", took); took > local.Grace {
		t.Errorf("it took %v, longer than the grace of %v", took, local.Grace)
	}
	for step, end := range p.ends(res.Name) {
		if !strings.HasPrefix(end, "Canceled") || strings.HasPrefix(step, "wait") && end != "Canceled -" {
			t.Errorf("%s is %s", step, end)
		}
	}
	noneLeft(t, "AZUREML_ROOT_RUN_ID="+res.Name, time.Second)
	for range 50 {
		if runtime.NumGoroutine() <= goroutines {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("there were %d goroutines before, and %d after", goroutines, runtime.NumGoroutine())
}
