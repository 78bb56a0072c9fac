package identity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
)

// vaultVersion is the version of the key vault's interface.
const vaultVersion = "7.4"

// vaultReader reads one secret with the credentials of whoever is at work.
type vaultReader struct {
	c    *Credential
	pipe runtime.Pipeline
	try  attempt
}

// secretOfVault reads the client secret from the key vault.
func (c *Credential) secretOfVault(ctx context.Context) (string, error) {
	if c.o.VaultURL == "" {
		try := attempt{doing: "sign in as the service principal " + c.o.ClientID}
		return "", try.fault(WrongSecret, "", "the environment variable "+c.o.SecretVariable+" is not set, or empty", "put the client secret into it")
	}
	v := &vaultReader{c, c.o.pipeline(), attempt{
		doing: "read the secret " + c.o.VaultSecret + " of the key vault " + host(c.o.VaultURL), place: "the key vault",
	}}
	return v.read(ctx)
}

// read asks without a token first, as the vault's refusal says in which tenant
// to sign in, and for what.
func (v *vaultReader) read(ctx context.Context) (string, error) {
	resp, e, err := v.send(ctx, "")
	if err != nil {
		return "", v.explain(ctx, err, e)
	}
	if resp.StatusCode != http.StatusUnauthorized {
		return v.answer(ctx, resp, e)
	}
	ch := challengeOf(resp.Header)
	scope, err := v.scope(ch)
	if err != nil {
		return "", err
	}
	user, err := v.c.own(ctx, ch.tenant(), scope)
	if err != nil {
		return "", err
	}
	return v.readAs(ctx, user, policy.TokenRequestOptions{Scopes: []string{scope}, TenantID: ch.tenant(), EnableCAE: true})
}

// readAs asks with a token, and once more when the vault wants claims in it.
func (v *vaultReader) readAs(ctx context.Context, user source, tro policy.TokenRequestOptions) (string, error) {
	for again := false; ; again = true {
		token, err := user.token(ctx, tro)
		if err != nil {
			return "", err
		}
		v.c.hide(token.Token)
		resp, e, err := v.send(ctx, token.Token)
		if err != nil {
			return "", v.explain(ctx, err, e)
		}
		tro.Claims = challengeOf(resp.Header).claims()
		if resp.StatusCode != http.StatusUnauthorized || tro.Claims == "" || again {
			return v.answer(ctx, resp, e)
		}
	}
}

func (v *vaultReader) send(ctx context.Context, token string) (*http.Response, *exchange, error) {
	tracedCtx, e := traced(ctx)
	address := "https://" + host(v.c.o.VaultURL) + "/secrets/" + url.PathEscape(v.c.o.VaultSecret) + "?api-version=" + vaultVersion
	resp, err := get(tracedCtx, v.pipe, address, token)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		_ = resp.Body.Close() // the header says it all
	}
	return resp, e, err
}

// scope is what the token has to be for. A vault that asks for a token for
// anything but vaults of its own cloud is after the token.
func (v *vaultReader) scope(ch challenge) (string, error) {
	resource := strings.TrimSuffix(ch["scope"], "/.default")
	if resource == "" {
		resource = ch["resource"]
	}
	u, err := url.Parse(resource)
	if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Host, v.c.o.Cloud.VaultSuffix) || strings.Trim(u.Path, "/") != "" {
		return "", v.try.fault(Refused, "", "it asks for a token that is not for key vaults, which it does not get", "check keyvault_url")
	}
	return "https://" + v.c.o.Cloud.VaultSuffix + "/.default", nil
}

// claims are those that a service wants in the next token.
func (c challenge) claims() string {
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding, base64.RawStdEncoding, base64.URLEncoding} {
		if text, err := encoding.DecodeString(c["claims"]); err == nil && len(text) > 0 {
			return string(text)
		}
	}
	return ""
}

// maxSecret is more than a vault holds (25 KB).
const maxSecret = 64 << 10

// answer is the secret, or why there is none.
func (v *vaultReader) answer(ctx context.Context, resp *http.Response, e *exchange) (string, error) {
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return "", v.explain(ctx, nil, e)
	}
	var secret struct{ Value string }
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxSecret))
	if err != nil || json.Unmarshal(data, &secret) != nil {
		return "", v.try.fault(Unavailable, "", "the answer is no secret", "check keyvault_url")
	}
	value := strings.TrimRight(secret.Value, "\r\n")
	if value == "" {
		return "", v.try.fault(NoSecret, "", "it is empty", "put the client secret into it")
	}
	return value, nil
}

// explain knows the vault's own reasons.
func (v *vaultReader) explain(ctx context.Context, err error, e *exchange) error {
	var dns *net.DNSError
	r := read(e.body)
	switch {
	case ctx.Err() != nil:
	case errors.As(e.err, &dns) && dns.IsNotFound:
		return v.try.fault(NoVault, "", "there is no such key vault", "check keyvault_url")
	case e.status == http.StatusNotFound:
		return v.try.fault(NoSecret, r.code, "there is no such secret", "check keyvault_secret_name")
	case e.status == http.StatusForbidden:
		return v.forbidden(r)
	case e.status == http.StatusUnauthorized && e.skew(v.c.o.Now()) != "":
		return v.try.fault(Clock, r.code, "the key vault does not take the sign-in, and "+e.skew(v.c.o.Now()), "set this machine's clock right")
	case e.status == http.StatusUnauthorized:
		return v.try.fault(Denied, r.code, "the key vault does not take the sign-in", "sign in as a user of the vault's tenant: ischia login --tenant TENANT")
	}
	return v.try.explain(ctx, err, e, v.c.o.Now())
}

func (v *vaultReader) forbidden(r refusal) *Error {
	switch r.word {
	case "SecretDisabled":
		return v.try.fault(NoSecret, r.word, "the secret is disabled", "enable it, or name another")
	case "ForbiddenByFirewall", "ForbiddenByConnection":
		return v.try.fault(Denied, r.word, "the vault's firewall does not let this machine in", "try from an allowed network, or put the secret into the environment variable")
	}
	return v.try.fault(Denied, r.word, "you may not read secrets there", "ask for the role 'Key Vault Secrets User', or for 'get' in the vault's access policy")
}
