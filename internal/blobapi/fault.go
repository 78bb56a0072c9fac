package blobapi

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// fault is an answer that says no, in the words of the protocol.
type fault struct {
	status  int
	code    string
	message string
}

func (f *fault) Error() string { return f.code + ": " + f.message }

func no(status int, code, message string, args ...any) error {
	return &fault{status, code, fmt.Sprintf(message, args...)}
}

// The faults that several operations have.
func authenticationFailed(why string) error {
	return no(http.StatusForbidden, "AuthenticationFailed",
		"Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature. %s", why)
}

func permissionMismatch() error {
	return no(http.StatusForbidden, "AuthorizationPermissionMismatch",
		"This request is not authorized to perform this operation using this permission.")
}

func notImplemented(what string) error {
	return no(http.StatusNotImplemented, "NotImplemented", "%s is not supported by the embedded workspace.", what)
}

func badHeader(name, why string) error {
	return no(http.StatusBadRequest, "InvalidHeaderValue",
		"The value for one of the HTTP headers is not in the correct format: %s: %s", name, why)
}

func badQuery(name, why string) error {
	return no(http.StatusBadRequest, "InvalidQueryParameterValue",
		"Value for one of the query parameters specified in the request URI is invalid: %s: %s", name, why)
}

func badURI(why string) error {
	return no(http.StatusBadRequest, "InvalidUri", "The requested URI does not represent any resource on the server: %s.", why)
}

func blobNotFound() error {
	return no(http.StatusNotFound, "BlobNotFound", "The specified blob does not exist.")
}

func containerNotFound() error {
	return no(http.StatusNotFound, "ContainerNotFound", "The specified container does not exist.")
}

func conditionNotMet() error {
	return no(http.StatusPreconditionFailed, "ConditionNotMet",
		"The condition specified using HTTP conditional header(s) is not met.")
}

// errorBody is a fault as it travels.
type errorBody struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
}

// fail answers with an error. What went wrong on our side is logged, and not
// told.
func (c *call) fail(err error) {
	f, ok := errors.AsType[*fault](err)
	switch {
	case ok:
	case errors.Is(err, workspace.ErrInvalid):
		f = &fault{http.StatusBadRequest, "InvalidUri", "The requested URI does not represent any resource on the server."}
	default:
		f = &fault{http.StatusInternalServerError, "InternalError", "The server encountered an internal error. Please retry the request."}
		c.h.log.ErrorContext(c.r.Context(), "storage request failed",
			"operation", c.op.name, "request", c.id, "method", c.r.Method, "path", c.r.URL.Path, "error", err)
	}
	head := c.w.Header()
	head.Set("X-Ms-Error-Code", f.code)
	if f.status == http.StatusNotModified || c.r.Method == http.MethodHead {
		c.w.WriteHeader(f.status)
		return
	}
	message := fmt.Sprintf("%s\nRequestId:%s\nTime:%s", f.message, c.id, c.now.UTC().Format(time.RFC3339Nano))
	c.xml(f.status, errorBody{Code: f.code, Message: message})
}
