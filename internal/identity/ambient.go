package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// cliSource is the Azure CLI.
type cliSource struct {
	cred   *azidentity.AzureCLICredential
	o      Options
	tenant string
	// first is the token with which the sign-in was tried: az takes half a
	// second for each.
	first      azcore.AccessToken
	firstScope string
}

func (s *cliSource) account() Account { return Account{Source: "Azure CLI", Tenant: s.tenant} }

// azTime is how long az may take. It is slow when it renews its sign-in.
const azTime = time.Minute

// azureCLI is the sign-in of the Azure CLI, if it is installed and has one.
func (c *Credential) azureCLI(ctx context.Context, tenant, scope string) (source, error) {
	cred, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: tenant, AdditionallyAllowedTenants: []string{"*"}})
	if err != nil {
		return nil, attempt{doing: azDoing}.fault(BadSetting, "", firstSentence(err), "")
	}
	s := &cliSource{cred: cred, o: c.o, tenant: tenant}
	s.first, err = s.token(ctx, policy.TokenRequestOptions{Scopes: []string{scope}})
	var fault *Error
	if errors.As(err, &fault) && fault.Kind == NoSignIn {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.firstScope = scope
	return s, nil
}

const azDoing = "sign in with the Azure CLI"

func (s *cliSource) token(ctx context.Context, tro policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if s.firstScope == tro.Scopes[0] && tro.Claims == "" && (tro.TenantID == "" || tro.TenantID == s.tenant) {
		s.firstScope = ""
		return s.first, nil
	}
	azCtx, cancel := context.WithTimeout(ctx, azTime)
	defer cancel()
	token, err := s.cred.GetToken(azCtx, tro)
	switch {
	case err == nil && token.Token != "":
		return token, nil
	case ctx.Err() != nil:
		return token, fmt.Errorf("%s: %w", azDoing, ctx.Err())
	case azCtx.Err() != nil:
		return token, attempt{doing: azDoing}.fault(Unavailable, "", "az does not answer", "try `az account get-access-token` yourself")
	}
	return token, s.explain(cmp.Or(tro.TenantID, s.tenant), firstOf(err))
}

func firstOf(err error) string {
	if err == nil {
		return "az gave no token"
	}
	return err.Error()
}

// explain makes one line of what az prints.
func (s *cliSource) explain(tenant, text string) *Error {
	login := "az login"
	if tenant != "" {
		login += " --tenant " + tenant
	}
	try := attempt{doing: azDoing, app: "of the Azure CLI", tenant: cmp.Or(tenant, "of the sign-in"), login: login}
	_, command, claims := strings.Cut(text, "then retry the operation: ")
	switch r := readText(text); {
	case claims:
		return try.fault(Policy, "", "the service wants a sign-in that satisfies more", "run: "+command)
	case r.code != "":
		fault := try.refused(r, &exchange{}, s.o.Now())
		if fault.Kind == WrongSecret || fault.Kind == ExpiredSecret {
			fault.Fix = "sign in anew: " + login // az keeps the secret itself
		}
		return fault
	case strings.Contains(text, "executable not found"), strings.Contains(text, "az login"), strings.Contains(text, "az account set"):
		return try.fault(NoSignIn, "", "it is not installed here, or has no sign-in", login)
	}
	return try.fault(Refused, "", azLine(text), "try `az account get-access-token` yourself")
}

// azLine is the line with which az says what is wrong: warnings may come first,
// and a trace of its inside may come after.
func azLine(text string) string {
	text = strings.TrimPrefix(text, "AzureCLICredential: ")
	for line := range strings.Lines(text) {
		if _, cause, ok := strings.Cut(line, "ERROR: "); ok {
			return cause
		}
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return cmp.Or(line, "az failed and said nothing")
}

// workload is a workload identity: a CI system or a cluster vouches for who
// runs here, with an assertion in a file.
func (c *Credential) workload(_ context.Context, tenant, _ string) (source, error) {
	file := c.o.Getenv("AZURE_FEDERATED_TOKEN_FILE")
	if file == "" {
		return nil, nil
	}
	app := c.o.Getenv("AZURE_CLIENT_ID")
	tenant = cmp.Or(c.o.Getenv("AZURE_TENANT_ID"), tenant)
	try := attempt{doing: "sign in as the workload identity " + app, app: app, tenant: tenant, place: file}
	if app == "" || tenant == "" {
		try.doing = "sign in as a workload identity"
		return nil, try.fault(BadSetting, "", "AZURE_FEDERATED_TOKEN_FILE is set, but AZURE_CLIENT_ID or AZURE_TENANT_ID is not", "set them")
	}
	if why := unreadable(file); why != "" {
		return nil, try.fault(BadSetting, "", "the file that AZURE_FEDERATED_TOKEN_FILE names cannot be read: "+why, "check the variable")
	}
	cred, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: c.o.client(), ClientID: app, TenantID: tenant, TokenFilePath: file,
		DisableInstanceDiscovery: true, AdditionallyAllowedTenants: []string{"*"},
	})
	if err != nil {
		return nil, try.fault(BadSetting, "", firstSentence(err), "")
	}
	return &sdkSource{cred, c.o, try, Account{Kind: ServicePrincipal, User: app, Tenant: tenant, Source: "workload identity"}}, nil
}

// unreadable says why a file cannot be read; "" if it can.
func unreadable(file string) string {
	f, err := os.Open(file)
	switch {
	case err == nil:
		_ = f.Close() // nothing was written
		return ""
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "it is closed to this user"
	}
	return firstSentence(err)
}

// managed is the managed identity of the machine: of an App Service, an Azure
// ML compute and their like, which say so in the environment; of a virtual
// machine only when it is asked for, or in CI, as elsewhere nobody answers at
// its address for a long time.
func (c *Credential) managed(ctx context.Context, _, scope string) (source, error) {
	named := c.o.Getenv("IDENTITY_ENDPOINT") != "" || c.o.Getenv("MSI_ENDPOINT") != ""
	asked := strings.EqualFold(c.o.Getenv("AZURE_TOKEN_CREDENTIALS"), "ManagedIdentityCredential")
	if !named && !asked && (!InCI(c.o.Getenv) || !c.metadataAnswers(ctx)) {
		return nil, nil
	}
	o := azidentity.ManagedIdentityCredentialOptions{ClientOptions: c.o.client()}
	app := c.o.Getenv("AZURE_CLIENT_ID")
	if app != "" {
		o.ID = azidentity.ClientID(app)
	}
	try := attempt{doing: "sign in as the managed identity of this machine", app: app, tenant: "of the machine"}
	cred, err := azidentity.NewManagedIdentityCredential(&o)
	if err != nil {
		return nil, try.fault(BadSetting, "", firstSentence(err), "")
	}
	s := &sdkSource{cred, c.o, try, Account{Kind: ServicePrincipal, User: app, Source: "managed identity"}}
	if !named && !asked {
		if _, err := s.token(ctx, policy.TokenRequestOptions{Scopes: []string{scope}}); err != nil {
			return nil, nil // a machine without an identity is the usual case
		}
	}
	return s, nil
}

// metadataAddress is where a virtual machine of Azure asks about itself.
const metadataAddress = "http://169.254.169.254/metadata/identity/oauth2/token"

// metadataAnswers reports whether this is such a machine. Without the header
// that a real request has, the answer is a refusal.
func (c *Credential) metadataAnswers(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, metadataAddress, nil)
	if err != nil {
		return false
	}
	resp, err := c.o.client().Transport.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close() // what is in it does not matter
	return resp.StatusCode == http.StatusBadRequest
}
