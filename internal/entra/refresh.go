package entra

import (
	"fmt"
	"strings"
	"time"
)

// refreshLife is how long a refresh token is good unused.
const refreshLife = 90 * 24 * time.Hour

// session is what a refresh token stands for.
type session struct {
	who    grantee
	since  time.Time // when the person signed in
	issued time.Time
	used   time.Time
}

// session gives a refresh token, if the client asked to stay signed in.
func (d *Directory) session(q *request, who grantee) string {
	if !q.asks("offline_access") {
		return ""
	}
	now := d.config.Now()
	return d.keep(&session{who: who, since: now, issued: now, used: now})
}

func (d *Directory) keep(s *session) string {
	token := "1." + randomText(96)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.forget()
	d.refresh[token] = s
	return token
}

// grantAgain gives a token for a refresh token, and another refresh token. The
// one that was used stays good, as at the service: clients run side by side
// with one cache between them.
func (d *Directory) grantAgain(q *request, app App) (any, *fault) {
	proof, f := d.prove(q, app, grantRefresh)
	if f != nil {
		return nil, f
	}
	token := q.form.Get("refresh_token")
	if token == "" {
		return nil, missing("refresh_token")
	}
	if f := q.want(grantRefresh); f != nil {
		return nil, f
	}
	s, f := d.resume(token, app)
	if f != nil {
		return nil, f
	}
	if f := d.consent(q, app); f != nil {
		return nil, f
	}
	who := s.who
	who.ClientID, who.tenant, who.proof = app.ClientID, q.tenant, proof
	now := d.config.Now()
	return d.answer(q, who, d.keep(&session{who: who, since: s.since, issued: now, used: now}))
}

// resume finds what a refresh token stands for, and that it still does.
func (d *Directory) resume(token string, app App) (session, *fault) {
	now := d.config.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.refresh[token]
	switch {
	case s == nil && d.config.Open:
		u, _ := d.user("") // the first one always is
		return session{who: grantee{Principal: Principal{ObjectID: u.ObjectID, User: u.Name}}, since: now}, nil
	case s == nil:
		return session{}, refreshFault(9002313, "Invalid request. Request is malformed or invalid.")
	case !s.belongs(app):
		return session{}, refreshFault(700005, "Provided Authorization Code is intended to use against other tenant or client, thus rejected.")
	case now.Sub(s.used) >= refreshLife:
		return session{}, refreshFault(70008, fmt.Sprintf("The refresh token has expired due to inactivity. The token was issued on %s and was "+
			"inactive for 90.00:00:00.", s.issued.UTC().Format(time.RFC3339)))
	case d.revoked[strings.ToLower(s.who.User)].After(s.since):
		return session{}, refreshFault(50173, fmt.Sprintf("The provided grant has expired due to it being revoked, a fresh auth token is needed. "+
			"The user might have changed or reset their password. The grant was issued on '%s' and the TokensValidFrom date (before which "+
			"tokens are not valid) for this user is '%s'.", s.since.UTC().Format(time.RFC3339), d.revoked[strings.ToLower(s.who.User)].UTC().Format(time.RFC3339)))
	}
	s.used = now
	return *s, nil
}

// belongs tells whether an app may use the refresh token: its own, or one that
// another client of Microsoft's family got.
func (s *session) belongs(app App) bool {
	return strings.EqualFold(s.who.ClientID, app.ClientID) || firstParty(s.who.ClientID) && firstParty(app.ClientID)
}

// Revoke ends all sessions of a user, as a new password does: their refresh
// tokens are AADSTS50173 from now on.
func (d *Directory) Revoke(user string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	// A session of this very moment ends, too.
	d.revoked[strings.ToLower(user)] = d.config.Now().Add(time.Nanosecond)
}

func refreshFault(code int, text string) *fault {
	sub := "bad_token"
	if code == 50173 {
		sub = ""
	}
	return &fault{status: 400, word: "invalid_grant", code: code, text: text, sub: sub}
}
