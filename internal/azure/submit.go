package azure

import (
	"context"
	"fmt"

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
}

// Submit uploads what a job refers to and starts it under a name and an
// experiment.
func (c *Client) Submit(ctx context.Context, src Source, job pipeline.Job, name, experiment string) (Run, error) {
	if experiment != "" {
		job.Head().Experiment = pipeline.Text{Value: experiment}
	}
	body, err := arm.EncodeJob(ctx, job, c.encodeOptions(src))
	if err != nil {
		return Run{}, err
	}
	s := c.target.Scope
	got, err := c.clients.NewJobsClient().CreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, name, body, nil)
	if err != nil {
		return Run{}, doing("submit the job "+name, err)
	}
	return runOf(name, got.JobBase), nil
}

// Run is a job that was submitted before.
func (c *Client) Run(ctx context.Context, name string) (Run, error) {
	s := c.target.Scope
	got, err := c.clients.NewJobsClient().Get(ctx, s.ResourceGroup, s.Workspace, name, nil)
	if err != nil {
		return Run{}, doing("ask for the job "+name, err)
	}
	return runOf(name, got.JobBase), nil
}

// Cancel asks for a job to be ended. It does not wait until it has.
func (c *Client) Cancel(ctx context.Context, name string) error {
	s := c.target.Scope
	_, err := c.clients.NewJobsClient().BeginCancel(ctx, s.ResourceGroup, s.Workspace, name, nil)
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
