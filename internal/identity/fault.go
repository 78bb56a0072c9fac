package identity

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// attempt is one try to get a token, for the texts of its failure.
type attempt struct {
	doing  string // "sign in as the service principal APP"
	app    string
	tenant string
	place  string // where its secret lies
	login  string // the command that signs in anew
}

// fill puts facts into a text of the table.
func (a attempt) fill(text string) string {
	return strings.NewReplacer("{app}", a.app, "{tenant}", a.tenant, "{place}", cmp.Or(a.place, "its place"),
		"{login}", cmp.Or(a.login, "ischia login")).Replace(text)
}

func (a attempt) fault(kind Kind, code, cause, fix string) *Error {
	return &Error{Kind: kind, Code: code, Doing: a.doing, Cause: a.fill(cause), Fix: a.fill(fix)}
}

// explain makes the one line of what an exchange and the SDK's error say. The
// end of ctx is passed on as it is.
func (a attempt) explain(ctx context.Context, err error, e *exchange, now time.Time) error {
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", a.doing, ctx.Err())
	case e.err != nil:
		return a.unreachable(e)
	case e.status == http.StatusTooManyRequests:
		return a.throttled(e, now)
	case e.status >= http.StatusInternalServerError:
		return a.fault(Unavailable, "", fmt.Sprintf("%s failed (status %d)", e.host, e.status), "try again later")
	case e.status >= http.StatusBadRequest:
		return a.refused(read(e.body), e, now)
	case e.status >= http.StatusMultipleChoices:
		return a.fault(Unreachable, "", fmt.Sprintf("%s answered with status %d, as a proxy or a captive portal does", e.host, e.status), "check the network and its proxy")
	}
	return a.fault(Refused, "", firstSentence(err), "")
}

// refused explains an answer by its code, else by its word, else in its words.
func (a attempt) refused(r refusal, e *exchange, now time.Time) *Error {
	known, ok := a.advice(r)
	fault := a.fault(known.kind, r.code, known.cause, known.fix)
	if !ok {
		fault = a.fault(Refused, r.code, cmp.Or(r.text, r.word, fmt.Sprintf("%s answered with status %d", e.host, e.status)), "")
	}
	if fault.Kind == ExpiredSecret && r.ended() != "" {
		fault.Cause += " on " + r.ended()
	}
	if skew := e.skew(now); skew != "" && (fault.Kind == Clock || !ok) {
		fault.Kind, fault.Cause, fault.Fix = Clock, fault.Cause+", and "+skew, "set this machine's clock right"
	}
	fault.Claims = r.claims
	return fault
}

func (a attempt) advice(r refusal) (advice, bool) {
	for _, known := range advices() {
		if r.code != "" && slices.Contains(known.codes, r.code) {
			return known, true
		}
	}
	if r.code != "" && r.word != "invalid_grant" && r.word != "interaction_required" && r.word != "authorization_declined" {
		return advice{}, false
	}
	known, ok := words()[r.word]
	return known, ok
}

func (a attempt) throttled(e *exchange, now time.Time) *Error {
	fix := "wait for some minutes and try again"
	if wait := retryAfter(e.header, now); wait > 0 {
		fix = "try again in " + wait.Round(time.Second).String()
	}
	return a.fault(Throttled, "", e.host+" says that there were too many requests", fix)
}

// retryAfter is how long to wait, by a header that holds seconds or a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 && seconds < 1e6 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// maxSkew is what Microsoft Entra lets pass.
const maxSkew = 5 * time.Minute

// skew says by how much this machine's clock is wrong; "" if it is right.
func (e *exchange) skew(now time.Time) string {
	if e.date.IsZero() {
		return ""
	}
	switch by := now.Sub(e.date).Round(time.Minute); {
	case by > maxSkew:
		return fmt.Sprintf("this machine's clock is %s ahead of %s", span(by), e.host)
	case by < -maxSkew:
		return fmt.Sprintf("this machine's clock is %s behind %s", span(-by), e.host)
	}
	return ""
}

// span is a duration in the words of a clock.
func span(d time.Duration) string { return strings.TrimSuffix(d.String(), "0s") }

// unreachable explains a request that got no answer.
func (a attempt) unreachable(e *exchange) *Error {
	var dns *net.DNSError
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var record tls.RecordHeaderError
	switch {
	case errors.As(e.err, &invalid) && invalid.Reason == x509.Expired:
		return a.fault(Clock, "", "the certificate of "+e.host+" is not valid at the time of this machine's clock", "set the clock right")
	case errors.As(e.err, &unknown), errors.As(e.err, &name), errors.As(e.err, &invalid), errors.As(e.err, &record):
		return a.fault(Unreachable, "", "the certificate of "+e.host+" is not trusted here", "if a proxy opens connections, name its authority in SSL_CERT_FILE")
	case errors.As(e.err, &dns):
		return a.fault(Unreachable, "", "the name "+e.host+" cannot be resolved", "check the network, and HTTPS_PROXY if there is a proxy")
	case errors.Is(e.err, context.DeadlineExceeded):
		return a.fault(Unreachable, "", e.host+" does not answer in time", "check the network, and HTTPS_PROXY if there is a proxy")
	}
	return a.fault(Unreachable, "", e.host+" cannot be reached", "check the network, and HTTPS_PROXY if there is a proxy")
}

// firstSentence is as much of the SDK's error as belongs in one line.
func firstSentence(err error) string {
	if err == nil {
		return "there is no token in the answer"
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
