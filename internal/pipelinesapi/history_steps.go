package pipelinesapi

import (
	"net/http"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// getChildren answers with the steps of a run, in the order of the definition.
func (c *call) getChildren() error {
	parent, err := c.historyJob()
	if err != nil {
		return err
	}
	jobs, err := c.Ledger.Jobs(c.ctx(), workspace.Filter{Scope: c.scope, Parent: parent.Name, Archived: "all"})
	if err != nil {
		return err
	}
	out := []any{}
	for _, j := range jobs {
		v, err := c.history(j)
		if err != nil {
			return err
		}
		out = append(out, v)
	}
	return c.reply(http.StatusOK, map[string]any{"value": out, "continuationToken": nil, "nextLink": nil})
}

// logFiles are the addresses of a job's log, under its name of today and that
// of SDK v1's runtime. Before it runs there is none. That of a pipeline says what
// becomes of its steps.
func (c *call) logFiles(j *workspace.Job) map[string]string {
	files := map[string]string{}
	if j.Type == "pipeline" && c.Link != nil {
		files[executionLogFile] = c.Link(c.r, historyBase+c.scope.ARMID()+"/runs/"+j.Name+"/"+executionLogFile)
	}
	if c.LogLink == nil || j.Started.IsZero() || j.Type == "pipeline" {
		return files
	}
	for _, name := range liveLogs() {
		files[name] = c.LogLink(c.r, c.scope, j.Name, name)
	}
	return files
}
