package pipelinesapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// historyView is a run as run history shows it, as far as clients of published
// pipelines read it.
type historyView struct {
	RunID        string            `json:"runId"`
	ParentRunID  string            `json:"parentRunId,omitempty"`
	RootRunID    string            `json:"rootRunId"`
	ExperimentID string            `json:"experimentId,omitempty"`
	Container    string            `json:"dataContainerId"`
	DisplayName  string            `json:"displayName"`
	Status       string            `json:"status"`
	RunType      string            `json:"runType"`
	RunTypeV2    runTypeV2         `json:"runTypeV2"`
	Target       string            `json:"target,omitempty"`
	Compute      *computeView      `json:"compute,omitempty"`
	CreatedBy    map[string]string `json:"createdBy"`
	Description  string            `json:"description,omitempty"`
	Created      *string           `json:"createdUtc"`
	Started      *string           `json:"startTimeUtc"`
	Ended        *string           `json:"endTimeUtc"`
	Properties   map[string]string `json:"properties"`
	Tags         map[string]string `json:"tags"`
	// Outputs are those that are there.
	Outputs map[string]assetRef `json:"outputs"`
	Error   *historyError       `json:"error"`
}

// runTypeV2 says what a run is, in more words.
type runTypeV2 struct {
	Orchestrator string   `json:"orchestrator"`
	Traits       []string `json:"traits"`
	Attribution  string   `json:"attribution"`
	ComputeType  string   `json:"computeType"`
}

// computeView is where a run is carried out.
type computeView struct {
	Target        string `json:"target"`
	TargetType    string `json:"targetType"`
	InstanceCount int    `json:"instanceCount"`
}

type historyError struct {
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

// detailsView is what is polled.
type detailsView struct {
	historyView
	CreatedTime *string           `json:"createdTimeUtc"`
	LogFiles    map[string]string `json:"logFiles"`
	Warnings    []any             `json:"warnings"`
}

// historyJob is the run that the request names, a step too. The experiment of
// the path must be its own.
func (c *call) historyJob() (*workspace.Job, error) {
	j, err := c.Ledger.Job(c.ctx(), c.scope, c.vars["run"])
	if err != nil {
		return nil, err
	}
	if want := c.vars["experiment"]; want != "" && j.Experiment != want {
		return nil, notFound("there is no run %s in experiment %s", j.Name, want)
	}
	if want := c.vars["experimentId"]; want != "" {
		if id, err := c.Ledger.ExperimentID(c.ctx(), c.scope, j.Experiment); err != nil || id != want {
			return nil, notFound("there is no run %s in the experiment with the id %s", j.Name, want)
		}
	}
	return j, nil
}

func (c *call) getHistory() error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	v, err := c.history(j)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, v)
}

func (c *call) getDetails() error {
	j, err := c.historyJob()
	if err != nil {
		return err
	}
	v, err := c.history(j)
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, detailsView{
		historyView: *v, CreatedTime: v.Created, LogFiles: c.logFiles(j), Warnings: []any{},
	})
}

func (c *call) history(j *workspace.Job) (*historyView, error) {
	id, err := c.Ledger.ExperimentID(c.ctx(), c.scope, j.Experiment)
	if err != nil && !errors.Is(err, workspace.ErrNotFound) {
		return nil, err
	}
	v := &historyView{
		RunID: j.Name, ParentRunID: j.Parent, RootRunID: j.Root, ExperimentID: id, Container: "dcid." + j.Name,
		DisplayName: j.DisplayName, Status: string(j.Status), RunType: "azureml.StepRun", Target: j.Spec.Compute,
		Created: wireTime(j.Created), Started: wireTime(j.Started), Ended: wireTime(j.Ended),
		Properties: texts(j.Properties), Tags: texts(j.Tags), Outputs: c.outputs(j), Description: j.Description,
		RunTypeV2: runTypeV2{Orchestrator: "Execution", Traits: []string{}, ComputeType: "AmlCompute"},
		CreatedBy: map[string]string{"userName": j.CreatedBy},
	}
	if v.Target != "" {
		v.Compute = &computeView{Target: v.Target, TargetType: "amlcompute", InstanceCount: max(1, j.Spec.InstanceCount)}
	}
	if j.Parent == "" {
		v.RunType = "azureml.PipelineRun"
	}
	if j.Error != nil {
		v.Error = &historyError{}
		v.Error.Error.Code, v.Error.Error.Message = j.Error.Code, j.Error.Message
	}
	return v, nil
}

// queryRuns answers with the runs of an experiment, newest first. Of the body
// it reads top, the number of runs wanted; filters are refused rather than
// passed over, for whoever cancels what the answer lists must not be given more
// than was asked for.
func (c *call) queryRuns() error {
	q, err := c.runQuery()
	if err != nil {
		return err
	}
	f := workspace.Filter{Scope: c.scope, Experiment: c.vars["experiment"], Limit: q.Top, Statuses: q.statuses}
	jobs, err := c.Ledger.Jobs(c.ctx(), f)
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
	return c.replyList(out, nil)
}

type runQuery struct {
	Filter   string
	Top      int
	statuses []workspace.Status
}

func (c *call) runQuery() (*runQuery, error) {
	text, err := c.body()
	if err != nil {
		return nil, err
	}
	q := &runQuery{}
	if len(text) > 0 {
		if err := json.Unmarshal(text, q); err != nil {
			return nil, badRequest("the body: %v", err)
		}
	}
	if q.Top <= 0 || q.Top > pageSize {
		q.Top = pageSize
	}
	if q.Filter == "" {
		return q, nil
	}
	if q.statuses, err = statusFilter(q.Filter); err != nil {
		return nil, badRequest("filter: %v", err)
	}
	return q, nil
}

// allStatuses are the words that a filter may compare with.
func allStatuses() []workspace.Status {
	return []workspace.Status{
		workspace.NotStarted, workspace.Preparing, workspace.Queued, workspace.Running, workspace.Finalizing,
		workspace.CancelRequested, workspace.Completed, workspace.Failed, workspace.Canceled,
	}
}

// statusFilter reads what clients ask for: comparisons of status, "or" between
// those with eq, "and" between those with ne.
func statusFilter(text string) ([]workspace.Status, error) {
	words, err := filterWords(text)
	if err != nil {
		return nil, err
	}
	var want []workspace.Status
	out := map[workspace.Status]bool{}
	compare, join := "", ""
	for i := 0; i < len(words); i += 4 {
		if i+2 >= len(words) || !isWord(words[i], "status") || !isWord(words[i+1], "eq", "ne") || len(words) == i+4 {
			return nil, errFilter
		}
		if i == 0 {
			compare = lower(words[i+1])
			join = map[string]string{"eq": "or", "ne": "and"}[compare]
		}
		if lower(words[i+1]) != compare || i+3 < len(words) && !isWord(words[i+3], join) {
			return nil, errFilter
		}
		out[workspace.Status(words[i+2])] = true
	}
	for _, s := range allStatuses() {
		if out[s] == (compare == "eq") {
			want = append(want, s)
		}
	}
	if len(want) == 0 {
		return nil, fmt.Errorf("it selects no status")
	}
	return want, nil
}

var errFilter = errors.New(`only comparisons of status are known here: status eq 'Running' or status eq 'Queued', status ne 'Completed' and status ne 'Failed'`)
