package proxy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// kind is what a host of Azure's is for.
type kind int

const (
	// other hosts are none of Azure's.
	other kind = iota
	manager
	login
	data
	storage
	vault
	pages
	// absent services are Azure's and not supported here.
	absent
	// instance is the metadata service of a virtual machine, by which it gets
	// tokens of its own.
	instance
)

// cloud is one of Azure's clouds: under which names its services are. A name
// that begins with a dot stands for all below it.
type cloud struct {
	name string
	// names are those that are answered, by what they are for. The first of a
	// kind is the one that answers are written with.
	names map[kind][]string
	// audiences are what tokens have to be for, by the kind of the host; those of
	// management hold everywhere but at storage and vaults.
	management, learning string
	// absent are services that are refused by name, and families of names of
	// which none may be passed on.
	absent, families []string
	// apart are names within the families that are none of the services: what
	// holds code and packages, not workspaces.
	apart  []string
	portal string
}

// clouds are all there are.
func clouds() []cloud { return []cloud{public(), government(), china()} }

func public() cloud {
	return cloud{
		name: "AzureCloud", portal: "https://portal.azure.com",
		management: "https://management.core.windows.net", learning: "https://ml.azure.com",
		names: map[kind][]string{
			manager: {"management.azure.com"},
			login:   {"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"},
			data:    {".api.azureml.ms", ".inference.ml.azure.com", ".experiments.azureml.net"},
			storage: {".blob.core.windows.net"},
			vault:   {".vault.azure.net"},
			pages:   {"ml.azure.com"},
		},
		absent: []string{
			"graph.microsoft.com", "graph.windows.net", "management.core.windows.net",
			".dfs.core.windows.net", ".file.core.windows.net", ".queue.core.windows.net", ".table.core.windows.net",
			".azurecr.io", ".database.windows.net", ".servicebus.windows.net", ".azuredatabricks.net",
		},
		families: []string{
			".azure.com", ".windows.net", ".azure.net", ".azureml.ms", ".azureml.net", ".microsoftonline.com", ".azurecr.io",
			".azuredatabricks.net", ".microsoftonline-p.com", "dc.services.visualstudio.com",
		},
		apart: []string{"dev.azure.com", ".dev.azure.com"},
	}
}

func government() cloud {
	return cloud{
		name: "AzureUSGovernment", portal: "https://portal.azure.us",
		management: "https://management.core.usgovcloudapi.net", learning: "https://ml.azure.us",
		names: map[kind][]string{
			manager: {"management.usgovcloudapi.net"},
			login:   {"login.microsoftonline.us"},
			data:    {".api.ml.azure.us", ".inference.ml.azure.us"},
			storage: {".blob.core.usgovcloudapi.net"},
			vault:   {".vault.usgovcloudapi.net"},
			pages:   {"ml.azure.us"},
		},
		absent:   []string{"graph.microsoft.us", ".dfs.core.usgovcloudapi.net", ".file.core.usgovcloudapi.net"},
		families: []string{".usgovcloudapi.net", ".azure.us", ".microsoftonline.us", ".microsoft.us", ".azureml.us"},
	}
}

func china() cloud {
	return cloud{
		name: "AzureChinaCloud", portal: "https://portal.azure.cn",
		management: "https://management.core.chinacloudapi.cn", learning: "https://ml.azure.cn",
		names: map[kind][]string{
			manager: {"management.chinacloudapi.cn"},
			login:   {"login.chinacloudapi.cn", "login.partner.microsoftonline.cn"},
			data:    {".api.ml.azure.cn", ".inference.ml.azure.cn"},
			storage: {".blob.core.chinacloudapi.cn"},
			vault:   {".vault.azure.cn"},
			pages:   {"studio.ml.azure.cn"},
		},
		absent:   []string{"microsoftgraph.chinacloudapi.cn", ".dfs.core.chinacloudapi.cn", ".file.core.chinacloudapi.cn"},
		families: []string{".chinacloudapi.cn", ".azure.cn", ".windows.cn", ".azureml.cn", ".microsoftonline.cn"},
	}
}

// service is what a name stands for.
type service struct {
	kind  kind
	cloud *cloud
	// secure: the authority of the run vouches for the name, so that what is
	// asked of it is answered, and be it with a refusal.
	secure bool
}

// services tells hosts apart.
type services struct {
	clouds []cloud
	// pass are hosts of Azure's that the user wants passed on all the same.
	pass []string
}

func newServices(pass []string) (services, error) {
	s := services{clouds: clouds()}
	for _, name := range pass {
		host, err := parseHost(strings.TrimPrefix(name, "."))
		if err != nil {
			return s, fmt.Errorf("pass %q on: %w", name, err)
		}
		if strings.HasPrefix(name, ".") {
			host = "." + host
		}
		s.pass = append(s.pass, host)
	}
	return s, nil
}

// of is what a host stands for, which is in lower case and without a dot at its
// end.
func (s services) of(host string) service {
	if under(host, s.pass) {
		return service{}
	}
	for i := range s.clouds {
		c := &s.clouds[i]
		// Registries of the cloud's regions and the like lie below a name that
		// is answered: they are that service too.
		for _, k := range []kind{manager, login, data, storage, vault, pages} {
			if under(host, c.names[k]) {
				return service{kind: k, cloud: c, secure: true}
			}
		}
		if under(host, c.absent) {
			return service{kind: absent, cloud: c, secure: true}
		}
	}
	for i := range s.clouds {
		if under(host, s.clouds[i].families) && !under(host, s.clouds[i].apart) {
			return service{kind: absent, cloud: &s.clouds[i]}
		}
	}
	if ip, err := netip.ParseAddr(host); err == nil && slices.Contains(instances(), ip.Unmap()) {
		return service{kind: instance}
	}
	return service{}
}

// instances are the addresses at which a virtual machine finds its tokens and
// its host.
func instances() []netip.Addr {
	return []netip.Addr{netip.AddrFrom4([4]byte{169, 254, 169, 254}), netip.AddrFrom4([4]byte{168, 63, 129, 16})}
}

// domains are the names that the authority vouches for, and for all below them.
func (s services) domains() []string {
	var list []string
	for _, c := range s.clouds {
		list = append(list, c.absent...)
		for _, names := range c.names {
			list = append(list, names...)
		}
	}
	for i, name := range list {
		list[i] = strings.TrimPrefix(name, ".")
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// under reports whether host is one of names, or below one that begins with a
// dot.
func under(host string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return host == name || strings.HasPrefix(name, ".") && strings.HasSuffix(host, name)
	})
}

// audiences are what a token for a host of the kind may be for.
func (c *cloud) audiences(k kind, host string) []string {
	var list []string
	switch k {
	case storage:
		list = []string{"https://storage.azure.com", "https://" + host}
	case data:
		list = []string{"https://" + c.names[manager][0], c.management, c.learning}
	default:
		list = []string{"https://" + c.names[manager][0], c.management}
	}
	for _, one := range slices.Clone(list) {
		list = append(list, one+"/")
	}
	return list
}
