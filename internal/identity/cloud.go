package identity

import (
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// Cloud is one of Azure's clouds, by the addresses that differ between them.
type Cloud struct {
	// Name is what az calls it.
	Name string
	// Manager is the resource manager: https://management.azure.com.
	Manager string
	// Login is where tokens are: https://login.microsoftonline.com.
	Login string
	// MLResource is the audience of the machine learning data plane.
	MLResource string
	// StorageSuffix comes after ACCOUNT.blob., VaultSuffix after VAULT. .
	StorageSuffix, VaultSuffix string
}

// Clouds are those that are known without asking. The first is the usual one.
func Clouds() []Cloud {
	return []Cloud{{
		Name: "AzureCloud", Manager: "https://management.azure.com", Login: "https://login.microsoftonline.com",
		MLResource: "https://ml.azure.com", StorageSuffix: "core.windows.net", VaultSuffix: "vault.azure.net",
	}, {
		Name: "AzureUSGovernment", Manager: "https://management.usgovcloudapi.net", Login: "https://login.microsoftonline.us",
		MLResource: "https://ml.azure.us", StorageSuffix: "core.usgovcloudapi.net", VaultSuffix: "vault.usgovcloudapi.net",
	}, {
		Name: "AzureChinaCloud", Manager: "https://management.chinacloudapi.cn", Login: "https://login.chinacloudapi.cn",
		MLResource: "https://ml.azure.cn", StorageSuffix: "core.chinacloudapi.cn", VaultSuffix: "vault.azure.cn",
	}}
}

// ManagerScope is the scope of tokens for the resource manager.
func (c Cloud) ManagerScope() string { return strings.TrimSuffix(c.Manager, "/") + "/.default" }

// sdk is the cloud as the SDK wants it.
func (c Cloud) sdk() cloud.Configuration {
	return cloud.Configuration{
		ActiveDirectoryAuthorityHost: c.Login + "/",
		Services:                     map[cloud.ServiceName]cloud.ServiceConfiguration{cloud.ResourceManager: {Endpoint: c.Manager, Audience: c.Manager}},
	}
}

// host is the host of an address, lower case; "" if it has none.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}
