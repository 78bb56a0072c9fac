package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/pipeline"
)

// Run is a job that was submitted.
type Run struct {
	Name, Experiment string
	Status           string
	// Page is the address of its page; empty when the service named none.
	Page string
	// Found: it had been submitted before, by a process that did not hear of it.
	Found bool
}

// Submit uploads what a job refers to and starts it under a name and an
// experiment. Without a name it makes one up; when an earlier process has
// submitted the very same and never heard what came of it, the job it started
// is found and nothing is started.
func (c *Client) Submit(ctx context.Context, src Source, job pipeline.Job, name, experiment string) (Run, error) {
	if experiment != "" {
		job.Head().Experiment = pipeline.Text{Value: experiment}
	}
	body, err := arm.EncodeJob(ctx, job, c.encodeOptions(src))
	if err != nil {
		return Run{}, err
	}
	if name != "" {
		return c.putJob(ctx, name, body)
	}
	return c.putNamed(ctx, body)
}

// putNamed starts a job under a name of ours, and remembers that until there is
// an answer.
func (c *Client) putNamed(ctx context.Context, body armmachinelearning.JobBase) (run Run, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return Run{}, fmt.Errorf("write the job: %w", err)
	}
	n, err := c.take(text, NewName())
	switch {
	case err != nil:
		return Run{}, err
	case n == nil:
		return c.putJob(ctx, NewName(), body)
	}
	run, err = c.putNoted(ctx, n, body)
	if err != nil {
		n.release()
		return Run{}, err
	}
	c.untold(n)
	return run, nil
}

// putNoted starts the job of a note, or finds it.
func (c *Client) putNoted(ctx context.Context, n *note, body armmachinelearning.JobBase) (Run, error) {
	if n.earlier {
		found, err := c.Run(ctx, n.Name)
		switch {
		case err == nil && !c.isAnotherTry(found.Status):
			found.Found = true
			return found, nil
		case err == nil:
			if err := n.rename(NewName()); err != nil {
				return Run{}, err
			}
		case !errors.Is(err, ErrNotFound):
			return Run{}, err
		}
	}
	run, err := c.putJob(ctx, n.Name, body)
	if !isRefusal(err) {
		return run, err
	}
	// An earlier try of the request may have been accepted: whoever refuses the
	// next one may do so because of that.
	found, asked := c.Run(ctx, n.Name)
	switch {
	case asked == nil:
		found.Found = true
		return found, nil
	case errors.Is(asked, ErrNotFound):
		n.forget()
	}
	return Run{}, err
}

// isAnotherTry: a job that was found is over, and whoever submits the same
// again wants another. One that somebody has canceled is; one that failed is
// what was asked for, and its end is to be told. But what this machine serves
// fails with the process that served it.
func (c *Client) isAnotherTry(status string) bool {
	return status == Canceled || status == Failed && c.target.Place != ""
}

// putJob starts a job. A request whose answer is lost is sent again, which
// changes nothing when the job is there.
func (c *Client) putJob(ctx context.Context, name string, body armmachinelearning.JobBase) (Run, error) {
	s := c.target.Scope
	with, err := c.onBehalf(ctx)
	if err != nil {
		return Run{}, doing("submit the job "+name, err)
	}
	got, err := c.jobs.CreateOrUpdate(with, s.ResourceGroup, s.Workspace, name, body, nil)
	if err != nil {
		return Run{}, doing("submit the job "+name, err)
	}
	return runOf(name, got.JobBase), nil
}

// learningToken is the header that brings a second token, with which a pipeline
// acts for whoever has submitted it.
const learningToken = "X-Azureml-Token"

// onBehalf is ctx for requests that Azure wants the second token with.
func (c *Client) onBehalf(ctx context.Context) (context.Context, error) {
	if c.target.Azure == nil || c.target.Azure.Learning == "" {
		return ctx, nil
	}
	token, err := c.target.Credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{c.target.Azure.Learning + "/.default"}})
	if err != nil {
		return nil, err
	}
	return policy.WithHTTPHeader(ctx, http.Header{learningToken: {token.Token}}), nil
}

// Run is a job that was submitted before.
func (c *Client) Run(ctx context.Context, name string) (Run, error) {
	s := c.target.Scope
	got, err := c.jobs.Get(ctx, s.ResourceGroup, s.Workspace, name, nil)
	if err != nil {
		return Run{}, doing("ask for the job "+name, err)
	}
	return runOf(name, got.JobBase), nil
}

// Cancel asks for a job to be ended. It does not wait until it has.
func (c *Client) Cancel(ctx context.Context, name string) error {
	s := c.target.Scope
	_, err := c.jobs.BeginCancel(ctx, s.ResourceGroup, s.Workspace, name, nil)
	return doing(fmt.Sprintf("cancel the job %s", name), err)
}

func runOf(name string, j armmachinelearning.JobBase) Run {
	r := Run{Name: name}
	if j.Name != nil {
		r.Name = *j.Name
	}
	if j.Properties == nil {
		return r
	}
	p := j.Properties.GetJobBaseProperties()
	if p.ExperimentName != nil {
		r.Experiment = *p.ExperimentName
	}
	if p.Status != nil {
		r.Status = string(*p.Status)
	}
	if studio := p.Services["Studio"]; studio != nil && studio.Endpoint != nil {
		r.Page = *studio.Endpoint
	}
	return r
}
