package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
)

// groupsVersion is the version of the interface to resource groups.
const groupsVersion = "2021-04-01"

// EnsureGroup makes the resource group if it is not there.
func (c *Client) EnsureGroup(ctx context.Context) (made bool, err error) {
	s := c.target.Scope
	what := "look for the resource group " + s.ResourceGroup
	status, err := c.group(ctx, http.MethodHead, nil)
	if err != nil {
		return false, doing(what, err)
	}
	if status == http.StatusForbidden {
		// Whoever may only use a workspace need not see its group. If the
		// workspace is not there either, that request says why.
		return false, nil
	}
	if status == http.StatusNoContent || status == http.StatusOK {
		return false, nil
	}
	what = "create the resource group " + s.ResourceGroup
	if c.target.Location == "" {
		return false, fmt.Errorf("%s: no location is given: set location in the configuration", what)
	}
	if _, err = c.group(ctx, http.MethodPut, map[string]string{"location": c.target.Location}); err != nil {
		return false, doing(what, err)
	}
	return true, nil
}

// group sends a request about the resource group. When it is looked for, that
// it is not there, or not to be seen, is no error.
func (c *Client) group(ctx context.Context, method string, body any) (status int, err error) {
	s := c.target.Scope
	address := runtime.JoinPaths(c.resource.Endpoint(), "subscriptions", url.PathEscape(s.Subscription), "resourcegroups", url.PathEscape(s.ResourceGroup))
	req, err := runtime.NewRequest(ctx, method, address)
	if err != nil {
		return 0, err
	}
	req.Raw().URL.RawQuery = url.Values{"api-version": {groupsVersion}}.Encode()
	if body != nil {
		if err := runtime.MarshalAsJSON(req, body); err != nil {
			return 0, err
		}
	}
	res, err := c.resource.Pipeline().Do(req) //nolint:bodyclose // Drain closes it
	if err != nil {
		return 0, err
	}
	defer runtime.Drain(res)
	codes := []int{http.StatusOK, http.StatusCreated, http.StatusNoContent}
	if method == http.MethodHead {
		codes = append(codes, http.StatusNotFound, http.StatusForbidden)
	}
	if !runtime.HasStatusCode(res, codes...) {
		return 0, runtime.NewResponseError(res)
	}
	return res.StatusCode, nil
}

// EnsureWorkspace makes the workspace if it is not there, and waits until it
// is.
func (c *Client) EnsureWorkspace(ctx context.Context) (made bool, err error) {
	s := c.target.Scope
	state, err := c.workspaceState(ctx)
	if err != nil {
		return false, doing("look for the workspace "+s.Workspace, err)
	}
	// Another request may be making it: perhaps one of ours whose answer was
	// lost.
	for state == armmachinelearning.ProvisioningStateCreating || state == armmachinelearning.ProvisioningStateUpdating {
		if err := sleep(ctx, c.interval()); err != nil {
			return false, err
		}
		if state, err = c.workspaceState(ctx); err != nil {
			return false, doing("wait for the workspace "+s.Workspace, err)
		}
	}
	if state != missing && state != armmachinelearning.ProvisioningStateFailed {
		return false, nil
	}
	what := "create the workspace " + s.Workspace
	if c.target.Location == "" {
		return false, fmt.Errorf("%s: no location is given: set location in the configuration", what)
	}
	if c.target.Azure != nil {
		return true, doing(what, c.deployWorkspace(ctx))
	}
	return true, doing(what, c.putWorkspace(ctx))
}

// missing is the state of a workspace that is not there.
const missing armmachinelearning.ProvisioningState = ""

func (c *Client) workspaceState(ctx context.Context) (armmachinelearning.ProvisioningState, error) {
	s := c.target.Scope
	got, err := c.clients.NewWorkspacesClient().Get(ctx, s.ResourceGroup, s.Workspace, nil)
	switch {
	case isMissing(err):
		return missing, nil
	case err != nil:
		return missing, err
	case got.Properties == nil || got.Properties.ProvisioningState == nil:
		return armmachinelearning.ProvisioningStateUnknown, nil
	}
	return *got.Properties.ProvisioningState, nil
}

// putWorkspace makes a workspace that needs nothing beside it.
func (c *Client) putWorkspace(ctx context.Context) error {
	s := c.target.Scope
	poller, err := c.clients.NewWorkspacesClient().BeginCreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, armmachinelearning.Workspace{
		Location:   &c.target.Location,
		Identity:   &armmachinelearning.ManagedServiceIdentity{Type: to.Ptr(armmachinelearning.ManagedServiceIdentityTypeSystemAssigned)},
		Properties: &armmachinelearning.WorkspaceProperties{FriendlyName: &s.Workspace},
	}, nil)
	if err != nil {
		return err
	}
	_, err = poller.PollUntilDone(ctx, poll())
	return err
}

// Cluster is a compute that scales with its work.
type Cluster struct {
	Name, Size string
	MaxNodes   int32
	// Idle is how long a node stays without work.
	Idle time.Duration
}

// EnsureCompute makes a cluster if there is no compute of that name, and waits
// until it is ready.
func (c *Client) EnsureCompute(ctx context.Context, want Cluster) (made bool, err error) {
	s := c.target.Scope
	client := c.clients.NewComputeClient()
	got, err := client.Get(ctx, s.ResourceGroup, s.Workspace, want.Name, nil)
	switch {
	case err == nil:
		return false, c.awaitCompute(ctx, client, want.Name, got.Properties)
	case !isMissing(err):
		return false, doing("look for the compute "+want.Name, err)
	}
	what := "create the compute " + want.Name
	location, err := c.location(ctx)
	if err != nil {
		return false, doing(what, err)
	}
	poller, err := client.BeginCreateOrUpdate(ctx, s.ResourceGroup, s.Workspace, want.Name, want.body(location), nil)
	if isConflict(err) { // an earlier try may be at work
		if waited := c.awaitCompute(ctx, client, want.Name, nil); !errors.Is(waited, ErrNotFound) {
			return true, waited
		}
	}
	if err != nil {
		return false, doing(what, err)
	}
	done, err := poller.PollUntilDone(ctx, poll())
	if err != nil {
		return false, doing(what, err)
	}
	return true, c.awaitCompute(ctx, client, want.Name, done.Properties)
}

// location is that of the workspace, where its computes are.
func (c *Client) location(ctx context.Context) (string, error) {
	s := c.target.Scope
	got, err := c.clients.NewWorkspacesClient().Get(ctx, s.ResourceGroup, s.Workspace, nil)
	if err != nil {
		return "", err
	}
	if got.Location == nil {
		return c.target.Location, nil
	}
	return *got.Location, nil
}

func (w Cluster) body(location string) armmachinelearning.ComputeResource {
	return armmachinelearning.ComputeResource{
		Location: &location,
		Properties: &armmachinelearning.AmlCompute{
			ComputeType: to.Ptr(armmachinelearning.ComputeTypeAmlCompute),
			Properties: &armmachinelearning.AmlComputeProperties{
				OSType: to.Ptr(armmachinelearning.OsTypeLinux),
				VMSize: &w.Size,
				ScaleSettings: &armmachinelearning.ScaleSettings{
					MaxNodeCount: &w.MaxNodes, MinNodeCount: to.Ptr[int32](0),
					NodeIdleTimeBeforeScaleDown: to.Ptr(fmt.Sprintf("PT%dS", int(w.Idle.Seconds()))),
				},
			},
		},
	}
}

// awaitCompute waits until a compute that somebody makes or changes is ready.
func (c *Client) awaitCompute(ctx context.Context, client *armmachinelearning.ComputeClient, name string, p armmachinelearning.ComputeClassification) error {
	s := c.target.Scope
	for {
		state := armmachinelearning.ProvisioningStateUnknown
		if p != nil && p.GetCompute().ProvisioningState != nil {
			state = *p.GetCompute().ProvisioningState
		}
		switch state {
		case armmachinelearning.ProvisioningStateSucceeded:
			return nil
		case armmachinelearning.ProvisioningStateFailed, armmachinelearning.ProvisioningStateCanceled:
			return fmt.Errorf("the compute %s is not usable: it is %s%s", name, strings.ToLower(string(state)), provisioningErrors(p))
		}
		if err := sleep(ctx, c.interval()); err != nil {
			return err
		}
		got, err := client.Get(ctx, s.ResourceGroup, s.Workspace, name, nil)
		if err != nil {
			return doing("wait for the compute "+name, err)
		}
		p = got.Properties
	}
}

// provisioningErrors is why a compute could not be made.
func provisioningErrors(p armmachinelearning.ComputeClassification) string {
	text, err := json.Marshal(p.GetCompute().ProvisioningErrors)
	if err != nil || string(text) == "null" || string(text) == "[]" {
		return ""
	}
	return ": " + string(text)
}

// interval is the time between two looks at something that changes.
func (c *Client) interval() time.Duration {
	if c.target.Interval > 0 {
		return c.target.Interval
	}
	if c.local {
		return 300 * time.Millisecond
	}
	return 5 * time.Second
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
