package pipelinesapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/internal/workspace"
)

// fault is an answer that is no success.
type fault struct {
	status  int
	code    string
	message string
	details []detail
}

func (f *fault) Error() string { return f.code + ": " + f.message }

// detail is one of several faults of one request.
type detail struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Target  string `json:"target,omitempty"`
}

func badRequest(format string, args ...any) *fault {
	return &fault{status: http.StatusBadRequest, code: "UserError", message: fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) *fault {
	return &fault{status: http.StatusNotFound, code: "NotFound", message: fmt.Sprintf(format, args...)}
}

func notImplemented(format string, args ...any) *fault {
	message := fmt.Sprintf(format, args...) + " is not implemented by the embedded workspace"
	return &fault{status: http.StatusNotImplemented, code: "NotImplemented", message: message}
}

// fail answers with an error, in the shape that the data plane's services have
// in common. What is not the client's doing is logged, and the client is told
// no more than that.
func (c *call) fail(err error) {
	f := c.fault(err)
	inner := map[string]any{"code": f.code, "message": f.message}
	if len(f.details) > 0 {
		inner["details"] = f.details
	}
	if f.status == http.StatusMethodNotAllowed || f.status >= http.StatusInternalServerError {
		inner["target"] = c.r.URL.Path
	}
	c.w.Header().Set("x-ms-error-code", f.code)
	if err := c.reply(f.status, map[string]any{"error": inner, "time": wireTime(c.Now())}); err != nil {
		c.Log.Error("answer with a fault", "error", err)
	}
}

func (c *call) fault(err error) *fault {
	var f *fault
	var wrong *arm.Fault
	var invalid *arm.Invalid
	var refused *workspace.Refused
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &wrong):
		return badRequest("%v", wrong)
	case errors.As(err, &invalid):
		return refusal(invalid.Error(), invalid.Faults)
	case errors.As(err, &refused):
		return refusal(refused.Error(), refused.Faults)
	case errors.Is(err, workspace.ErrNotFound):
		return notFound("%v", err)
	case errors.Is(err, workspace.ErrConflict):
		return &fault{status: http.StatusConflict, code: "Conflict", message: err.Error()}
	case errors.Is(err, workspace.ErrInvalid):
		return badRequest("%v", err)
	case c.ctx().Err() != nil:
		return &fault{status: 499, code: "RequestCanceled", message: "the client went away"}
	}
	c.Log.Error("request failed", "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	return &fault{status: http.StatusInternalServerError, code: "ServiceError", message: "the server could not do this; its log says why"}
}

// refusal lists the faults of a definition.
func refusal(message string, faults diag.List) *fault {
	f := &fault{status: http.StatusBadRequest, code: "UserError", message: message}
	for _, d := range faults {
		if d.Severity == diag.Error {
			f.details = append(f.details, detail{Code: string(d.Code), Message: withHint(d.Message, d.Hint), Target: d.Path})
		}
	}
	return f
}

func withHint(message, hint string) string {
	if hint == "" {
		return message
	}
	return message + "; " + hint
}

// reply sends v as JSON; nil sends no body.
func (c *call) reply(status int, v any) error {
	var text []byte
	if v != nil {
		var err error
		if text, err = json.Marshal(v); err != nil {
			return fmt.Errorf("write the answer of %s %s: %w", c.r.Method, c.r.URL.Path, err)
		}
		c.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	c.w.WriteHeader(status)
	_, _ = c.w.Write(text) // whoever asked may be gone
	return nil
}

// wireTime is a time as these services write it; nil for none.
func wireTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("2006-01-02T15:04:05.999999Z07:00")
	return &text
}
