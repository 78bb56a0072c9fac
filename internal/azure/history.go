package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// details are what run history tells of one run.
type details struct {
	Status   string            `json:"status"`
	LogFiles map[string]string `json:"logFiles"`
	Error    *struct {
		Error struct{ Code, Message string } `json:"error"`
	} `json:"error"`
	Properties map[string]string `json:"properties"`
}

// child is a step of a run, or a step of a pipeline within it.
type child struct {
	RunID       string `json:"runId"`
	ParentRunID string `json:"parentRunId"`
	DisplayName string `json:"displayName"`
	Status      string `json:"status"`
}

// page is a part of a list.
type page struct {
	Value    []child `json:"value"`
	NextLink string  `json:"nextLink"`
}

// api is the address of the data plane, where run history is. The workspace
// says where its own description is, and that says the rest.
func (c *Client) api(ctx context.Context) (string, error) {
	return c.dataPlane.get(func() (string, error) {
		s := c.target.Scope
		w, err := c.clients.NewWorkspacesClient().Get(ctx, s.ResourceGroup, s.Workspace, nil)
		if err != nil {
			return "", err
		}
		if w.Properties == nil || w.Properties.DiscoveryURL == nil || *w.Properties.DiscoveryURL == "" {
			return "", errors.New("the workspace does not say where its data plane is")
		}
		var services map[string]string
		if err := c.unsigned(ctx, *w.Properties.DiscoveryURL, &services); err != nil {
			return "", err
		}
		address := strings.TrimSuffix(services["api"], "/")
		if local, err := checkEndpoint(address); err != nil {
			return "", err
		} else if local && !c.local {
			return "", fmt.Errorf("%s is on this machine, and the workspace is not", address)
		}
		return address, nil
	})
}

// unsigned reads JSON from an address that is open to all.
func (c *Client) unsigned(ctx context.Context, address string, v any) error {
	req, err := runtime.NewRequest(ctx, http.MethodGet, address)
	if err != nil {
		return err
	}
	res, err := c.plain.Do(req) //nolint:bodyclose // decode closes it
	if err != nil {
		return err
	}
	return decode(res, v)
}

func decode(res *http.Response, v any) error {
	defer runtime.Drain(res)
	if !runtime.HasStatusCode(res, http.StatusOK) {
		return runtime.NewResponseError(res)
	}
	return runtime.UnmarshalAsJSON(res, v)
}

// history asks run history, with the token.
func (c *Client) history(ctx context.Context, path string, v any) error {
	api, err := c.api(ctx)
	if err != nil {
		return err
	}
	return c.signed(ctx, api+"/history/v1.0"+c.target.Scope.String()+path, v)
}

func (c *Client) signed(ctx context.Context, address string, v any) error {
	req, err := runtime.NewRequest(ctx, http.MethodGet, address)
	if err != nil {
		return err
	}
	res, err := c.resource.Pipeline().Do(req) //nolint:bodyclose // decode closes it
	if err != nil {
		return err
	}
	return decode(res, v)
}

func (c *Client) details(ctx context.Context, run string) (details, error) {
	var d details
	err := c.history(ctx, "/runs/"+url.PathEscape(run)+"/details", &d)
	return d, err
}

// maxPages bounds a list of children that a confused server never ends.
const maxPages = 1000

func (c *Client) children(ctx context.Context, run string) ([]child, error) {
	var p page
	err := c.history(ctx, "/runs/"+url.PathEscape(run)+"/children", &p)
	list := p.Value
	for n := 0; err == nil && p.NextLink != "" && n < maxPages; n++ {
		next := p.NextLink
		// The token goes to the data plane and nowhere else.
		if api, err := c.api(ctx); err != nil || !sameHost(api, next) {
			return nil, errors.Join(err, errors.New("the rest of a list is on another host"))
		}
		p = page{}
		err = c.signed(ctx, next, &p)
		list = append(list, p.Value...)
	}
	return list, err
}

// logNames are the names of a step's output, the one that is looked for first
// first.
func logNames() []string { return []string{"user_logs/std_log.txt", "azureml-logs/70_driver_log.txt"} }

// logOf is the address of a step's output; empty when there is none yet.
func (d details) logOf() string {
	for _, name := range logNames() {
		if address := d.LogFiles[name]; address != "" {
			return address
		}
	}
	for name, address := range d.LogFiles {
		if strings.HasPrefix(name, "user_logs/std_log") || strings.HasPrefix(name, "azureml-logs/70_driver_log") {
			return address
		}
	}
	return ""
}

// exitStatus finds the exit status of a step in what is said of its failure.
func (d details) exitStatus() *int {
	if text := d.Properties["ischia.exit_code"]; text != "" {
		if n, err := strconv.Atoi(text); err == nil {
			return &n
		}
	}
	if d.Error == nil {
		return nil
	}
	form := regexp.MustCompile(`(?i)(?:status code|exit code|exit status|exited with status|exited with)\s*:?\s*(-?\d{1,10})`)
	m := form.FindStringSubmatch(d.Error.Error.Message)
	if m == nil {
		return nil
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return nil
	}
	return &n
}

// tail is what was added to a text behind an address since it had offset
// bytes. The address is signed itself, unless it is one of the data plane, which
// is shown the token.
func (c *Client) tail(ctx context.Context, address string, offset int64) (io.ReadCloser, error) {
	if _, err := checkEndpoint(address); err != nil {
		return nil, errors.New("a log is at no address that may be read")
	}
	req, err := runtime.NewRequest(ctx, http.MethodGet, address)
	if err != nil {
		return nil, err
	}
	runtime.SkipBodyDownload(req)
	if offset > 0 {
		req.Raw().Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	pipeline := c.plain
	if api, err := c.api(ctx); err == nil && sameHost(api, address) {
		pipeline = c.resource.Pipeline()
	}
	res, err := pipeline.Do(req)
	if err != nil {
		return nil, err
	}
	switch res.StatusCode {
	case http.StatusPartialContent:
		return res.Body, nil
	case http.StatusOK:
		if _, err := io.CopyN(io.Discard, res.Body, offset); err != nil {
			_ = res.Body.Close()
			return http.NoBody, nil // it is shorter than what was read: it was begun anew
		}
		return res.Body, nil
	case http.StatusRequestedRangeNotSatisfiable, http.StatusNotFound:
		runtime.Drain(res)
		return http.NoBody, nil
	}
	err = runtime.NewResponseError(res)
	runtime.Drain(res)
	return nil, err
}

// UnmarshalJSON takes what history says and passes over what it does not know: a
// property that is no text is left out.
func (d *details) UnmarshalJSON(text []byte) error {
	type plain details
	var loose struct {
		plain
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal(text, &loose); err != nil {
		return err
	}
	*d = details(loose.plain)
	d.Properties = map[string]string{}
	for k, v := range loose.Properties {
		if s, ok := v.(string); ok {
			d.Properties[k] = s
		}
	}
	return nil
}
