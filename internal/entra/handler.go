package entra

import (
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// Handler answers for the login host.
func (d *Directory) Handler() http.Handler {
	// Not a ServeMux, which redirects where the service says what is wrong.
	return d.failing(http.HandlerFunc(d.serve), loginFailure)
}

func (d *Directory) serve(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + strings.ToLower(r.URL.Path) {
	case "GET /devicelogin":
		d.devicePage(w, r)
	case "POST /devicelogin":
		d.deviceAnswer(w, r)
	case "GET /error":
		d.explain(w, r)
	default:
		d.tenantDoor(w, r)
	}
}

// tenantDoor serves what stands below a tenant. The service does not heed case
// in its paths, and clients make use of that.
func (d *Directory) tenantDoor(w http.ResponseWriter, r *http.Request) {
	tenant, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	rest = strings.ToLower(rest)
	if user, ok := strings.CutPrefix(rest, "userrealm/"); ok && strings.EqualFold(tenant, "common") {
		d.realm(w, r, user)
		return
	}
	serve, known := d.doors()[rest]
	if !known {
		http.NotFound(w, r)
		return
	}
	serve(w, r, tenant)
}

type door func(w http.ResponseWriter, r *http.Request, tenant string)

func (d *Directory) doors() map[string]door {
	return map[string]door{
		"discovery/instance":                    d.instance,
		".well-known/openid-configuration":      d.openID("/oauth2", d.issuer1),
		"v2.0/.well-known/openid-configuration": d.openID("/oauth2/v2.0", d.issuer2),
		"discovery/keys":                        d.keys,
		"discovery/v2.0/keys":                   d.keys,
		"oauth2/token":                          d.token(true),
		"oauth2/v2.0/token":                     d.token(false),
		"oauth2/v2.0/devicecode":                d.deviceCode,
		"oauth2/authorize":                      d.authorize,
		"oauth2/v2.0/authorize":                 d.authorize,
	}
}

// tenantOf is the id of the directory that a path names, and false when there
// is none such. An open directory is whatever tenant a client believes in.
func (d *Directory) tenantOf(name string) (string, bool) {
	name = strings.ToLower(name)
	switch {
	case name == d.config.Tenant || name == "common" || name == "organizations":
		return d.config.Tenant, true
	case !d.config.Open || name == "consumers" || name == "":
		return "", false
	case uuid.Validate(name) == nil && len(name) == len(d.config.Tenant):
		return name, true
	}
	return d.config.Tenant, true // a domain's name
}

// authorize is where a browser would be sent. There is nobody's password here.
func (d *Directory) authorize(w http.ResponseWriter, _ *http.Request, _ string) {
	http.Error(w, "This stand-in of Microsoft Entra ID has no page to sign in on. Use a device code (az login --use-device-code), "+
		"a client secret or a managed identity.", http.StatusNotImplemented)
}

// explain is where error_uri points.
func (d *Directory) explain(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "https://learn.microsoft.com/entra/identity-platform/reference-error-codes", http.StatusFound)
}
