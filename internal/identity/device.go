package identity

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/cache"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"github.com/google/uuid"
)

// developerApp is the public app that Azure's own tools for developers sign in
// with; it is there in every tenant, with consent to Azure's services.
const developerApp = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// anyTenant is the name for the tenant that the user belongs to.
const anyTenant = "organizations"

// deviceSource is a user who signed in with a device code, now or in an
// earlier run. The SDK's credential of this kind cannot keep its tokens in a
// store of ours, so MSAL is used, on which it stands as well.
type deviceSource struct {
	c      *Credential
	client public.Client
	kept   *keptTokens
	tenant string
	user   public.Account // zero before the first sign-in
	mayAsk bool
	who    Account
}

func (d *deviceSource) account() Account { return d.who }

// newDevice is a user who is to sign in.
func (c *Credential) newDevice(tenant string) (*deviceSource, error) {
	d := &deviceSource{c: c, kept: &keptTokens{store: store{c.o.Folder}}, tenant: tenant, mayAsk: true}
	return d, d.dial()
}

// dial makes the client of MSAL.
func (d *deviceSource) dial() error {
	client, err := public.New(developerApp,
		public.WithAuthority(d.c.o.Cloud.Login+"/"+cmp.Or(d.tenant, anyTenant)), public.WithCache(d.kept),
		public.WithHTTPClient(msalHTTP{d.c.o.pipeline()}), public.WithInstanceDiscovery(false), public.WithClientCapabilities([]string{"CP1"}))
	if err != nil {
		return d.try("").fault(BadSetting, "", firstSentence(err), "")
	}
	d.client = client
	return nil
}

func (d *deviceSource) try(tenant string) attempt {
	login := "ischia login"
	if tenant != "" && tenant != anyTenant {
		login += " --tenant " + tenant
	}
	return attempt{doing: "sign in to Azure", app: developerApp, tenant: cmp.Or(tenant, anyTenant), login: login}
}

// token gets one without a question if it can.
func (d *deviceSource) token(ctx context.Context, tro policy.TokenRequestOptions) (azcore.AccessToken, error) {
	tenant := cmp.Or(tro.TenantID, d.tenant, d.user.Realm)
	if d.user.HomeAccountID != "" {
		token, err := d.silent(ctx, tro, tenant)
		var fault *Error
		if err == nil || !errors.As(err, &fault) || !d.mayAsk || !askable(fault.Kind) {
			return token, err
		}
		tro.Claims = cmp.Or(tro.Claims, fault.Claims)
	}
	return d.ask(ctx, tro, tenant)
}

// askable reports whether a new sign-in may mend what is wrong.
func askable(k Kind) bool {
	return k == Expired || k == Policy || k == NoConsent || k == UnknownTenant || k == Denied
}

// silent uses what was kept.
func (d *deviceSource) silent(ctx context.Context, tro policy.TokenRequestOptions, tenant string) (azcore.AccessToken, error) {
	tracedCtx, e := traced(ctx)
	d.c.hide(d.kept.refreshTokens()...) // before one is sent, and perhaps repeated
	result, err := d.client.AcquireTokenSilent(tracedCtx, tro.Scopes, public.WithSilentAccount(d.user),
		public.WithTenantID(tenant), public.WithClaims(tro.Claims))
	switch {
	case err == nil:
		return d.found(result), nil
	case e.status == 0 && e.err == nil && ctx.Err() == nil:
		try := d.try(tenant)
		return azcore.AccessToken{}, try.fault(Expired, "", "the sign-in that was kept is of no use any more", "sign in anew: {login}")
	}
	return azcore.AccessToken{}, d.try(tenant).explain(ctx, err, e, d.c.o.Now())
}

// ask has the user sign in, and keeps that.
func (d *deviceSource) ask(ctx context.Context, tro policy.TokenRequestOptions, tenant string) (azcore.AccessToken, error) {
	tracedCtx, e := traced(ctx)
	d.kept.begin()
	code, err := d.client.AcquireTokenByDeviceCode(tracedCtx, tro.Scopes, public.WithTenantID(tenant), public.WithClaims(tro.Claims))
	if err != nil {
		return azcore.AccessToken{}, d.try(tenant).explain(ctx, err, e, d.c.o.Now())
	}
	fmt.Fprintf(d.c.o.Prompt, "to sign in to Azure, open %s in a browser and enter the code %s\n",
		oneLine(code.Result.VerificationURL), oneLine(code.Result.UserCode))
	result, err := code.AuthenticationResult(tracedCtx)
	if err != nil {
		return azcore.AccessToken{}, d.try(tenant).explain(ctx, err, e, d.c.o.Now())
	}
	d.user = result.Account
	// The account's realm is what was asked for, which may be any tenant.
	tenant = cmp.Or(result.IDToken.TenantID, result.Account.Realm)
	d.tenant = cmp.Or(d.tenant, tenant)
	d.who = Account{Kind: User, User: result.Account.PreferredUsername, Tenant: tenant, Home: homeOf(result.Account), Cloud: d.c.o.Cloud.Name, Source: keptSource}
	return d.found(result), d.kept.finish(ctx, record{
		ID: uuid.NewString(), Kind: User, User: d.who.User, Tenant: d.who.Tenant, Home: d.who.Home,
		Cloud: d.who.Cloud, Account: result.Account.HomeAccountID,
	})
}

// keptSource is where such a sign-in comes from.
const keptSource = "ischia login"

// homeOf is the tenant to which a user belongs: the end of the account's id.
func homeOf(a public.Account) string {
	_, home, _ := strings.Cut(a.HomeAccountID, ".")
	return cmp.Or(home, a.Realm)
}

func (d *deviceSource) found(r public.AuthResult) azcore.AccessToken {
	d.c.hide(d.kept.refreshTokens()...)
	return azcore.AccessToken{Token: r.AccessToken, ExpiresOn: r.ExpiresOn, RefreshOn: r.Metadata.RefreshOn}
}

// msalHTTP has MSAL's requests go the way of all others.
type msalHTTP struct{ pipe runtime.Pipeline }

func (m msalHTTP) CloseIdleConnections() {}

func (m msalHTTP) Do(r *http.Request) (*http.Response, error) {
	req, err := runtime.NewRequest(r.Context(), r.Method, r.URL.String())
	if err != nil {
		return nil, err
	}
	for name, values := range r.Header {
		req.Raw().Header[name] = values
	}
	if r.Body != nil && r.Body != http.NoBody {
		var data bytes.Buffer
		if _, err := data.ReadFrom(r.Body); err != nil {
			return nil, err
		}
		if err := req.SetBody(readCloser{bytes.NewReader(data.Bytes())}, r.Header.Get("Content-Type")); err != nil {
			return nil, err
		}
	}
	return m.pipe.Do(req)
}

// readCloser is a body that may be sent again.
type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

// keptTokens is MSAL's view of the store: its cache, as one piece of data.
type keptTokens struct {
	store store

	mu sync.Mutex // guards what follows
	// id is the sign-in that the data belongs to; "" while a new one is made,
	// which stays in memory until it is complete.
	id   string
	data []byte
}

var _ cache.ExportReplace = (*keptTokens)(nil)

// Replace gives MSAL what is kept, which another process may have renewed.
func (k *keptTokens) Replace(ctx context.Context, to cache.Unmarshaler, _ cache.ReplaceHints) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.id != "" && k.store.dir != "" {
		r, err := k.store.load(ctx)
		if err != nil {
			return err
		}
		if r.ID == k.id {
			k.data = r.Tokens
		}
	}
	if len(k.data) == 0 {
		return nil
	}
	return to.Unmarshal(k.data)
}

// Export keeps what MSAL has now.
func (k *keptTokens) Export(ctx context.Context, from cache.Marshaler, _ cache.ExportHints) error {
	data, err := from.Marshal()
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.data = data
	if k.id == "" || k.store.dir == "" {
		return nil
	}
	return k.store.update(ctx, k.id, data)
}

// begin forgets the sign-in before.
func (k *keptTokens) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.id, k.data = "", nil
}

// finish keeps a sign-in that is complete.
func (k *keptTokens) finish(ctx context.Context, r record) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.id, r.Tokens = r.ID, k.data
	return k.store.save(ctx, r)
}
