package azure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	ours "github.com/ischia-ml/ischia/internal/arm"
)

// Scope is a workspace.
type Scope = ours.Scope

// Target is the workspace to talk to, and how.
type Target struct {
	// Endpoint is the address of the resource manager:
	// https://management.azure.com, or that of an ischia server.
	Endpoint string
	// Audience is whom the tokens for the endpoint are for; empty is the
	// endpoint itself.
	Audience   string
	Credential azcore.TokenCredential
	Scope      Scope
	// Location is where what is missing is made.
	Location string
	// Azure is what only Azure itself needs; nil for an ischia server.
	Azure *Cloud
	// Journal is the folder of notes on submissions whose end is not known;
	// empty: none are kept. Place names in them what is at the endpoint, where
	// that may have another address tomorrow, because it is served by processes
	// like this one; empty is the endpoint itself.
	Journal, Place string
	// Transport carries the requests; nil is the SDK's own.
	Transport policy.Transporter
	// Retry says how often what failed is tried; nil is as is usual for the
	// endpoint. Interval is the time between two looks at something that
	// changes; 0 is as is usual.
	Retry    *policy.RetryOptions
	Interval time.Duration
}

// Cloud is what has to be known of a cloud of Azure besides its endpoint.
type Cloud struct {
	// Learning is the audience of the token that comes with a pipeline:
	// https://ml.azure.com.
	Learning string
	// Storage ends the names of storage accounts' hosts: core.windows.net. A
	// token is shown to no others.
	Storage string
}

// Client talks to one workspace. Its methods may be called from many
// goroutines.
type Client struct {
	target   Target
	local    bool // the endpoint is on this machine
	resource *arm.Client
	clients  *armmachinelearning.ClientFactory
	jobs     *armmachinelearning.JobsClient
	plain    runtime.Pipeline // for addresses that are signed themselves

	// dataPlane is the address of run history.
	dataPlane once[string]

	noting sync.Mutex // guards notes
	// notes are of jobs that were submitted, whose names are still to be told.
	notes []*note
}

// moduleName and moduleVersion say in requests who sends them.
const (
	moduleName    = "ischia"
	moduleVersion = "v0.5.0"
)

// Dial makes a Client. Nothing is sent yet.
func Dial(t Target) (*Client, error) {
	local, err := checkEndpoint(t.Endpoint)
	if err != nil {
		return nil, err
	}
	if t.Credential == nil {
		return nil, errors.New("there is no credential to sign in with")
	}
	t.Endpoint = strings.TrimSuffix(t.Endpoint, "/")
	t.Audience = cmp.Or(t.Audience, t.Endpoint)
	c := &Client{target: t, local: local}
	o := c.options()
	if c.resource, err = arm.NewClient(moduleName, moduleVersion, t.Credential, o); err != nil {
		return nil, fmt.Errorf("make a client of %s: %w", t.Endpoint, err)
	}
	if c.clients, err = armmachinelearning.NewClientFactory(t.Scope.Subscription, t.Credential, o); err != nil {
		return nil, fmt.Errorf("make a client of %s: %w", t.Endpoint, err)
	}
	if c.jobs, err = armmachinelearning.NewJobsClient(t.Scope.Subscription, t.Credential, c.jobOptions()); err != nil {
		return nil, fmt.Errorf("make a client of %s: %w", t.Endpoint, err)
	}
	c.plain = runtime.NewPipeline(moduleName, moduleVersion, runtime.PipelineOptions{}, &o.ClientOptions)
	return c, nil
}

// options are those of every client of the SDK.
func (c *Client) options() *arm.ClientOptions {
	return &arm.ClientOptions{
		ClientOptions: policy.ClientOptions{
			Cloud: cloud.Configuration{
				ActiveDirectoryAuthorityHost: c.target.Endpoint,
				Services:                     map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: c.target.Endpoint, Audience: c.target.Audience}},
			},
			InsecureAllowCredentialWithHTTP: c.local,
			Transport:                       c.target.Transport,
			Retry:                           c.retry(),
		},
		// Registering providers behind the user's back is not our business.
		DisableRPRegistration: true,
	}
}

// jobsVersion is the version of the interface to jobs. The SDK's own does not
// know the names under which outputs are registered; this one does, and is what
// azure-ai-ml sends pipelines with.
const jobsVersion = "2024-01-01-preview"

func (c *Client) jobOptions() *arm.ClientOptions {
	o := c.options()
	o.APIVersion = jobsVersion
	return o
}

// retry is more patient with Azure than with this machine, where what failed
// once fails again.
func (c *Client) retry() policy.RetryOptions {
	switch {
	case c.target.Retry != nil:
		return *c.target.Retry
	case c.local:
		return policy.RetryOptions{
			MaxRetries: 2, RetryDelay: 200 * time.Millisecond,
			StatusCodes: []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout},
		}
	}
	return policy.RetryOptions{MaxRetries: 5, TryTimeout: tryTimeout}
}

// tryTimeout is how long an answer of another machine may take. Storage has
// more: what is uploaded may be large, and the line slow.
const (
	tryTimeout    = 2 * time.Minute
	uploadTimeout = 15 * time.Minute
)

// checkEndpoint reports whether an endpoint is on this machine, and refuses
// one that a token would reach in clear.
func checkEndpoint(text string) (local bool, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return false, fmt.Errorf("%q is not the address of a workspace: write https://HOST, or http://127.0.0.1:PORT", text)
	}
	local = IsLoopback(u.Hostname())
	if u.Scheme == "http" && !local {
		return false, fmt.Errorf("%s: a token is not sent over http to another machine; use https", text)
	}
	return local, nil
}

// IsLoopback reports whether a host, as it stands in an address, is this
// machine.
func IsLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Scope is the workspace.
func (c *Client) Scope() Scope { return c.target.Scope }

// Token is a credential that is there already: the token of a server.
func Token(text string) azcore.TokenCredential { return token(text) }

type token string

// tokenLife is how long a token is said to be good; the server knows better,
// and is asked on each request.
const tokenLife = time.Hour

// GetToken is the token.
func (t token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(t), ExpiresOn: time.Now().Add(tokenLife)}, nil
}

// poll is how often a long-running operation is asked about.
func poll() *runtime.PollUntilDoneOptions {
	return &runtime.PollUntilDoneOptions{Frequency: time.Second}
}

// IsElsewhere reports whether the workspace is on another machine.
func (c *Client) IsElsewhere() bool { return !c.local }
