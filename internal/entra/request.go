package entra

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

const (
	grantClient  = "client_credentials"
	grantRefresh = "refresh_token"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	// grantDeviceOld is what MSAL for Go sends; the service takes both.
	grantDeviceOld = "device_code"

	// bodyLimit is far above any request for a token; assertions are some KiB.
	bodyLimit = 64 << 10
)

// request is what a client asks of the token or device code endpoint.
type request struct {
	tenant    string // the directory's id, however the path named it
	old       bool   // version 1 of the endpoint: resource, not scope
	form      url.Values
	clientID  string
	secret    string
	hasSecret bool
	resource  string   // the audience, without /.default
	scopes    []string // as asked for
}

// form reads the body of a request. One that is not a form has no parameters,
// and so lacks the first: that is how the service sees it too.
func form(w http.ResponseWriter, r *http.Request) (url.Values, *fault) {
	if r.Method != http.MethodPost {
		return nil, wrongMethod(r.Method)
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, missing("grant_type")
	}
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		return nil, &fault{status: 400, word: "invalid_request", code: 90013, text: "Invalid input received from the user."}
	}
	values, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, &fault{status: 400, word: "invalid_request", code: 90013, text: "Invalid input received from the user."}
	}
	for name, all := range values {
		if len(all) > 1 {
			return nil, doubled(name)
		}
	}
	return values, nil
}

// identify reads which client asks, from the form or from Basic credentials.
func (q *request) identify(r *http.Request) *fault {
	q.clientID, q.secret, q.hasSecret = q.form.Get("client_id"), q.form.Get("client_secret"), q.form.Has("client_secret")
	if name, password, ok := r.BasicAuth(); ok {
		id, err1 := url.QueryUnescape(name)
		secret, err2 := url.QueryUnescape(password)
		if err1 == nil && err2 == nil && (q.clientID == "" || q.clientID == id) {
			q.clientID, q.secret, q.hasSecret = id, secret, true
		}
	}
	if q.clientID == "" {
		return missing("client_id")
	}
	return nil
}

// want reads for which resource a token is asked: version 1 names it, version 2
// has it in front of each scope.
func (q *request) want(grant string) *fault {
	if q.old {
		if q.resource = q.form.Get("resource"); q.resource == "" {
			return missing("resource")
		}
		q.scopes = []string{"user_impersonation"}
		return nil
	}
	scope := q.form.Get("scope")
	if q.scopes = strings.Fields(scope); len(q.scopes) == 0 {
		return missing("scope")
	}
	if grant == grantClient && !q.onlyDefault() {
		return notDefaultScope(scope)
	}
	return q.resourceOf(scope)
}

const defaultScope = "/.default"

// onlyDefault tells whether /.default of resources is asked for and nothing
// else. OpenID's own scopes do not count: MSAL for Go sends them always.
func (q *request) onlyDefault() bool {
	found := false
	for _, one := range q.scopes {
		if !reserved(one) && !strings.HasSuffix(one, defaultScope) {
			return false
		}
		found = found || !reserved(one)
	}
	return found
}

// resourceOf finds the one resource that all scopes are of.
func (q *request) resourceOf(scope string) *fault {
	for _, one := range q.scopes {
		if reserved(one) {
			continue
		}
		at := strings.LastIndexByte(one, '/')
		if at <= 0 || !plausible(one[:at]) {
			return badScope(one)
		}
		if q.resource != "" && q.resource != one[:at] {
			return manyResources(scope)
		}
		q.resource = one[:at]
	}
	if q.resource == "" {
		return noResource(scope)
	}
	return nil
}

// reserved tells the scopes that are OpenID's, of no resource.
func reserved(scope string) bool {
	return slices.Contains([]string{"openid", "profile", "offline_access", "email"}, strings.ToLower(scope))
}

// plausible tells whether a text can name a resource: a GUID or an absolute URI.
func plausible(resource string) bool {
	if uuid.Validate(resource) == nil {
		return true
	}
	u, err := url.Parse(resource)
	return err == nil && u.Scheme != "" && u.Host != "" && u.User == nil
}

// azureResources are the hosts of services that every directory knows; below
// those with a dot in front, accounts and vaults are resources too.
func azureResources() []string {
	return []string{
		"management.azure.com", "management.core.windows.net", "ml.azure.com", "ai.azure.com", "vault.azure.net", "storage.azure.com",
		"graph.microsoft.com", "graph.windows.net", "database.windows.net", "cognitiveservices.azure.com", "containerregistry.azure.net",
		"datalake.azure.net", "batch.core.windows.net", "monitor.azure.com", "dev.azuresynapse.net", "azuredatabricks.net",
		"management.usgovcloudapi.net", "management.core.usgovcloudapi.net", "ml.azure.us", "vault.usgovcloudapi.net", "graph.microsoft.us",
		"management.chinacloudapi.cn", "management.core.chinacloudapi.cn", "ml.azure.cn", "ml.chinacloudapi.cn", "vault.azure.cn",
		"microsoftgraph.chinacloudapi.cn",
		".blob.core.windows.net", ".dfs.core.windows.net", ".file.core.windows.net", ".blob.core.usgovcloudapi.net",
		".blob.core.chinacloudapi.cn", ".api.azureml.ms", ".vault.azure.net",
	}
}

// knows tells whether a resource exists in the directory.
func (d *Directory) knows(resource string) bool {
	if d.config.Open || slices.ContainsFunc(d.config.Resources, func(one string) bool { return sameResource(one, resource) }) {
		return true
	}
	for _, app := range d.config.Apps {
		if strings.EqualFold(app.ClientID, strings.TrimPrefix(resource, "api://")) {
			return true
		}
	}
	u, err := url.Parse(resource)
	if err != nil || u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return false
	}
	return slices.ContainsFunc(azureResources(), func(host string) bool {
		return strings.EqualFold(u.Host, host) || host[0] == '.' && strings.HasSuffix(strings.ToLower(u.Host), host)
	})
}

// sameResource compares resources as the service does: a slash at the end and
// the case of letters do not count.
func sameResource(a, b string) bool {
	return strings.EqualFold(strings.TrimRight(a, "/"), strings.TrimRight(b, "/"))
}
