package identity

import (
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/internal/mask"
)

// Kind is a sort of failure.
type Kind string

// What can go wrong. The text of an [Error] may change, these do not.
const (
	WrongSecret   Kind = "wrong-secret"
	ExpiredSecret Kind = "expired-secret"
	UnknownApp    Kind = "unknown-app"
	UnknownTenant Kind = "unknown-tenant"
	NoConsent     Kind = "no-consent"
	Policy        Kind = "policy" // conditional access, or a second factor
	Clock         Kind = "clock"
	Throttled     Kind = "throttled"
	NoVault       Kind = "no-vault"
	NoSecret      Kind = "no-secret"
	Denied        Kind = "denied"
	Expired       Kind = "expired" // a sign-in that was kept, here or by the Azure CLI
	Declined      Kind = "declined"
	CodeExpired   Kind = "code-expired"
	Unreachable   Kind = "unreachable"
	NoSignIn      Kind = "no-sign-in" // and nobody to ask
	BadSetting    Kind = "bad-setting"
	Unavailable   Kind = "unavailable" // the other side failed
	Refused       Kind = "refused"     // for another reason, which the text tells
)

// Error is why signing in failed, in one line.
type Error struct {
	Kind Kind
	// Code is Microsoft Entra's (AADSTS7000215), or the key vault's, if there is one.
	Code string
	// Doing is what was being done, Cause the first real cause, and Fix what to
	// do about it.
	Doing, Cause, Fix string
	// Claims are those that a new sign-in has to satisfy, if the other side said.
	Claims string
}

// Error is the one line.
func (e *Error) Error() string {
	line := e.Doing + ": " + e.Cause
	if e.Code != "" {
		line += " (" + e.Code + ")"
	}
	if e.Fix != "" {
		line += "; " + e.Fix
	}
	return line
}

// NonRetriable tells the SDK that trying again does not help: what may be
// tried again was.
func (*Error) NonRetriable() {}

// masked is the error without secrets, each part on one line.
func (e *Error) masked(m *mask.Masker) *Error {
	clean := *e
	for _, part := range []*string{&clean.Code, &clean.Doing, &clean.Cause, &clean.Fix} {
		// Once more, as what is taken out may have parted a secret.
		*part = m.String(oneLine(m.String(*part)))
	}
	clean.Cause = cmp.Or(clean.Cause, "no reason is given")
	return &clean
}

// maxPart bounds each part of an error: nobody reads more in one line.
const maxPart = 400

// colour is what is left of a terminal's language; the line is read elsewhere, too.
var colour = regexp.MustCompile(`\x1b\[[0-9;:]*m`)

// oneLine is text that may come from anywhere, fit to be shown.
func oneLine(text string) string {
	text = colour.ReplaceAllString(mask.CleanTerminal(text), "")
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxPart {
		return text
	}
	cut := maxPart
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "..."
}
