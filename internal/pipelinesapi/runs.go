package pipelinesapi

import (
	"net/http"
	"strconv"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// runView is a run as clients of v1 see it. Only Id is known to be read by all
// of them.
type runView struct {
	ID             string            `json:"Id"`
	PipelineID     string            `json:"PipelineId,omitempty"`
	ExperimentName string            `json:"ExperimentName"`
	DisplayName    string            `json:"DisplayName"`
	Description    string            `json:"Description"`
	RunSource      string            `json:"RunSource,omitempty"`
	ParentRunID    string            `json:"ParentRunId,omitempty"`
	Tags           map[string]string `json:"Tags"`
	Parameters     map[string]string `json:"ParameterAssignments,omitempty"`
	Status         statusView        `json:"Status"`
	GraphID        *string           `json:"GraphId"`
	URI            string            `json:"Uri"`
	RunDetailsURI  string            `json:"RunDetailsUri,omitempty"`
}

type statusView struct {
	StatusCode   string  `json:"StatusCode"`
	StatusDetail string  `json:"StatusDetail"`
	CreationTime *string `json:"CreationTime"`
	StartTime    *string `json:"StartTime"`
	EndTime      *string `json:"EndTime"`
}

// statusCode is a job's state in the words of v1. Those of run history are
// today's: see [call.getDetails].
func statusCode(s workspace.Status) string {
	switch s {
	case workspace.Completed:
		return "Finished"
	case workspace.Preparing, workspace.Finalizing:
		return "Running"
	}
	return string(s)
}

func (c *call) run(j *workspace.Job, pipeline string) *runView {
	v := &runView{
		ID: j.Name, PipelineID: pipeline, ExperimentName: j.Experiment, DisplayName: j.DisplayName, Description: j.Description,
		RunSource: j.Properties[propertySource], ParentRunID: j.Properties[propertyParentRun], Tags: texts(j.Tags),
		Parameters: map[string]string{}, URI: c.address("/PipelineRuns/" + j.Name), RunDetailsURI: c.page(j.Name),
		Status: statusView{
			StatusCode: statusCode(j.Status), CreationTime: wireTime(j.Created), StartTime: wireTime(j.Started), EndTime: wireTime(j.Ended),
		},
	}
	for _, p := range j.Spec.Inputs {
		if p.Value != nil {
			v.Parameters[p.Name] = *p.Value
		}
	}
	if j.Error != nil {
		v.Status.StatusDetail = j.Error.Message
	}
	return v
}

// rootJob is the run that the request names. Steps are no runs of a pipeline.
func (c *call) rootJob() (*workspace.Job, error) {
	j, err := c.Ledger.Job(c.ctx(), c.scope, c.vars["run"])
	if err != nil {
		return nil, err
	}
	if j.Parent != "" {
		return nil, notFound("%s is a step of run %s, and no run of a pipeline", j.Name, j.Root)
	}
	return j, nil
}

func (c *call) getRun() error {
	j, err := c.rootJob()
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, c.run(j, j.Properties[propertyPipeline]))
}

// cancelRun asks for the cancellation of a run; of one that has ended, or was
// asked before, it is done already.
func (c *call) cancelRun() error {
	j, err := c.rootJob()
	if err != nil {
		return err
	}
	if err := c.Ledger.RequestCancel(c.ctx(), c.scope, j.Name); err != nil {
		return err
	}
	return c.reply(http.StatusOK, nil)
}

// listRuns answers with the runs of a published pipeline, newest first.
func (c *call) listRuns() error {
	p, err := c.pipeline(c.vars["pipeline"])
	if err != nil {
		return err
	}
	jobs, next, err := c.jobsWith(map[string]string{propertyPipeline: p.ID})
	if err != nil {
		return err
	}
	out := []any{}
	for _, j := range jobs {
		out = append(out, c.run(j, p.ID))
	}
	return c.replyList(out, next)
}

// replyList answers with a page of a list; next is where the rest begins.
func (c *call) replyList(entries []any, next *string) error {
	answer := map[string]any{"value": entries, "continuationToken": next, "nextLink": nil}
	if next != nil {
		answer["nextLink"] = c.rest("continuationToken", *next)
	}
	return c.reply(http.StatusOK, answer)
}

// rest is the address of the rest of a list.
func (c *call) rest(parameter, from string) string {
	q := c.r.URL.Query()
	q.Set(parameter, from)
	return c.base() + c.r.URL.EscapedPath() + "?" + q.Encode()
}

const (
	// pageSize is how many runs one answer holds at most; scanSize how many jobs
	// are read at a time to find them.
	pageSize = 100
	scanSize = 500
)

// jobsWith are the root jobs with certain properties, newest first, from the
// place on that the query's continuationToken says; next is where the rest
// begins, nil when there is none.
func (c *call) jobsWith(properties map[string]string) (jobs []*workspace.Job, next *string, err error) {
	skip := 0
	if token := first(c.query.Get("continuationToken"), c.query.Get("$skip")); token != "" {
		if skip, err = strconv.Atoi(token); err != nil || skip < 0 {
			return nil, nil, badRequest("%q is no continuation token", clip(token))
		}
	}
	for {
		list, err := c.Ledger.Jobs(c.ctx(), workspace.Filter{Scope: c.scope, Archived: "all", Limit: scanSize, Skip: skip})
		if err != nil {
			return nil, nil, err
		}
		for i, j := range list {
			if !has(j.Properties, properties) {
				continue
			}
			if len(jobs) == pageSize {
				token := strconv.Itoa(skip + i)
				return jobs, &token, nil
			}
			jobs = append(jobs, j)
		}
		if len(list) < scanSize {
			return jobs, nil, nil
		}
		skip += len(list)
	}
}

func has(properties, want map[string]string) bool {
	for name, text := range want {
		if properties[name] != text {
			return false
		}
	}
	return true
}
