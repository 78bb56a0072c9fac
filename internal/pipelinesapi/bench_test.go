package pipelinesapi_test

import (
	"testing"
)

// BenchmarkSubmit is what the door itself costs, with a runner that plans and
// records.
func BenchmarkSubmit(b *testing.B) {
	h, id := published(b)
	for b.Loop() {
		h.ask("POST", "pipelines", "/PipelineRuns/PipelineSubmit/"+id, `{"ParameterAssignments":{"train_test_ratio":0.6}}`).want(200)
	}
}
