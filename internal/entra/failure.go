package entra

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// Failure is trouble that a test makes.
type Failure struct {
	// Status is answered instead of the truth; 0 is none.
	Status int
	// RetryAfter goes with Status, in whole seconds.
	RetryAfter time.Duration
	// Body is what is answered; the door's own words for Status when "".
	Body string
	// Wait passes before anything else happens.
	Wait time.Duration
	// Cut closes the connection without an answer.
	Cut bool
	// Half does what was asked, and closes the connection in the middle of the
	// answer.
	Half bool
}

type failer func(r *http.Request) *Failure

// Fail makes requests to the directory, its managed identity and its vaults
// fail as f says; nil for those that shall pass. A nil f ends it.
func (d *Directory) Fail(f func(r *http.Request) *Failure) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = f
}

// failing is next, with the trouble that Fail asks for, in the shape of the door.
func (d *Directory) failing(next http.Handler, shape func(d *Directory, w http.ResponseWriter, r *http.Request, f *Failure)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.mu.Lock()
		fail := d.fail
		d.mu.Unlock()
		if fail == nil {
			next.ServeHTTP(w, r)
			return
		}
		f := fail(r)
		if f == nil || f.elapse(r) && f.none() {
			next.ServeHTTP(w, r)
			return
		}
		switch {
		case f.Half:
			half(w, r, next)
		case f.Cut || f.Status == 0:
			panic(http.ErrAbortHandler) // what net/http closes a connection for, silently
		case f.Body != "":
			f.header(w)
			w.WriteHeader(f.Status)
			_, _ = w.Write([]byte(f.Body)) // the client may be gone
		default:
			shape(d, w, r, f)
		}
	})
}

// none tells a failure that is over when its time has passed.
func (f *Failure) none() bool { return f.Status == 0 && !f.Cut && !f.Half }

// elapse waits, and tells whether the client did, too.
func (f *Failure) elapse(r *http.Request) bool {
	if f.Wait <= 0 {
		return true
	}
	timer := time.NewTimer(f.Wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (f *Failure) header(w http.ResponseWriter) {
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", seconds(f.RetryAfter))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
}

// loginFailure is how the login host words trouble of its own.
func loginFailure(d *Directory, w http.ResponseWriter, r *http.Request, f *Failure) {
	out := fault{status: f.Status, word: "server_error", code: 50000, wait: f.RetryAfter,
		text: "There's an issue with our sign-in service."}
	switch f.Status {
	case http.StatusTooManyRequests:
		out.word, out.code = "temporarily_unavailable", 90055
		out.text = "Tenant throttled: there are too many incoming requests."
	case http.StatusServiceUnavailable, http.StatusGatewayTimeout, http.StatusBadGateway:
		out.word, out.code = "temporarily_unavailable", 90033
		out.text = "A transient error has occurred. Please try again."
	}
	d.refuse(w, r, &out)
}

// half answers up to the middle, under the length of the whole.
func half(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := &kept{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(whole, r)
	for name, values := range whole.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(whole.body.Len()))
	w.WriteHeader(whole.status)
	_, _ = w.Write(whole.body.Bytes()[:whole.body.Len()/2]) // it is to be cut anyway
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	panic(http.ErrAbortHandler)
}

// kept is an answer that is not sent yet.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header            { return k.header }
func (k *kept) WriteHeader(status int)         { k.status = status }
func (k *kept) Write(text []byte) (int, error) { return k.body.Write(text) }
