package armapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/hosts"
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
	// id is the request's, for the log and the client.
	id string
}

func (c *call) ctx() context.Context { return c.r.Context() }

// serve finds the operation and does it.
func (c *call) serve() error {
	op, vars, err := c.routes.match(c.r.Method, c.r.URL)
	if err != nil {
		return err
	}
	c.op, c.vars = op, vars
	c.scope = scopeOf(vars)
	if op.handle == nil {
		return &fault{
			status: http.StatusNotImplemented, code: "NotImplemented",
			message: fmt.Sprintf("%s is not implemented by the embedded workspace", op.Name),
		}
	}
	if err := c.checkWorkspace(); err != nil {
		return err
	}
	return op.handle(c)
}

// identify gives the answer an id of its own, and the client's id for the
// request back.
func (c *call) identify() {
	c.id = uuid.NewString()
	c.header.Set("x-ms-request-id", c.id)
	c.header.Set("x-ms-correlation-request-id", c.id)
	const most = 128
	if id := c.r.Header.Get("x-ms-client-request-id"); id != "" && len(id) <= most {
		c.header.Set("x-ms-client-request-id", id)
	}
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
	text, err := c.optionalBody()
	if err == nil && text == nil {
		err = badRequest("InvalidRequestContent", "the request has no body")
	}
	return text, err
}

// optionalBody is body for a request that may have none; then it is nil.
func (c *call) optionalBody() (json.RawMessage, error) {
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
	case len(bytes.TrimSpace(text)) == 0:
		return nil, nil
	}
	if tooMany(text) {
		return nil, &fault{
			status: http.StatusRequestEntityTooLarge, code: "RequestContentTooLarge",
			message: fmt.Sprintf("the body has more than %d values", maxValues),
		}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, badRequest("InvalidRequestContent", "the body is not a JSON object: %v", err)
	}
	if object == nil {
		return nil, badRequest("InvalidRequestContent", "the body is null, and not a JSON object")
	}
	return text, nil
}

// maxValues bounds the values of a body: one that is read into nodes takes
// hundreds of bytes for each, and a body has room for millions.
const maxValues = 1 << 20

// tooMany reports whether a text of JSON has more values than are taken. All but
// the first value of an object or array follow a comma.
func tooMany(text []byte) bool {
	if len(text) <= maxValues {
		return false
	}
	values, quoted := 0, false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++ // only texts have any
		case '"':
			quoted = !quoted
		case ',', '[', '{':
			if !quoted {
				values++
			}
		}
	}
	return values > maxValues
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
	c.header.Set("Cache-Control", "no-cache")
	for name, values := range c.header {
		c.w.Header()[name] = values
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(text) // whoever asked may be gone
	return nil
}

// base is the address under which the client sees the resource manager.
func (c *call) base() string { return hosts.Of(c.r).Manager }

// data is the address under which the client sees the data plane.
func (c *call) data() string { return hosts.Of(c.r).Data }
