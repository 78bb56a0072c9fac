package armapi

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// fault is an answer that is no success, in ARM's shape.
type fault struct {
	status  int
	code    string
	message string
	target  string
	details []detail
}

func (f *fault) Error() string { return f.code + ": " + f.message }

// detail is one of several faults of one request.
type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
}

// badRequest refuses what the client asks for, for good.
func badRequest(code, format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, code: code, message: fmt.Sprintf(format, args...)}
}

// notFound is ARM's answer about a resource that is not there.
func notFound(format string, args ...any) *fault {
	return &fault{status: http.StatusNotFound, code: "ResourceNotFound", message: fmt.Sprintf(format, args...)}
}

// conflict refuses what the state of things does not allow.
func conflict(format string, args ...any) *fault {
	return &fault{status: http.StatusConflict, code: "Conflict", message: fmt.Sprintf(format, args...)}
}

// unsupported says of a request whose operation is answered that this form of
// it is not.
func unsupported(format string, args ...any) *fault {
	return &fault{status: http.StatusNotImplemented, code: "NotImplemented", message: fmt.Sprintf(format, args...)}
}

// fail answers with an error. What is not the client's doing is logged, and
// the client is told no more than that.
func (c *call) fail(err error) {
	f := c.fault(err)
	c.header.Set("x-ms-error-code", f.code)
	body := map[string]any{"code": f.code, "message": f.message}
	if f.target != "" {
		body["target"] = f.target
	}
	if len(f.details) > 0 {
		body["details"] = f.details
	}
	if c.op == nil {
		c.op = &Operation{Name: "unknown"}
	}
	if err := c.reply(f.status, map[string]any{"error": body}); err != nil {
		c.Log.Error("answer with a fault", "error", err)
	}
}

// fault is what the client is told about an error.
func (c *call) fault(err error) *fault {
	var f *fault
	var wrong *arm.Fault
	var invalid *arm.Invalid
	var refused *workspace.Refused
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &wrong):
		return &fault{status: http.StatusBadRequest, code: "UserError", message: wrong.Error(), target: wrong.Path}
	case errors.As(err, &invalid):
		return refusal(invalid.Error(), invalid.Faults)
	case errors.As(err, &refused):
		return refusal(refused.Error(), refused.Faults)
	case errors.Is(err, workspace.ErrNotFound):
		return notFound("%v", err)
	case errors.Is(err, workspace.ErrConflict):
		return conflict("%v", err)
	case errors.Is(err, workspace.ErrInvalid):
		return badRequest("UserError", "%v", err)
	case c.ctx().Err() != nil:
		return &fault{status: 499, code: "RequestCanceled", message: "the client went away"}
	}
	name := ""
	if c.op != nil {
		name = c.op.Name
	}
	c.Log.Error("request failed", "operation", name, "path", c.r.URL.Path, "request", c.id, "error", err)
	return &fault{status: http.StatusInternalServerError, code: "InternalServerError", message: "the server could not do this; its log says why"}
}

// refusal lists the faults of a definition.
func refusal(message string, faults diag.List) *fault {
	f := &fault{status: http.StatusBadRequest, code: "UserError", message: message}
	for _, d := range faults {
		if d.Severity == diag.Error {
			f.details = append(f.details, detail{Code: string(d.Code), Message: d.Message, Target: d.Path})
		}
	}
	return f
}
