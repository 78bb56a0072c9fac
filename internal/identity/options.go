package identity

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Options say who to sign in as, and with what. An empty ClientID is whoever
// is at work here.
type Options struct {
	// Tenant is the directory, by id or by domain; "" is found out from Probe.
	Tenant string
	// ClientID is the service principal. Its secret stands in the environment
	// variable that SecretVariable names, or else in a key vault.
	ClientID, SecretVariable string
	VaultURL, VaultSecret    string
	// Cloud is the first of [Clouds] when it is empty.
	Cloud Cloud
	// Getenv reads the environment; nil is an empty one.
	Getenv func(string) string
	// Prompt is where a person is told the code to sign in with, which is
	// standard error. Nil is NoPrompt.
	Prompt io.Writer
	// Folder is where a sign-in is kept from one run to the next; "" keeps none.
	Folder string
	// Transport carries the requests; nil is the SDK's own.
	Transport policy.Transporter
	// Probe is an address whose refusal of a request without a token names the
	// tenant: that of the subscription at the resource manager.
	Probe string
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// NoPrompt says that nobody is there to sign in with a device code. A CI
	// system in the environment says so, too.
	NoPrompt bool
}

var (
	tenantForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,254}$`)
	secretForm   = regexp.MustCompile(`^[A-Za-z0-9-]{1,127}$`)
	vaultForm    = regexp.MustCompile(`^[A-Za-z0-9-]{1,127}$`)
	variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// withDefaults is o with what was left out.
func (o Options) withDefaults() Options {
	if o.Cloud == (Cloud{}) {
		o.Cloud = Clouds()[0]
	}
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Cloud.Login = strings.TrimSuffix(o.Cloud.Login, "/")
	o.Cloud.Manager = strings.TrimSuffix(o.Cloud.Manager, "/")
	return o
}

// check reports what no request could mend.
func (o Options) check() error {
	switch {
	case o.Tenant != "" && !tenantForm.MatchString(o.Tenant):
		return errors.New("the tenant is an id or a domain, such as contoso.onmicrosoft.com")
	case o.ClientID != "" && !tenantForm.MatchString(o.ClientID):
		return errors.New("the client id of a service principal has letters, digits and '-' only")
	case o.ClientID == "" && (o.SecretVariable != "" || o.VaultURL != ""):
		return errors.New("there is a place for a secret, but no client_id that the secret belongs to")
	case o.SecretVariable != "" && !variableForm.MatchString(o.SecretVariable):
		return errors.New("env_secret_name is not the name of an environment variable; the secret itself must not stand there")
	case o.ClientID != "" && o.SecretVariable == "" && o.VaultURL == "":
		return errors.New("client_id is given, but not where its secret lies: name an environment variable or a key vault")
	case (o.VaultURL == "") != (o.VaultSecret == ""):
		return errors.New("keyvault_url and keyvault_secret_name go together; one of them is missing")
	case o.VaultURL != "":
		return o.checkVault()
	}
	return o.Cloud.check()
}

// checkVault lets no address pass to which a token of the user must not go.
func (o Options) checkVault() error {
	if !secretForm.MatchString(o.VaultSecret) {
		return errors.New("the name of a secret in a key vault has letters, digits and '-' only")
	}
	u, err := url.Parse(o.VaultURL)
	if err != nil || u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" || u.Port() != "" && u.Port() != "443" {
		return fmt.Errorf("the address of a key vault looks like https://NAME.%s", o.Cloud.VaultSuffix)
	}
	name, ok := strings.CutSuffix(strings.ToLower(u.Hostname()), "."+o.Cloud.VaultSuffix)
	if !ok || o.Cloud.VaultSuffix == "" || !vaultForm.MatchString(name) {
		return fmt.Errorf("%.80q is no key vault of %s: the address looks like https://NAME.%s", u.Hostname(), o.Cloud.Name, o.Cloud.VaultSuffix)
	}
	return o.Cloud.check()
}

// check refuses a cloud to which secrets would go in clear.
func (c Cloud) check() error {
	for _, address := range []string{c.Login, c.Manager} {
		if u, err := url.Parse(address); err != nil || u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("cloud %s: %.80q is not an https address", c.Name, address)
		}
	}
	return nil
}

// unattended reports whether nobody can be asked.
func (o Options) unattended() bool { return o.NoPrompt || o.Prompt == nil || InCI(o.Getenv) }

// InCI reports whether an environment is that of a CI system.
func InCI(getenv func(string) string) bool {
	for _, name := range []string{"CI", "TF_BUILD", "GITHUB_ACTIONS", "JENKINS_URL", "TEAMCITY_VERSION"} {
		if value := getenv(name); value != "" && !strings.EqualFold(value, "false") && value != "0" {
			return true
		}
	}
	return false
}
