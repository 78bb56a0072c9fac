package identity

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// moduleName and moduleVersion say in requests who sends them.
const (
	moduleName    = "ischia"
	moduleVersion = "v0.6.0"
)

// exchange is the last request of a sign-in and what became of it. The SDK's
// errors keep a text of that, cut and decorated; the cause is read from here.
type exchange struct {
	host   string
	status int
	header http.Header
	body   []byte // of a refusal
	date   time.Time
	err    error
}

type exchangeKey struct{}

// traced is ctx whose requests are noted in the exchange.
func traced(ctx context.Context) (context.Context, *exchange) {
	e := &exchange{}
	return context.WithValue(ctx, exchangeKey{}, e), e
}

// witness is a transport that notes exchanges.
type witness struct{ next policy.Transporter }

// maxRefusal bounds what is kept of the body of a refusal.
const maxRefusal = 64 << 10

func (w witness) Do(r *http.Request) (*http.Response, error) {
	resp, err := w.next.Do(r)
	e, _ := r.Context().Value(exchangeKey{}).(*exchange)
	if e == nil {
		return resp, err
	}
	*e = exchange{host: r.URL.Hostname(), err: err}
	if err != nil {
		return resp, lasting(err)
	}
	e.status, e.header = resp.StatusCode, resp.Header
	e.date, _ = http.ParseTime(resp.Header.Get("Date"))
	if resp.StatusCode >= http.StatusBadRequest {
		rest := resp.Body
		e.body, err = io.ReadAll(io.LimitReader(rest, maxRefusal))
		resp.Body = body{io.MultiReader(bytes.NewReader(e.body), rest), rest}
	}
	return resp, err
}

// body is a body of which a part was read before.
type body struct {
	io.Reader
	io.Closer
}

// lasting marks an error that another try will not change.
func lasting(err error) error {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return lastingError{err}
	}
	return err
}

type lastingError struct{ error }

func (e lastingError) Unwrap() error { return e.error }

// NonRetriable tells the SDK not to try again.
func (lastingError) NonRetriable() {}

// patience: whoever is told to wait for longer than this is told to the user.
const patience = 20 * time.Second

// client are the SDK's options for every request of a sign-in.
func (o Options) client() azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     o.Cloud.sdk(),
		Transport: witness{staying(o.Transport)},
		Retry: policy.RetryOptions{
			MaxRetries: 2, RetryDelay: 500 * time.Millisecond, MaxRetryDelay: patience, TryTimeout: 30 * time.Second,
		},
		Telemetry: policy.TelemetryOptions{ApplicationID: moduleName},
	}
}

// staying is a transport that does not follow redirects: those that answer here
// send none, and a request may hold a secret. Nil is one of our own.
func staying(t policy.Transporter) policy.Transporter {
	client, ok := t.(*http.Client)
	switch {
	case t == nil:
		client = &http.Client{}
	case !ok:
		return t
	}
	stays := *client
	stays.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &stays
}

// pipeline is for requests of our own.
func (o Options) pipeline() runtime.Pipeline {
	c := o.client()
	return runtime.NewPipeline(moduleName, moduleVersion, runtime.PipelineOptions{}, &c)
}

// get sends one GET, with a token unless it is "".
func get(ctx context.Context, p runtime.Pipeline, address, token string) (*http.Response, error) {
	req, err := runtime.NewRequest(ctx, http.MethodGet, address)
	if err != nil {
		return nil, err
	}
	req.Raw().Header.Set("Accept", "application/json")
	if token != "" {
		req.Raw().Header.Set("Authorization", "Bearer "+token)
	}
	return p.Do(req)
}
