package entra

import (
	"net/http"
	"net/url"
	"strings"
)

// authority is one cloud's login service, under all names it has.
type authority struct {
	Network string   `json:"preferred_network"`
	Cache   string   `json:"preferred_cache"`
	Aliases []string `json:"aliases"`
}

// authorities are the clouds there are, and this directory's own host if it is
// none of theirs.
func (d *Directory) authorities() []authority {
	all := []authority{
		{"login.microsoftonline.com", "login.windows.net",
			[]string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}},
		{"login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn",
			[]string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}},
		{"login.microsoftonline.us", "login.microsoftonline.us", []string{"login.microsoftonline.us", "login.usgovcloudapi.net"}},
	}
	if host := d.host(); !isAuthority(all, host) {
		all = append(all, authority{host, host, []string{host}})
	}
	return all
}

func isAuthority(all []authority, host string) bool {
	for _, a := range all {
		for _, alias := range a.Aliases {
			if strings.EqualFold(alias, host) {
				return true
			}
		}
	}
	return false
}

// host is that of the login address.
func (d *Directory) host() string {
	_, host, _ := strings.Cut(d.config.Login, "://")
	host, _, _ = strings.Cut(host, "/")
	return host
}

// instance tells a client whether the host it wants to sign in at is
// Microsoft's, so that it does not hand its secrets to just anybody.
func (d *Directory) instance(w http.ResponseWriter, r *http.Request, _ string) {
	asked, err := url.Parse(r.URL.Query().Get("authorization_endpoint"))
	if err != nil || asked.Scheme != "https" || !isAuthority(d.authorities(), asked.Host) {
		d.refuse(w, r, &fault{status: 400, word: "invalid_instance", code: 50049, text: "Unknown or invalid instance."})
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.Path, "/"), "/")
	d.reply(w, r, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": d.config.Login + "/" + url.PathEscape(tenant) + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata":                  d.authorities(),
	})
}

// openID is the document that names a tenant's endpoints.
func (d *Directory) openID(oauth string, issuer func(string) string) door {
	return func(w http.ResponseWriter, r *http.Request, name string) {
		tenant, ok := d.tenantOf(name)
		if !ok {
			d.refuse(w, r, unknownTenant("invalid_tenant", name))
			return
		}
		if named := strings.ToLower(name); named == "common" || named == "organizations" {
			tenant = "{tenantid}" // as the service writes it: the issuer is known when the person is
		}
		at := d.config.Login + "/" + url.PathEscape(name)
		d.reply(w, r, http.StatusOK, map[string]any{
			"issuer":                                issuer(tenant),
			"authorization_endpoint":                at + oauth + "/authorize",
			"token_endpoint":                        at + oauth + "/token",
			"device_authorization_endpoint":         at + "/oauth2/v2.0/devicecode",
			"end_session_endpoint":                  at + oauth + "/logout",
			"jwks_uri":                              at + "/discovery/v2.0/keys",
			"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
			"response_modes_supported":              []string{"query", "fragment", "form_post"},
			"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
			"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
			"subject_types_supported":               []string{"pairwise"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
			"claims_supported":                      []string{"sub", "iss", "aud", "exp", "iat", "name", "tid", "ver", "oid", "preferred_username"},
			"request_uri_parameter_supported":       false,
			"tenant_region_scope":                   "WW",
			"cloud_instance_name":                   cloudName(d.host()),
		})
	}
}

// cloudName is the domain of a login host.
func cloudName(host string) string { return strings.TrimPrefix(host, "login.") }

// keys are those to check signatures with.
func (d *Directory) keys(w http.ResponseWriter, r *http.Request, name string) {
	if _, ok := d.tenantOf(name); !ok {
		d.refuse(w, r, unknownTenant("invalid_tenant", name))
		return
	}
	d.reply(w, r, http.StatusOK, map[string]any{"keys": d.webKeys()})
}

// realm tells where a person's password would be checked: here, not at an
// organisation's own service.
func (d *Directory) realm(w http.ResponseWriter, r *http.Request, user string) {
	_, domain, _ := strings.Cut(user, "@")
	d.reply(w, r, http.StatusOK, map[string]any{
		"ver": "1.0", "account_type": "Managed", "domain_name": domain,
		"cloud_instance_name": cloudName(d.host()), "cloud_audience_urn": "urn:federation:MicrosoftOnline",
	})
}
