package entra

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// Vault is a stand-in of an Azure Key Vault: it gives out secrets.
type Vault struct {
	directory *Directory
	base      string
	secrets   map[string]string
	mayRead   func(Claims) bool
	made      time.Time
}

// NewVault is a vault whose people are d's, reached at base
// (https://NAME.vault.azure.net). Whoever mayRead denies is Forbidden; a nil
// one denies nobody.
func NewVault(d *Directory, base string, secrets map[string]string, mayRead func(Claims) bool) *Vault {
	kept := map[string]string{}
	for name, value := range secrets {
		kept[strings.ToLower(name)] = value
	}
	return &Vault{directory: d, base: strings.TrimSuffix(base, "/"), secrets: kept, mayRead: mayRead, made: d.config.Now()}
}

// Handler answers for the vault's host.
func (v *Vault) Handler() http.Handler {
	return v.directory.failing(http.HandlerFunc(v.serve), vaultFailure)
}

// vaultFault is a refusal of a vault.
type vaultFault struct {
	Error vaultError `json:"error"`
}

type vaultError struct {
	Code    string      `json:"code"`
	Message string      `json:"message"`
	Inner   *vaultInner `json:"innererror,omitempty"`
}

type vaultInner struct {
	Code string `json:"code"`
}

func (v *Vault) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("Pragma", "no-cache")
	header.Set("Expires", "-1")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("x-ms-keyvault-service-version", "1.9.0.0")
	header.Set("x-ms-request-id", uuid.NewString())
	// The service looks at the token first: clients ask without one, to be told
	// where they get it.
	who, ok := v.admit(w, r)
	if !ok {
		return
	}
	v.read(w, r, who)
}

// Audience is the resource that tokens for the vault are for: the vault's cloud.
func (v *Vault) Audience() string {
	if u, err := url.Parse(v.base); err == nil {
		for _, suffix := range []string{"vault.usgovcloudapi.net", "vault.azure.cn"} {
			if strings.HasSuffix(u.Hostname(), "."+suffix) {
				return "https://" + suffix
			}
		}
	}
	return "https://vault.azure.net"
}

// admit checks the token, and tells whoever has none where to get one.
func (v *Vault) admit(w http.ResponseWriter, r *http.Request) (Claims, bool) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		v.challenge(w, "", "AKV10000: Request is missing a Bearer or PoP token.")
		return Claims{}, false
	}
	who, err := v.directory.Verify(token, v.Audience(), v.Audience()+"/")
	if err != nil {
		v.challenge(w, "invalid_token", v.why(token, err))
		return Claims{}, false
	}
	return who, true
}

// why words what is wrong with a token as the vault does.
func (v *Vault) why(token string, err error) string {
	var c Claims
	_, _, _ = jwt.NewParser().ParseUnverified(token, &c) // only to say what it claims
	switch {
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return fmt.Sprintf("AKV10022: Invalid audience. Expected %s, found: %s.", v.Audience(), c.Audience)
	case errors.Is(err, jwt.ErrTokenInvalidIssuer):
		return fmt.Sprintf("AKV10032: Invalid issuer. Expected one of %s, found %s.", v.directory.issuer1(v.directory.config.Tenant), c.Issuer)
	case errors.Is(err, jwt.ErrTokenExpired):
		return "[TokenExpired] Error validating token: 'S2S12005'."
	}
	return "[BearerReadAccessTokenFailed] Error validating token: 'S2S12000'."
}

func (v *Vault) challenge(w http.ResponseWriter, fault, text string) {
	d := v.directory
	challenge := fmt.Sprintf(`Bearer authorization="%s/%s", resource="%s"`, d.config.Login, d.config.Tenant, v.Audience())
	if fault != "" {
		challenge += fmt.Sprintf(`, error="%s", error_description="%s"`, fault, strings.NewReplacer(`"`, "'", `\`, "", "\r", " ", "\n", " ").Replace(text))
	}
	w.Header().Set("WWW-Authenticate", challenge)
	vaultRefuse(w, http.StatusUnauthorized, "Unauthorized", text)
}

func vaultRefuse(w http.ResponseWriter, status int, code, text string) {
	writeJSON(w, status, vaultFault{vaultError{Code: code, Message: text}})
}

// apiVersion is any of the seventh series, previews too.
var apiVersion = regexp.MustCompile(`^7\.\d(-preview(\.\d+)?)?$`)

// secretName is what a secret may be called.
var secretName = regexp.MustCompile(`^[0-9A-Za-z-]{1,127}$`)

func (v *Vault) read(w http.ResponseWriter, r *http.Request, who Claims) {
	name, version, ok := secretPath(r.URL.Path)
	switch {
	case !ok:
		vaultRefuse(w, http.StatusNotFound, "NotFound", "The stand-in of Key Vault knows secrets only: "+r.URL.Path)
	case r.Method != http.MethodGet:
		vaultRefuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "The stand-in of Key Vault is read only.")
	case !r.URL.Query().Has("api-version"):
		vaultRefuse(w, http.StatusBadRequest, "BadParameter", "AKV10001: Query parameter 'api-version' is missing.")
	case !apiVersion.MatchString(r.URL.Query().Get("api-version")):
		vaultRefuse(w, http.StatusBadRequest, "BadParameter", "The specified version ("+r.URL.Query().Get("api-version")+") is not recognized. Consider using the latest supported version.")
	case !secretName.MatchString(name):
		vaultRefuse(w, http.StatusBadRequest, "BadParameter", "The request URI contains an invalid name: "+name)
	case v.mayRead != nil && !v.mayRead(who):
		v.forbid(w, name, who)
	default:
		v.give(w, name, version)
	}
}

// secretPath takes /secrets/NAME[/VERSION] apart.
func secretPath(path string) (name, version string, ok bool) {
	parts := strings.Split(strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/"), "/")
	if len(parts) < 2 || len(parts) > 3 || !strings.EqualFold(parts[0], "secrets") {
		return "", "", false
	}
	if len(parts) == 3 {
		version = parts[2]
	}
	return parts[1], version, true
}

// forbid is how a vault with role-based access refuses.
func (v *Vault) forbid(w http.ResponseWriter, name string, who Claims) {
	vault, _, _ := strings.Cut(strings.TrimPrefix(v.base, "https://"), ".")
	text := fmt.Sprintf("Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions "+
		"were changed recently, please observe propagation time.\r\nCaller: appid=%s;oid=%s;iss=%s\r\n"+
		"Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nResource: '/subscriptions/%s/resourcegroups/ischia/providers/"+
		"microsoft.keyvault/vaults/%s/secrets/%s'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\n"+
		"DecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: %s;location=westeurope\r\n",
		who.Client(), who.ObjectID, who.Issuer, madeID("subscription"), vault, strings.ToLower(name), vault)
	writeJSON(w, http.StatusForbidden, vaultFault{vaultError{Code: "Forbidden", Message: text, Inner: &vaultInner{"ForbiddenByRbac"}}})
}

// give writes a secret, or that there is none.
func (v *Vault) give(w http.ResponseWriter, name, version string) {
	value, ok := v.secrets[strings.ToLower(name)]
	current := versionOf(name, value)
	if !ok || version != "" && version != current {
		id := name
		if version != "" {
			id += "/" + version
		}
		vaultRefuse(w, http.StatusNotFound, "SecretNotFound", fmt.Sprintf("A secret with (name/id) %s was not found in this key vault. If you recently "+
			"deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, "+
			"please see https://go.microsoft.com/fwlink/?linkid=2125182", id))
		return
	}
	made := v.made.Unix()
	writeJSON(w, http.StatusOK, map[string]any{
		"value": value, "id": v.base + "/secrets/" + name + "/" + current,
		"attributes": map[string]any{
			"enabled": true, "created": made, "updated": made, "recoveryLevel": "Recoverable+Purgeable", "recoverableDays": 90,
		},
		"tags": map[string]string{},
	})
}

// versionOf names the version of a secret by what it holds.
func versionOf(name, value string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(name) + "\n" + value))
	return hex.EncodeToString(sum[:16])
}

func vaultFailure(_ *Directory, w http.ResponseWriter, _ *http.Request, f *Failure) {
	f.header(w)
	switch f.Status {
	case http.StatusTooManyRequests:
		vaultRefuse(w, f.Status, "Throttled", "Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached")
	case http.StatusForbidden:
		vaultRefuse(w, f.Status, "Forbidden", "Client address is not authorized and caller is not a trusted service.")
	default:
		vaultRefuse(w, f.Status, "InternalError", http.StatusText(f.Status))
	}
}
