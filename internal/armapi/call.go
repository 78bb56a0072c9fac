package armapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// call is one request while it is answered.
type call struct {
	*Handler
	w http.ResponseWriter
	r *http.Request
	// op is the operation that was asked for.
	op *Operation
	// vars are the path's parameters, unescaped and checked as names, by the
	// table's names of them: {workspaceName}.
	vars map[string]string
	// scope is the workspace or registry of the path. Of what lies above them
	// parts are empty.
	scope workspace.Scope
	// header goes out with the answer.
	header http.Header
}

func (c *call) ctx() context.Context { return c.r.Context() }

// serve finds the operation and does it.
func (c *call) serve() error {
	op, vars, err := c.routes.match(c.r.Method, c.r.URL)
	if err != nil {
		return err
	}
	c.op, c.vars = op, vars
	for name, value := range vars {
		if err := workspace.CheckName(value); err != nil {
			return badRequest("InvalidResourceName", "%s: %v", name, err)
		}
	}
	c.scope = scopeOf(vars)
	if op.handle == nil {
		return &fault{
			status: http.StatusNotImplemented, code: "NotImplemented",
			message: fmt.Sprintf("%s is not implemented by the embedded workspace", op.Name),
		}
	}
	return op.handle(c)
}

// scopeOf is the workspace or registry that a path names.
func scopeOf(vars map[string]string) workspace.Scope {
	if name := vars["registryName"]; name != "" {
		return workspace.RegistryScope(name)
	}
	return workspace.Scope{
		Subscription: vars["subscriptionId"], ResourceGroup: vars["resourceGroupName"], Workspace: vars["workspaceName"],
	}
}

// query is a parameter of the query; names are compared exactly.
func (c *call) query(name string) string { return c.r.URL.Query().Get(name) }

// body reads the request's body, which must be a JSON object.
func (c *call) body() (json.RawMessage, error) {
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.MaxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, &fault{
			status: http.StatusRequestEntityTooLarge, code: "RequestContentTooLarge",
			message: fmt.Sprintf("the body has more than %d bytes", tooLarge.Limit),
		}
	case err != nil:
		return nil, badRequest("BadRequest", "read the body: %v", err)
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil || object == nil {
		return nil, badRequest("InvalidRequestContent", "the body is not a JSON object: %v", err)
	}
	return text, nil
}

// decode reads the body into v, one of the SDK's models, and returns its text.
func (c *call) decode(v any) (json.RawMessage, error) {
	text, err := c.body()
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return nil, badRequest("InvalidRequestContent", "the body: %v", err)
	}
	return text, nil
}

// reply sends v as JSON; nil sends no body.
func (c *call) reply(status int, v any) error {
	var text []byte
	if v != nil {
		var err error
		if text, err = json.Marshal(v); err != nil {
			return fmt.Errorf("write the answer of %s: %w", c.op.Name, err)
		}
		c.header.Set("Content-Type", "application/json; charset=utf-8")
	}
	for name, values := range c.header {
		c.w.Header()[name] = values
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(text) // whoever asked may be gone
	return nil
}

// base is the address under which the client reached this server.
func (c *call) base() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host
}

// page is the address of the rest of a list, from position skip.
func (c *call) page(skip string) string {
	q := c.r.URL.Query()
	q.Set("$skip", skip)
	u := url.URL{Path: c.r.URL.Path, RawQuery: q.Encode()}
	return c.base() + u.String()
}
