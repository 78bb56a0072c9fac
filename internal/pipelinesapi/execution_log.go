package pipelinesapi

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// executionLogFile is the log that clients follow while a pipeline runs.
const executionLogFile = "logs/azureml/executionlogs.txt"

// executionLog answers with what happened to the steps of a pipeline, a line
// each, in the words of the service. It only grows, as clients print what came
// since they asked last.
func (c *call) executionLog() error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	if j.Type != "pipeline" {
		return notFound("the run %s has no %s", j.Name, executionLogFile)
	}
	events, err := c.Ledger.Events(c.ctx(), j.Scope, j.Root, 0, 0)
	if err != nil {
		return err
	}
	var b strings.Builder
	for _, e := range events {
		if text := executionLine(j, e); text != "" {
			fmt.Fprintf(&b, "[%s] %s\n", e.Time.UTC().Format("2006-01-02 15:04:05Z"), text)
		}
	}
	c.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write([]byte(b.String())) // whoever asked may be gone
	return nil
}

// executionLine is what one event says to whoever follows j; empty for nothing.
func executionLine(j *workspace.Job, e workspace.Event) string {
	if e.Job == j.Name {
		switch {
		case e.Kind == "cancel-requested":
			return "Cancellation was requested."
		case e.Status.Terminal() && e.Kind != "archived" && e.Kind != "restored" && e.Kind != "updated":
			return fmt.Sprintf("Finishing experiment: no runs left and nothing to schedule. Status: %s.", e.Status)
		}
		return ""
	}
	inner, ok := strings.CutPrefix(e.Step, j.Step)
	if inner = strings.TrimPrefix(inner, "/"); !ok || inner == "" {
		return ""
	}
	switch {
	case e.Kind == workspace.KindReused:
		return fmt.Sprintf("Reusing the result of an earlier run for %s:%s.", inner, e.Job)
	case e.Kind != "status":
		return ""
	case e.Status == workspace.Running:
		return fmt.Sprintf("Submitting 1 runs, first five are: %s:%s", inner, e.Job)
	case e.Status == workspace.Completed:
		return fmt.Sprintf("Completing processing run id %s (%s).", e.Job, inner)
	case e.Status.Terminal():
		return fmt.Sprintf("Execution of experiment failed, update experiment status and cancel running nodes: %s (%s) is %s.", e.Job, inner, e.Status)
	}
	return ""
}
