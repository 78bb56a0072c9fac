package proxy

import (
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/identity"
)

// Scope is the workspace that clients find named in their environment.
type Scope struct{ Subscription, ResourceGroup, Workspace string }

// direct are the hosts that no proxy is asked for. There is no ::1 among them: the
// core of mltable takes that for a host with a port, and gives up.
const direct = "127.0.0.1,localhost"

// signInFolder is where `ischia login` keeps a sign-in of this run.
const signInFolder = "login"

// Child is the environment of the child: the caller's, but for the proxies and
// authorities, which are this run's. It holds the one credential of the proxy,
// and that of a managed identity that is good for this run.
func (p *Proxy) Child() []string {
	s := p.Scope
	set := map[string]string{
		"NODE_EXTRA_CA_CERTS": filepath.Join(p.folder, extraFile),
		// From Node 24 on, fetch and https heed the proxy with this.
		"NODE_USE_ENV_PROXY": "1",
		// The shape of App Service, and that of Azure ML's computes.
		"IDENTITY_ENDPOINT": p.identityURL(), "IDENTITY_HEADER": p.header,
		"MSI_ENDPOINT": p.identityURL(), "MSI_SECRET": p.header,
		// What the client remembers of other workspaces is wrong for this one.
		"AZURE_ML_DISABLE_ON_DISK_CACHE": "true",
		"AZURE_CONFIG_DIR":               filepath.Join(p.folder, cliFolder), "AZURE_EXTENSION_DIR": p.extensions(),
		// A driver that is run here must not send the user's own tokens.
		identity.FolderVariable: filepath.Join(p.folder, signInFolder),
	}
	bundle := filepath.Join(p.folder, bundleFile)
	for _, name := range trustVariables() {
		set[name] = bundle
	}
	// Both cases: some clients read the one, some the other.
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		set[name] = p.URL()
	}
	set["NO_PROXY"], set["no_proxy"] = direct, direct
	names := map[string]string{
		"AZURE_SUBSCRIPTION_ID": s.Subscription, "AZUREML_ARM_SUBSCRIPTION": s.Subscription,
		"AZUREML_ARM_RESOURCEGROUP": s.ResourceGroup, "AZUREML_ARM_WORKSPACE_NAME": s.Workspace,
	}
	for name, value := range names {
		if p.Chosen || lookUp(p.Environ, name) == "" {
			set[name] = value
		}
	}
	if lookUp(p.Environ, "AZURE_TENANT_ID") == "" {
		set["AZURE_TENANT_ID"] = p.Tenant
	}
	return merge(p.Environ, set)
}

// URL is the address of the proxy, with its credentials.
func (p *Proxy) URL() string {
	return (&url.URL{Scheme: "http", User: url.UserPassword(user, p.password), Host: p.address.String()}).String()
}

func (p *Proxy) identityURL() string { return "http://" + p.address.String() + identityPath }

// dropped are variables of the caller that would lead clients past the proxy, or
// to identities that are not of this workspace.
func dropped() []string {
	return []string{
		"ALL_PROXY", "FTP_PROXY", "SSL_CERT_DIR", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST",
		"OBO_ENDPOINT",
	}
}

// merge is environ with what is set in it, and without what is dropped.
func merge(environ []string, set map[string]string) []string {
	var out []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if !slices.Contains(dropped(), strings.ToUpper(name)) && !replaced(name, set) {
			out = append(out, kv)
		}
	}
	for name, value := range set {
		out = append(out, name+"="+value)
	}
	slices.Sort(out)
	return out
}

// replaced reports whether a variable is set anew, whatever its case where that
// does not count.
func replaced(name string, set map[string]string) bool {
	if _, ok := set[name]; ok {
		return true
	}
	if runtime.GOOS != "windows" {
		return false
	}
	for other := range set {
		if strings.EqualFold(other, name) {
			return true
		}
	}
	return false
}
