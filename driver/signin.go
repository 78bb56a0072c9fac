package driver

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ischia-ml/ischia/internal/azure"
	"github.com/ischia-ml/ischia/internal/identity"
)

// signIn is the target that is Azure, once it is clear who we are there.
func (d *driver) signIn(ctx context.Context, s *session, env Env, home string) (azure.Target, error) {
	if err := d.azureFlags(env); err != nil {
		return azure.Target{}, err
	}
	carrier, err := d.carrier()
	if err != nil {
		return azure.Target{}, err
	}
	cloud, err := identity.LookUp(ctx, "", d.getenv, carrier)
	if err != nil {
		return azure.Target{}, setting(err)
	}
	auth := env.Config.Auth
	credential, err := identity.New(identity.Options{
		Tenant: env.Config.TenantID, ClientID: auth.ClientID, SecretVariable: auth.EnvSecretName,
		VaultURL: auth.KeyvaultURL, VaultSecret: auth.KeyvaultSecretName,
		Cloud: cloud, Getenv: d.getenv, Prompt: d.streams.Err, Folder: identity.Folder(home, d.getenv), Transport: carrier,
		Probe: cloud.Manager + "/subscriptions/" + env.Config.SubscriptionID + "?api-version=" + subscriptionsVersion,
	})
	if err != nil {
		return azure.Target{}, setting(err)
	}
	d.secrets = credential.Secrets
	who, err := credential.Who(ctx)
	if err != nil {
		return azure.Target{}, setting(err)
	}
	d.say("signed in as %s (%s)", who.User, who.Source)
	s.cloud, s.place = &cloud, "Azure, subscription "+env.Config.SubscriptionID
	return azure.Target{
		Endpoint: cloud.Manager, Audience: audience(cloud), Credential: credential, Location: env.Config.Location,
		Azure: cloudOf(cloud), Transport: carrier,
	}, nil
}

// subscriptionsVersion is the version of the interface to subscriptions.
const subscriptionsVersion = "2022-12-01"

// audience is whom tokens for the resource manager are for: a scope without
// its end.
func audience(c identity.Cloud) string { return strings.TrimSuffix(c.ManagerScope(), "/.default") }

func cloudOf(c identity.Cloud) *azure.Cloud {
	return &azure.Cloud{Learning: c.MLResource, Storage: c.StorageSuffix}
}

// azureFlags reports what is missing, or makes no sense, when the workspace is
// on Azure.
func (d *driver) azureFlags(env Env) error {
	switch {
	case env.Config.SubscriptionID == "" && !d.flags.dryRun:
		return &usageError{errors.New("--target azure: which subscription? Set subscription_id in the configuration, or give --subscription_id")}
	case env.Config.ResourceGroup == "" && !d.flags.dryRun:
		return &usageError{errors.New("--target azure: which resource group? Set resource_group in the configuration, or give --resource_group")}
	case d.flags.printADF == adfExecute:
		return &usageError{errors.New("--print_adf: Azure has no published pipelines any more that Data Factory could execute; use --print_adf=batch")}
	}
	return nil
}

// setting makes a setting that is wrong a fault of the command line.
func setting(err error) error {
	var fault *identity.Error
	if errors.As(err, &fault) && fault.Kind == identity.BadSetting {
		return &usageError{err}
	}
	return err
}

// authorities names a file of certificates to trust. Go reads it on Linux; here
// it counts on every system.
const authorities = "SSL_CERT_FILE"

// connections are how many are kept open to one host.
const connections = 16

// carrier carries requests to other machines.
func (d *driver) carrier() (policy.Transporter, error) {
	if d.transport != nil {
		return d.transport, nil
	}
	usual, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("the process has its own way of sending requests")
	}
	t := usual.Clone()
	t.MaxIdleConnsPerHost = connections
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if name := d.getenv(authorities); name != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return nil, fmt.Errorf("read the certificates that this machine trusts: %w", err)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, &usageError{fmt.Errorf("%s: %w", authorities, err)}
		}
		pool.AppendCertsFromPEM(text)
		t.TLSClientConfig.RootCAs = pool
	}
	return &http.Client{Transport: t, CheckRedirect: sameServer}, nil
}

// maxRedirects is how often an answer may lead elsewhere.
const maxRedirects = 5

// sameServer follows redirections within one server only: requests carry tokens
// that the standard library does not know of.
func sameServer(r *http.Request, before []*http.Request) error {
	if first := before[0].URL; len(before) > maxRedirects || r.URL.Scheme != first.Scheme || r.URL.Host != first.Host {
		return http.ErrUseLastResponse
	}
	return nil
}

// howToRun says how a pipeline that was published on Azure is run.
func (d *driver) howToRun(s *session, endpoint, scoring string) {
	scope := s.client.Scope()
	d.say("to run it: az ml batch-endpoint invoke --name %s --workspace-name %s --resource-group %s", endpoint, scope.Workspace, scope.ResourceGroup)
	d.say("       or: POST %s, with a token for %s", cmp.Or(scoring, "the endpoint's scoring address"), s.cloud.MLResource)
	d.say("(Azure has no published pipelines any more: the GUID names what was published, and is called nowhere)")
}
