package entra

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// ManagedIdentity answers for an IDENTITY_ENDPOINT: it gives whoever knows
// header tokens of the machine's own identity, which is the directory's first
// app, or one made up for it.
//
// It has two shapes: App Service's (api-version 2019-08-01, X-IDENTITY-HEADER)
// and the older one of MSI_ENDPOINT (2017-09-01, secret), which Azure ML's
// computes use to this day.
func (d *Directory) ManagedIdentity(header string) http.Handler {
	want := sha256.Sum256([]byte(header))
	door := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		status, text := d.checkManaged(r, want)
		if status != 0 {
			writeJSON(w, status, managedFault{status, text})
			return
		}
		query := r.URL.Query()
		who, ok := d.managed(query)
		if !ok {
			writeJSON(w, http.StatusBadRequest, managedFault{http.StatusBadRequest,
				"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId."})
			return
		}
		d.giveManaged(w, query.Get("resource"), who)
	})
	return d.failing(door, managedFailure)
}

type managedFault struct {
	Status  int    `json:"statusCode"`
	Message string `json:"message"`
}

// The versions of the two shapes, with the header that proves in each that the
// request was not made by a page or a server that was talked into it.
const (
	managedNew = "2019-08-01"
	managedOld = "2017-09-01"
)

func (d *Directory) checkManaged(r *http.Request, want [sha256.Size]byte) (int, string) {
	if r.Method != http.MethodGet {
		return http.StatusMethodNotAllowed, "The identity endpoint answers GET requests only."
	}
	query := r.URL.Query()
	name := "X-IDENTITY-HEADER"
	switch query.Get("api-version") {
	case managedNew:
	case managedOld:
		name = "secret"
	default:
		return http.StatusBadRequest, "The api-version '" + query.Get("api-version") + "' is not supported."
	}
	given := sha256.Sum256([]byte(r.Header.Get(name)))
	if subtle.ConstantTimeCompare(given[:], want[:]) != 1 {
		return http.StatusUnauthorized, "The " + name + " header is missing or not the one of this identity."
	}
	resource := query.Get("resource")
	if resource == "" {
		return http.StatusBadRequest, "The parameter 'resource' is missing."
	}
	if !d.knows(resource) {
		return http.StatusBadRequest, "AADSTS500011: The resource principal named " + resource + " was not found in the tenant named " + d.config.Tenant + "."
	}
	return 0, ""
}

// managed is the identity that a request asks for.
func (d *Directory) managed(query url.Values) (Principal, bool) {
	clientID := query.Get("client_id")
	if clientID == "" {
		clientID = query.Get("clientid") // the older shape
	}
	object := query.Get("object_id") + query.Get("principal_id")
	if clientID == "" && object == "" {
		return d.ownIdentity(), query.Get("mi_res_id") == "" || d.config.Open
	}
	for _, app := range d.config.Apps {
		who := complete(grantee{Principal: app.as()}).Principal
		if strings.EqualFold(who.ClientID, clientID) || clientID == "" && strings.EqualFold(who.ObjectID, object) {
			return who, true
		}
	}
	return Principal{ClientID: clientID, ObjectID: object}, d.config.Open
}

func (d *Directory) ownIdentity() Principal {
	if len(d.config.Apps) > 0 {
		return d.config.Apps[0].as()
	}
	return Principal{ClientID: madeID("managed identity\n" + d.config.Tenant)}
}

// giveManaged writes the token. Its time is in seconds in both shapes: App
// Service on Windows wrote a date in the older one, which not every client reads.
func (d *Directory) giveManaged(w http.ResponseWriter, resource string, who Principal) {
	token, expires, err := d.access(resource, grantee{Principal: who, tenant: d.config.Tenant, proof: "2"}, "")
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, managedFault{http.StatusInternalServerError, err.Error()})
		return
	}
	writeJSON(w, http.StatusOK, map[string]string{
		"access_token": token, "expires_on": strconv.FormatInt(expires.Unix(), 10), "resource": resource,
		"token_type": "Bearer", "client_id": complete(grantee{Principal: who}).ClientID,
	})
}

func managedFailure(_ *Directory, w http.ResponseWriter, _ *http.Request, f *Failure) {
	f.header(w)
	writeJSON(w, f.Status, managedFault{f.Status, http.StatusText(f.Status)})
}
