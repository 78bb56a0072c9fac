package entra

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"time"
)

const (
	codeLife     = 15 * time.Minute
	pollInterval = 5 * time.Second
)

// verdict is what the person said to a device code.
type verdict int

const (
	pending verdict = iota
	approved
	declined
	redeemed
)

// deviceCode is one attempt to sign in.
type deviceCode struct {
	user     string // the code that is typed
	clientID string
	tenant   string
	scopes   []string
	expires  time.Time
	polled   time.Time
	verdict  verdict
	who      User
}

// deviceReply is a device code on the wire.
type deviceReply struct {
	User     string `json:"user_code"`
	Device   string `json:"device_code"`
	Page     string `json:"verification_uri"`
	Seconds  int    `json:"expires_in"`
	Interval int    `json:"interval"`
	Message  string `json:"message"`
}

// deviceCode starts a sign-in that is finished in a browser.
func (d *Directory) deviceCode(w http.ResponseWriter, r *http.Request, name string) {
	q, f := d.deviceRequest(w, r, name)
	if f != nil {
		d.refuse(w, r, f)
		return
	}
	code := &deviceCode{
		user: userCode(), clientID: q.clientID, tenant: q.tenant, scopes: q.scopes, expires: d.config.Now().Add(codeLife),
	}
	if d.config.Open {
		code.verdict = approved
		code.who, _ = d.user("") // the first one always is
	}
	device := randomText(96)
	d.mu.Lock()
	d.forget()
	d.codes[device] = code
	d.mu.Unlock()
	d.reply(w, r, http.StatusOK, d.deviceReply(code.user, device))
}

func (d *Directory) deviceRequest(w http.ResponseWriter, r *http.Request, name string) (*request, *fault) {
	tenant, ok := d.tenantOf(name)
	if !ok {
		return nil, unknownTenant("invalid_request", name)
	}
	values, f := form(w, r)
	if f != nil {
		return nil, f
	}
	q := &request{tenant: tenant, form: values}
	if f := q.identify(r); f != nil {
		return nil, f
	}
	app, ok := d.app(q.clientID)
	if !ok {
		return nil, unknownApp(q.clientID, tenant)
	}
	if f := q.want(grantDevice); f != nil {
		return nil, f
	}
	return q, d.consent(q, app)
}

func (d *Directory) deviceReply(user, device string) deviceReply {
	page := d.config.Login + "/devicelogin"
	message := fmt.Sprintf("To sign in, use a web browser to open the page %s and enter the code %s to authenticate.", page, user)
	if d.config.Open {
		message = fmt.Sprintf("Nothing to do: this is a stand-in of Microsoft Entra ID, and the code %s is approved already.", user)
	}
	return deviceReply{
		User: user, Device: device, Page: page, Seconds: int(codeLife.Seconds()), Interval: int(pollInterval.Seconds()), Message: message,
	}
}

// grantCode gives a token for a device code, once it is approved.
func (d *Directory) grantCode(q *request, app App) (any, *fault) {
	proof, f := d.prove(q, app, grantDevice)
	if f != nil {
		return nil, f
	}
	device := q.form.Get("device_code")
	if device == "" {
		return nil, missing("device_code")
	}
	code, f := d.redeem(device, app.ClientID)
	if f != nil {
		return nil, f
	}
	q.tenant, q.scopes = code.tenant, code.scopes
	if f := q.resourceOf(strings.Join(q.scopes, " ")); f != nil {
		return nil, f
	}
	who := grantee{Principal: Principal{ClientID: app.ClientID, ObjectID: code.who.ObjectID, User: code.who.Name}, tenant: q.tenant, proof: proof}
	return d.answer(q, who, d.session(q, who))
}

// redeem takes an approved code, which is gone then.
func (d *Directory) redeem(device, clientID string) (*deviceCode, *fault) {
	now := d.config.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	code := d.codes[device]
	switch {
	case code == nil || !strings.EqualFold(code.clientID, clientID):
		return nil, codeFault("bad_verification_code", 70018, "Invalid verification code due to User typing in wrong user code for device code flow.")
	case code.verdict == redeemed:
		return nil, codeFault("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed, please retry with a new valid code "+
			"or use an existing refresh token.")
	case !now.Before(code.expires):
		return nil, codeFault("expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid. "+
			"This device code has expired.")
	case code.verdict == declined:
		return nil, codeFault("authorization_declined", 70022, "The end user denied the authorization request.")
	case code.verdict == approved:
		code.verdict = redeemed
		return code, nil
	}
	return nil, code.poll(now)
}

// poll refuses a client that asks before there is an answer, and more so one
// that asks too often.
func (c *deviceCode) poll(now time.Time) *fault {
	last := c.polled
	c.polled = now
	if !last.IsZero() && now.Sub(last) < pollInterval {
		return codeFault("slow_down", 70022, "The client polls more often than the interval that it was given.")
	}
	return codeFault("authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending. Continue polling.")
}

func codeFault(word string, code int, text string) *fault {
	return &fault{status: 400, word: word, code: code, text: text}
}

// Approve says yes to a device code, for the first user of the directory.
func (d *Directory) Approve(userCode string) error { return d.ApproveAs(userCode, "") }

// ApproveAs says yes to a device code as one user of the directory.
func (d *Directory) ApproveAs(userCode, name string) error {
	who, err := d.user(name)
	if err != nil {
		return err
	}
	return d.decide(userCode, approved, who)
}

// Deny says no to a device code.
func (d *Directory) Deny(userCode string) error { return d.decide(userCode, declined, User{}) }

func (d *Directory) decide(userCode string, v verdict, who User) error {
	userCode = strings.ToUpper(strings.TrimSpace(userCode))
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, code := range d.codes {
		if code.user == userCode && code.verdict == pending && d.config.Now().Before(code.expires) {
			code.verdict, code.who = v, who
			return nil
		}
	}
	return fmt.Errorf("no device code %q waits for an answer", userCode)
}

// forget drops codes and refresh tokens that nobody can use any more. The
// caller holds the lock.
func (d *Directory) forget() {
	now := d.config.Now()
	for device, code := range d.codes {
		if now.Sub(code.expires) > codeLife { // kept for a while, to say that it expired
			delete(d.codes, device)
		}
	}
	for token, s := range d.refresh {
		if now.Sub(s.used) > 2*refreshLife {
			delete(d.refresh, token)
		}
	}
}

// userCode is what a person types: without vowels and letters that look alike.
func userCode() string {
	const letters = "BCDFGHJKLMNPQRSTVWXZ23456789"
	code := make([]byte, 9)
	for i := range code {
		for {
			var one [1]byte
			_, _ = rand.Read(one[:]) // never fails: it ends the program instead
			if n := int(one[0]); n < 256-256%len(letters) {
				code[i] = letters[n%len(letters)]
				break
			}
		}
	}
	return string(code)
}

// randomText is n random bytes as text that stands in URLs.
func randomText(n int) string {
	raw := make([]byte, n)
	_, _ = rand.Read(raw) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(raw)
}

// deviceForm is the page on which a code is typed.
func deviceForm() *template.Template {
	return template.Must(template.New("device").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in to a device</title>
<h1>Enter code</h1>
{{with .}}<p role="status">{{.}}</p>{{end}}
<form method="post" action="/devicelogin" autocomplete="off">
<label>Code <input name="otc" maxlength="9" required autofocus></label>
<label>User <input name="login"></label>
<button name="answer" value="yes">Continue</button>
<button name="answer" value="no">Cancel</button>
</form></html>
`))
}

func (d *Directory) devicePage(w http.ResponseWriter, _ *http.Request) {
	showForm(w, http.StatusOK, "")
}

// deviceAnswer is the form sent.
func (d *Directory) deviceAnswer(w http.ResponseWriter, r *http.Request) {
	values, f := form(w, r)
	if f != nil {
		showForm(w, f.status, f.text)
		return
	}
	var err error
	if values.Get("answer") == "no" {
		err = d.Deny(values.Get("otc"))
	} else {
		err = d.ApproveAs(values.Get("otc"), values.Get("login"))
	}
	if err != nil {
		showForm(w, http.StatusBadRequest, "That code or user is not known here.")
		return
	}
	showForm(w, http.StatusOK, "You may close this window now.")
}

func showForm(w http.ResponseWriter, status int, message string) {
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'")
	w.WriteHeader(status)
	_ = deviceForm().Execute(w, message) // the browser may be gone
}
