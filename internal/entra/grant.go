package entra

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// token serves the token endpoint, of version 1 (old) or 2.
func (d *Directory) token(old bool) door {
	return func(w http.ResponseWriter, r *http.Request, name string) {
		answer, f := d.grant(w, r, name, old)
		if f != nil {
			d.refuse(w, r, f)
			return
		}
		d.reply(w, r, http.StatusOK, answer)
	}
}

// grant checks a request in the service's order: tenant, form, app, proof,
// resource, consent.
func (d *Directory) grant(w http.ResponseWriter, r *http.Request, name string, old bool) (any, *fault) {
	tenant, ok := d.tenantOf(name)
	if !ok {
		return nil, unknownTenant("invalid_request", name)
	}
	values, f := form(w, r)
	if f != nil {
		return nil, f
	}
	q := &request{tenant: tenant, old: old, form: values}
	kind := values.Get("grant_type")
	if kind == "" {
		return nil, missing("grant_type")
	}
	if f := q.identify(r); f != nil {
		return nil, f
	}
	app, ok := d.app(q.clientID)
	if !ok {
		return nil, unknownApp(q.clientID, tenant)
	}
	return d.dispatch(q, app, kind)
}

func (d *Directory) dispatch(q *request, app App, kind string) (any, *fault) {
	switch {
	case kind == grantClient:
		return d.grantApp(q, app)
	case kind == grantRefresh:
		return d.grantAgain(q, app)
	case (kind == grantDevice || kind == grantDeviceOld) && !q.old:
		return d.grantCode(q, app)
	}
	return nil, unsupportedGrant(kind)
}

// grantApp gives an app a token of its own.
func (d *Directory) grantApp(q *request, app App) (any, *fault) {
	proof, f := d.prove(q, app, grantClient)
	if f != nil {
		return nil, f
	}
	if f := q.want(grantClient); f != nil {
		return nil, f
	}
	if f := d.consent(q, app); f != nil {
		return nil, f
	}
	return d.answer(q, grantee{Principal: app.as(), tenant: q.tenant, proof: proof}, "")
}

// consent checks that there is such a resource, and that the app may use it.
func (d *Directory) consent(q *request, app App) *fault {
	if !d.knows(q.resource) {
		return unknownResource(q.resource, q.tenant)
	}
	if app.denied(q.resource) {
		return noConsent(app.ClientID)
	}
	return nil
}

// prove checks that the client is the app it says, and tells how it did.
func (d *Directory) prove(q *request, app App, kind string) (string, *fault) {
	assertion := q.form.Get("client_assertion")
	switch {
	case d.config.Open && (q.secret != "" || assertion != ""):
		return "1", nil
	case assertion != "":
		return "2", d.checkAssertion(app, q.form.Get("client_assertion_type"), assertion)
	case q.hasSecret && app.public():
		return "", publicSecret(app.ClientID)
	case q.secret != "":
		return "1", d.checkSecret(app, q.secret)
	case app.public() && kind != grantClient:
		return "0", nil
	}
	return "", noCredential(kind)
}

// checkSecret compares with all secrets of the app, always all, in a time that
// tells nothing about them.
func (d *Directory) checkSecret(app App, given string) *fault {
	hash := sha256.Sum256([]byte(given))
	good, late := 0, 0
	for _, s := range app.Secrets {
		want := sha256.Sum256([]byte(s.Value))
		same := subtle.ConstantTimeCompare(hash[:], want[:])
		if !s.Expires.IsZero() && !d.config.Now().Before(s.Expires) {
			late |= same
			continue
		}
		good |= same
	}
	switch {
	case good == 1:
		return nil
	case late == 1:
		return expiredSecret(app.ClientID)
	}
	return wrongSecret(app.ClientID)
}

// granted is a token on the wire, as version 2 of the endpoint has it.
type granted struct {
	Type       string `json:"token_type"`
	Scope      string `json:"scope,omitempty"`
	Seconds    int    `json:"expires_in"`
	ExtSeconds int    `json:"ext_expires_in"`
	Access     string `json:"access_token"`
	Refresh    string `json:"refresh_token,omitempty"`
	Identity   string `json:"id_token,omitempty"`
	ClientInfo string `json:"client_info,omitempty"`
	Family     string `json:"foci,omitempty"`
}

// grantedOld is the same of version 1, which writes numbers as texts.
type grantedOld struct {
	Type       string `json:"token_type"`
	Scope      string `json:"scope,omitempty"`
	Seconds    string `json:"expires_in"`
	ExtSeconds string `json:"ext_expires_in"`
	Expires    string `json:"expires_on"`
	NotBefore  string `json:"not_before"`
	Resource   string `json:"resource"`
	Access     string `json:"access_token"`
	Refresh    string `json:"refresh_token,omitempty"`
	Identity   string `json:"id_token,omitempty"`
}

// answer makes the tokens. A refresh token is given with it when there is one.
func (d *Directory) answer(q *request, who grantee, refresh string) (any, *fault) {
	token, expires, err := d.access(q.resource, who, "")
	if err != nil {
		return nil, internal(err)
	}
	left := max(0, int(d.config.Life.Seconds())-1) // the service says 3599 of an hour, too
	g := granted{Type: "Bearer", Seconds: left, ExtSeconds: left, Access: token, Refresh: refresh}
	if who.User != "" {
		g.Scope = strings.Join(append(q.scopes, q.resource+"/user_impersonation"), " ")
		if f := d.person(q, who, &g); f != nil {
			return nil, f
		}
	}
	if q.old {
		return g.old(q.resource, expires, d.config.Now()), nil
	}
	return g, nil
}

// person adds what tells the client who signed in.
func (d *Directory) person(q *request, who grantee, g *granted) *fault {
	var err error
	if q.asks("openid") || q.old {
		if g.Identity, err = d.identity(who); err != nil {
			return internal(err)
		}
	}
	if q.form.Get("client_info") == "1" {
		info, err := json.Marshal(map[string]string{"uid": complete(who).ObjectID, "utid": who.tenant})
		if err != nil {
			return internal(err)
		}
		g.ClientInfo = base64.RawURLEncoding.EncodeToString(info)
	}
	if firstParty(who.ClientID) {
		g.Family = "1"
	}
	return nil
}

func (q *request) asks(scope string) bool {
	for _, one := range q.scopes {
		if strings.EqualFold(one, scope) {
			return true
		}
	}
	return false
}

func (g granted) old(resource string, expires, now time.Time) grantedOld {
	left := strconv.Itoa(g.Seconds)
	o := grantedOld{
		Type: g.Type, Seconds: left, ExtSeconds: left, Resource: resource,
		Expires: strconv.FormatInt(expires.Unix(), 10), NotBefore: strconv.FormatInt(now.Add(-backdate).Unix(), 10),
		Access: g.Access, Refresh: g.Refresh, Identity: g.Identity,
	}
	if g.Refresh != "" {
		o.Scope = "user_impersonation"
	}
	return o
}

func internal(err error) *fault {
	return &fault{status: 500, word: "server_error", code: 50000, text: "There was an error issuing a token: " + err.Error() + "."}
}
