package azure

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// What errors of this package may be, for errors.Is.
var (
	// ErrUnreachable: nobody answers at the endpoint, or not for long.
	ErrUnreachable = errors.New("it cannot be reached")
	// ErrDenied: whoever answers does not let us.
	ErrDenied = errors.New("not allowed")
	// ErrNotFound: what was asked for is not there.
	ErrNotFound = errors.New("not found")
)

// Fault is an answer that was no success.
type Fault struct {
	Status        int
	Code, Message string
	// After is how long the service asks to be left alone; 0 when it does not.
	After time.Duration
	// Details are the parts of it, each with its place before it.
	Details []string
}

// Error is the message in one line; details have lines of their own.
func (f *Fault) Error() string {
	text := f.Message
	if text == "" {
		text = http.StatusText(f.Status)
	}
	if f.Code != "" && !strings.Contains(text, f.Code) {
		text += fmt.Sprintf(" (%d %s)", f.Status, f.Code)
	}
	if f.After > 0 {
		text += fmt.Sprintf("; try again in %s", f.After)
	}
	if len(f.Details) > 1 {
		text += "\n  " + strings.Join(f.Details, "\n  ")
	}
	return text
}

// Is sorts faults by their status.
func (f *Fault) Is(target error) bool {
	switch f.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return target == ErrDenied
	case http.StatusNotFound:
		return target == ErrNotFound
	}
	return false
}

// envelope is ARM's form of an error.
type envelope struct{ Error part }

// part is an error, or one of those that it consists of.
type part struct {
	Code, Message, Target string
	Details               []part
}

// cause is the first of the errors that one which only sums up consists of: the
// deployment of a template fails because a resource of it cannot be made, and
// has that resource's own answer as its message.
func (p part) cause() part {
	for range maxCauses {
		var inner envelope
		switch {
		case json.Unmarshal([]byte(p.Message), &inner) == nil && inner.Error.Message != "":
			p = inner.Error
		case strings.HasSuffix(p.Code, "DeploymentFailed") && len(p.Details) > 0,
			p.Code == "InvalidTemplateDeployment" && len(p.Details) > 0:
			p = p.Details[0]
		default:
			return p
		}
	}
	return p
}

// maxCauses bounds errors within errors.
const maxCauses = 10

// doing says what failed, in our words, and with the service's reason.
func doing(what string, err error) error {
	var r *azcore.ResponseError
	bare(err)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &r):
		return fmt.Errorf("%s: %w", what, faultOf(r))
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", what, err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w: no answer in time: %w", what, ErrUnreachable, err)
	case isNetwork(err):
		return fmt.Errorf("%s: %w: %w", what, ErrUnreachable, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

func faultOf(r *azcore.ResponseError) *Fault {
	f := &Fault{Status: r.StatusCode, Code: r.ErrorCode}
	if r.RawResponse == nil {
		return f
	}
	f.After = retryAfter(r.RawResponse)
	body, err := runtime.Payload(r.RawResponse)
	if err != nil {
		return f
	}
	var e envelope
	if json.Unmarshal(body, &e) != nil {
		return f
	}
	cause := e.Error.cause()
	f.Message = cause.Message
	if cause.Code != "" && cause.Code != e.Error.Code {
		f.Code = cause.Code
	}
	for _, d := range cause.Details {
		text := d.Message
		if d.Target != "" {
			text = d.Target + ": " + text
		}
		f.Details = append(f.Details, text)
	}
	return f
}

// retryAfter is how long a busy service wants not to be asked.
func retryAfter(r *http.Response) time.Duration {
	if r.StatusCode != http.StatusTooManyRequests && r.StatusCode != http.StatusServiceUnavailable {
		return 0
	}
	seconds, err := strconv.ParseUint(r.Header.Get("Retry-After"), 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// bare takes the query from the address that an error of the network names: with
// that of storage, which is signed, everybody who reads the error could write
// there.
func bare(err error) {
	var request *url.Error
	if !errors.As(err, &request) {
		return
	}
	u, wrong := url.Parse(request.URL)
	if wrong != nil {
		request.URL = "an address"
		return
	}
	request.URL = (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// isNetwork reports whether err came about before anybody answered.
func isNetwork(err error) bool {
	var request *url.Error
	var connection *net.OpError
	return errors.As(err, &request) || errors.As(err, &connection) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

func isMissing(err error) bool {
	var r *azcore.ResponseError
	return errors.As(err, &r) && r.StatusCode == http.StatusNotFound
}
