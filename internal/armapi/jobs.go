package armapi

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// jobHandlers are the operations on jobs.
func jobHandlers() map[string]func(*call) error {
	return map[string]func(*call) error{
		"JobsClient.CreateOrUpdate": (*call).putJob,
		"JobsClient.Get":            (*call).getJob,
		"JobsClient.List":           (*call).listJobs,
		"JobsClient.Cancel":         (*call).cancelJob,
		"JobsClient.Delete":         (*call).deleteJob,
	}
}

// putJob submits a job, 201, or changes what may be changed of one that is
// there, 200. A client that got no answer asks again, and must not start the
// job twice: the name decides.
func (c *call) putJob() error {
	text, err := c.body()
	if err != nil {
		return err
	}
	var body struct {
		Properties json.RawMessage `json:"properties"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return badRequest("InvalidRequestContent", "the body: %v", err)
	}
	name := c.vars["id"]
	old, err := c.Ledger.Job(c.ctx(), c.scope, name)
	switch {
	case err == nil:
		return c.updateJob(old, body.Properties)
	case !errors.Is(err, workspace.ErrNotFound):
		return err
	}
	job, err := arm.DecodeJob(c.ctx(), text, arm.DecodeOptions{Scope: arm.Scope(c.scope), Lookup: c.Lookup(c.scope)})
	if err != nil {
		return err
	}
	made, err := c.Runner.Accept(c.ctx(), c.scope, workspace.Order{Job: job, Name: name, CreatedBy: c.User, Body: body.Properties})
	if errors.Is(err, workspace.ErrConflict) {
		if old, again := c.Ledger.Job(c.ctx(), c.scope, name); again == nil {
			return c.updateJob(old, body.Properties)
		}
	}
	if err != nil {
		return err
	}
	return c.replyJob(http.StatusCreated, made)
}

// updateJob makes the changes of a PUT of a job that is there. What it runs is
// as it was, whatever the body says of that, as on Azure.
func (c *call) updateJob(old *workspace.Job, properties json.RawMessage) error {
	var p struct {
		DisplayName, Description, ExperimentName *string
		Tags                                     map[string]*string
		IsArchived                               *bool
	}
	if err := json.Unmarshal(properties, &p); err != nil {
		return badRequest("InvalidRequestContent", "properties: %v", err)
	}
	update := workspace.Update{
		DisplayName: changed(p.DisplayName, old.DisplayName), Description: changed(p.Description, old.Description),
		Experiment: changed(p.ExperimentName, old.Experiment), Archived: p.IsArchived,
	}
	if p.Tags != nil {
		update.Tags = map[string]string{}
		for name, text := range p.Tags {
			if text != nil {
				update.Tags[name] = *text
			}
		}
	}
	if err := c.Ledger.Update(c.ctx(), c.scope, old.Name, update); err != nil {
		return err
	}
	now, err := c.Ledger.Job(c.ctx(), c.scope, old.Name)
	if err != nil {
		return err
	}
	return c.replyJob(http.StatusOK, now)
}

// changed is a text that was given and differs.
func changed(given *string, old string) *string {
	if given == nil || *given == old || *given == "" {
		return nil
	}
	return given
}

func (c *call) replyJob(status int, j *workspace.Job) error {
	shown, err := c.job(j)
	if err != nil {
		return err
	}
	return c.reply(status, shown)
}

// cancelParameter is the parameter of a job's address at which clients ask how
// its cancellation stands.
const cancelParameter = "ischia-cancel"

// deleteParameter is the one at which they ask how its deletion stands.
const deleteParameter = "ischia-delete"

func (c *call) getJob() error {
	j, err := c.Ledger.Job(c.ctx(), c.scope, c.vars["id"])
	if errors.Is(err, workspace.ErrNotFound) && c.query(deleteParameter) != "" {
		return c.reply(http.StatusNoContent, nil)
	}
	if errors.Is(err, workspace.ErrNotFound) {
		return notFound("there is no job %s in workspace %s", c.vars["id"], c.scope.Workspace)
	}
	if err != nil {
		return err
	}
	if c.query(cancelParameter) != "" {
		return c.canceling(j)
	}
	return c.replyJob(http.StatusOK, j)
}

// cancelJob asks for the cancellation of a job. Asking again is fine, and so is
// asking after its end: then there is nothing to wait for.
func (c *call) cancelJob() error {
	j, err := c.Ledger.Job(c.ctx(), c.scope, c.vars["id"])
	if errors.Is(err, workspace.ErrNotFound) {
		return notFound("there is no job %s in workspace %s", c.vars["id"], c.scope.Workspace)
	}
	if err != nil {
		return err
	}
	if err := c.Ledger.RequestCancel(c.ctx(), c.scope, j.Name); err != nil {
		return err
	}
	if j, err = c.Ledger.Job(c.ctx(), c.scope, j.Name); err != nil {
		return err
	}
	return c.canceling(j)
}

// canceling says how a cancellation stands: 202 until the job has ended.
func (c *call) canceling(j *workspace.Job) error {
	if j.Status.Terminal() {
		return c.reply(http.StatusOK, nil)
	}
	return c.acceptJob(j.Name, cancelParameter)
}

// acceptJob says 202, and where to ask how it stands.
func (c *call) acceptJob(name, parameter string) error {
	q := c.r.URL.Query()
	q.Set(parameter, "1")
	c.header.Set("Location", c.base()+c.jobID(name)+"?"+q.Encode())
	c.header.Set("Retry-After", pollAfter)
	return c.reply(http.StatusAccepted, nil)
}

// deleteJob deletes a job that has ended, with its files and folders; what was
// registered from it stays. It is done when the answer goes out.
func (c *call) deleteJob() error {
	name := c.vars["id"]
	err := c.Runner.Delete(c.ctx(), c.scope, name)
	switch {
	case errors.Is(err, workspace.ErrNotFound):
		return c.reply(http.StatusNoContent, nil)
	case errors.Is(err, workspace.ErrConflict):
		return conflict("job %s cannot be deleted before it has ended: cancel it first, or wait (%v)", name, err)
	case errors.Is(err, workspace.ErrInvalid):
		return badRequest("InvalidJob", "only a whole job can be deleted (%v)", err)
	case err != nil:
		return err
	}
	return c.acceptJob(name, deleteParameter)
}

// jobID is a job's ARM id.
func (c *call) jobID(name string) string { return c.scope.ARMID() + "/jobs/" + name }
