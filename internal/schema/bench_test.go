package schema_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// manyJobs is a pipeline of n jobs as people write them.
func manyJobs(n int) string {
	var b strings.Builder
	b.WriteString("type: pipeline\ninputs: {raw: {type: uri_folder, path: ./data}}\njobs:\n")
	for i := range n {
		fmt.Fprintf(&b, `  job_%d:
    type: command
    command: echo ${{inputs.data}} ${{inputs.lr}}
    environment: azureml:sklearn:1
    inputs:
      data: {type: uri_folder, path: "${{parent.inputs.raw}}"}
      lr: 0.1
    outputs:
      out: {type: uri_folder, mode: upload}
    resources: {instance_count: 1}
    limits: {timeout: 60}
`, i)
	}
	return b.String()
}

func BenchmarkCheck(b *testing.B) {
	k, root := kindOf(b, "pipelineJob"), parse(b, manyJobs(10_000))
	b.ReportAllocs()
	for b.Loop() {
		if errs := k.Check(root, ""); len(errs) > 0 {
			b.Fatal(errs)
		}
	}
}

// TestFaultsAreCheap: ten thousand jobs with a misspelt key each are checked
// about as fast as right ones.
func TestFaultsAreCheap(t *testing.T) {
	t.Parallel()
	root := parse(t, strings.ReplaceAll(manyJobs(10_000), "environment:", "enviroment:"))
	start := time.Now()
	errs := kindOf(t, "pipelineJob").Check(root, "")
	if len(errs) != 10_000 {
		t.Fatalf("got %d faults, want one a job; the first is %v", len(errs), errs[0])
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v, want well under a second", took)
	}
}
