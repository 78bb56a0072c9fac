package identity

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// sdkSource is a credential of the SDK.
type sdkSource struct {
	azcore.TokenCredential
	o   Options
	try attempt
	who Account
}

func (s *sdkSource) account() Account { return s.who }

func (s *sdkSource) token(ctx context.Context, tro policy.TokenRequestOptions) (azcore.AccessToken, error) {
	tracedCtx, e := traced(ctx)
	token, err := s.GetToken(tracedCtx, tro)
	if err != nil {
		return token, s.try.explain(ctx, err, e, s.o.Now())
	}
	return token, nil
}

// newPrincipal is a service principal with its secret. Whether the authority
// is Microsoft's is not asked of Microsoft: it is from our table, or from the
// user's own description of a cloud.
func newPrincipal(o Options, tenant, app, secret, place string) (source, error) {
	try := attempt{doing: "sign in as the service principal " + app, app: app, tenant: tenant, place: place}
	cred, err := azidentity.NewClientSecretCredential(tenant, app, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: o.client(), DisableInstanceDiscovery: true, AdditionallyAllowedTenants: []string{"*"},
	})
	if err != nil {
		return nil, try.fault(BadSetting, "", firstSentence(err), "")
	}
	return &sdkSource{cred, o, try, Account{Kind: ServicePrincipal, User: app, Tenant: tenant, Source: place, Cloud: o.Cloud.Name}}, nil
}
