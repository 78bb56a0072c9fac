package identity

import (
	"context"
	"net/http"
	"net/url"
	"strings"
)

// tenant is the directory to sign in to: the one given, else the one that the
// service names when it refuses a request without a token.
func (c *Credential) tenant(ctx context.Context) (string, error) {
	if c.o.Tenant != "" {
		return c.o.Tenant, nil
	}
	try := attempt{doing: "find out the tenant"}
	if c.o.Probe == "" && c.o.ClientID == "" {
		return "", nil // a user belongs to one
	}
	if c.o.Probe == "" {
		return "", try.fault(UnknownTenant, "", "none is given", "write tenant_id into the configuration")
	}
	tracedCtx, e := traced(ctx)
	resp, err := get(tracedCtx, c.o.pipeline(), c.o.Probe, "")
	if err != nil {
		return "", try.explain(ctx, err, e, c.o.Now())
	}
	_ = resp.Body.Close() // the header says it all
	ch := challengeOf(resp.Header)
	if resp.StatusCode == http.StatusUnauthorized && ch.tenant() != "" {
		c.o.Tenant = ch.tenant()
		return c.o.Tenant, nil
	}
	if r := read(e.body); resp.StatusCode == http.StatusNotFound || resp.StatusCode == http.StatusBadRequest {
		return "", try.fault(UnknownTenant, r.code, e.host+" does not know the subscription", "check subscription_id and the cloud, or write tenant_id into the configuration")
	}
	if resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= http.StatusInternalServerError {
		return "", try.explain(ctx, nil, e, c.o.Now())
	}
	return "", try.fault(UnknownTenant, "", e.host+" does not name it", "write tenant_id into the configuration")
}

// challenge are the parameters of a WWW-Authenticate header, lower-case names.
type challenge map[string]string

// challengeOf is the Bearer challenge among the headers.
func challengeOf(h http.Header) challenge {
	for _, text := range h.Values("WWW-Authenticate") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
		if strings.EqualFold(scheme, "Bearer") {
			return parameters(rest)
		}
	}
	return challenge{}
}

// parameters reads name="value" pairs; commas between them may be missing, as
// in some of Azure's answers.
func parameters(text string) challenge {
	found := challenge{}
	for {
		name, rest, ok := strings.Cut(strings.TrimLeft(text, " ,\t"), "=")
		if !ok {
			return found
		}
		var value string
		if quoted, isQuoted := strings.CutPrefix(rest, `"`); isQuoted {
			value, text, _ = strings.Cut(quoted, `"`)
		} else {
			end := strings.IndexAny(rest, " ,")
			if end < 0 {
				end = len(rest)
			}
			value, text = rest[:end], rest[end:]
		}
		found[strings.ToLower(strings.TrimSpace(name))] = value
	}
}

// tenant is the first part of the path of the address to sign in at. The host
// is not looked at: where to sign in is the cloud's to say, not a stranger's.
func (c challenge) tenant() string {
	for _, name := range []string{"authorization_uri", "authorization"} {
		u, err := url.Parse(c[name])
		if err != nil {
			continue
		}
		tenant, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		if tenantForm.MatchString(tenant) && tenant != "common" && tenant != "organizations" {
			return tenant
		}
	}
	return ""
}
