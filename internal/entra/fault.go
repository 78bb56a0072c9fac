package entra

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// fault is a refusal: the number that Entra documents, OAuth's word for it, and
// the status it comes with.
type fault struct {
	status int
	word   string
	code   int
	sub    string
	text   string
	wait   time.Duration // Retry-After, when throttled
}

// refusal is a fault on the wire.
type refusal struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
	Timestamp   string `json:"timestamp"`
	Trace       string `json:"trace_id"`
	Correlation string `json:"correlation_id"`
	URI         string `json:"error_uri,omitempty"`
	Sub         string `json:"suberror,omitempty"`
}

// refuse answers with a fault, as the service words it.
func (d *Directory) refuse(w http.ResponseWriter, r *http.Request, f *fault) {
	trace, correlation := uuid.NewString(), correlation(r)
	at := d.config.Now().UTC().Format("2006-01-02 15:04:05Z")
	body := refusal{
		Error: f.word, Codes: []int{f.code}, Timestamp: at, Trace: trace, Correlation: correlation, Sub: f.sub,
		Description: fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", f.code, f.text, trace, correlation, at),
		URI:         d.config.Login + "/error?code=" + strconv.Itoa(f.code),
	}
	if f.wait > 0 {
		w.Header().Set("Retry-After", seconds(f.wait))
	}
	w.Header().Set("x-ms-request-id", trace)
	d.reply(w, r, f.status, body)
}

// reply writes JSON that nobody may keep: it has tokens in it.
func (d *Directory) reply(w http.ResponseWriter, r *http.Request, status int, body any) {
	header := w.Header()
	header.Set("Cache-Control", "no-store, no-cache")
	header.Set("Pragma", "no-cache")
	header.Set("Expires", "-1")
	header.Set("X-Content-Type-Options", "nosniff")
	if header.Get("x-ms-request-id") == "" {
		header.Set("x-ms-request-id", uuid.NewString())
	}
	if id := r.Header.Get("client-request-id"); id != "" && uuid.Validate(id) == nil {
		header.Set("client-request-id", id)
	}
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("an answer of the directory has no JSON: %v", err)) // they are plain structs
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	// The client may be gone: nobody is left to tell.
	_, _ = w.Write(text)
}

// correlation is the id that the client gave its request, else a new one.
func correlation(r *http.Request) string {
	if id := r.Header.Get("client-request-id"); uuid.Validate(id) == nil {
		return id
	}
	return uuid.NewString()
}

// seconds are whole ones, and at least one.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int((d+time.Second-1)/time.Second)))
}

// The faults. Texts and words are those of the service; where it has changed
// a text over the years, the newest.

func missing(parameter string) *fault {
	return &fault{status: 400, word: "invalid_request", code: 900144,
		text: fmt.Sprintf("The request body must contain the following parameter: '%s'.", parameter)}
}

func doubled(parameter string) *fault {
	return &fault{status: 400, word: "invalid_request", code: 9000411,
		text: fmt.Sprintf("The request is not properly formatted. The parameter '%s' is duplicated.", parameter)}
}

func wrongMethod(method string) *fault {
	return &fault{status: 400, word: "invalid_request", code: 900561,
		text: fmt.Sprintf("The endpoint only accepts POST requests. Received a %s request.", method)}
}

func unknownTenant(word, tenant string) *fault {
	return &fault{status: 400, word: word, code: 90002,
		text: fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. "+
			"Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.", tenant)}
}

func unknownApp(clientID, tenant string) *fault {
	return &fault{status: 400, word: "unauthorized_client", code: 700016,
		text: fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not "+
			"been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your "+
			"authentication request to the wrong tenant.", clientID, tenant)}
}

func wrongSecret(clientID string) *fault {
	return &fault{status: 401, word: "invalid_client", code: 7000215,
		text: fmt.Sprintf("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "+
			"not the client secret ID, for a secret added to app '%s'.", clientID)}
}

func expiredSecret(clientID string) *fault {
	return &fault{status: 401, word: "invalid_client", code: 7000222,
		text: fmt.Sprintf("The provided client secret keys for app '%s' are expired. Visit the Azure portal to create new keys for your app: "+
			"https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.", clientID)}
}

func noCredential(grant string) *fault {
	if grant == grantClient {
		return &fault{status: 401, word: "invalid_client", code: 7000216,
			text: "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."}
	}
	return &fault{status: 401, word: "invalid_client", code: 7000218,
		text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."}
}

func publicSecret(clientID string) *fault {
	return &fault{status: 401, word: "invalid_client", code: 700025,
		text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented. Application: " + clientID + "."}
}

func badAssertion(code int, text string) *fault {
	return &fault{status: 401, word: "invalid_client", code: code, text: text}
}

func unsupportedGrant(grant string) *fault {
	return &fault{status: 400, word: "unsupported_grant_type", code: 70003,
		text: fmt.Sprintf("The app requested an unsupported grant type '%s'.", grant)}
}

func badScope(scope string) *fault {
	return &fault{status: 400, word: "invalid_scope", code: 70011,
		text: fmt.Sprintf("The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' "+
			"is not valid. The scope %s is not valid.", scope)}
}

func notDefaultScope(scope string) *fault {
	return &fault{status: 400, word: "invalid_scope", code: 1002012,
		text: fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default "+
			"suffixed to the resource identifier (application ID URI).", scope)}
}

func manyResources(scope string) *fault {
	return &fault{status: 400, word: "invalid_scope", code: 28000,
		text: fmt.Sprintf("Provided value for the input parameter scope is not valid because it contains more than one resource. "+
			"Scope %s is not valid.", scope)}
}

func noResource(scope string) *fault {
	return &fault{status: 400, word: "invalid_scope", code: 28002,
		text: fmt.Sprintf("Provided value for the input parameter scope '%s' is not valid when requesting an access token. "+
			"Please specify a valid scope.", scope)}
}

func unknownResource(resource, tenant string) *fault {
	return &fault{status: 400, word: "invalid_resource", code: 500011,
		text: fmt.Sprintf("The resource principal named %s was not found in the tenant named %s. This can happen if the application has not "+
			"been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your "+
			"authentication request to the wrong tenant.", resource, tenant)}
}

func noConsent(clientID string) *fault {
	return &fault{status: 400, word: "invalid_grant", code: 65001, sub: "consent_required",
		text: fmt.Sprintf("The user or administrator has not consented to use the application with ID '%s' named '%s'. "+
			"Send an interactive authorization request for this user and resource.", clientID, clientID)}
}
