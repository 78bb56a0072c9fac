package proxy

import "testing"

func TestTargets(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"management.azure.com:443": "management.azure.com:443", "Management.AZURE.com:443": "management.azure.com:443",
		"management.azure.com.:443": "management.azure.com:443", "127.0.0.1:8080": "127.0.0.1:8080",
		"[::1]:443": "[::1]:443", "[::ffff:169.254.169.254]:80": "169.254.169.254:80", "xn--mnchen-3ya.de:443": "xn--mnchen-3ya.de:443",
		"a_b.example.com:1": "a_b.example.com:1",

		"management.azure.com": "", "management.azure.com:": "", "management.azure.com:0": "", "management.azure.com:65536": "",
		"management.azure.com:0443": "", "management.azure.com:+443": "", "management.azure.com:443:443": "", "": "", ":443": "",
		"management.azure.com..:443": "", ".management.azure.com:443": "", "management..azure.com:443": "",
		"management%2eazure.com:443": "", "ｍanagement.azure.com:443": "", "management。azure.com:443": "", "user@management.azure.com:443": "",
		"management.azure.com/x:443": "", "management.azure.com\x00.evil.com:443": "", "management.azure.com evil.com:443": "",
		"2852039166:80": "", "0x7f000001:80": "", "127.1:80": "", "0177.0.0.1:80": "", "169.254.43518:80": "", "[fe80::1%25eth0]:443": "",
		"[::1:443": "", "-a.com:443": "",
	} {
		got, err := parseTarget(text, 0)
		switch {
		case err != nil && want != "":
			t.Errorf("%q: got %v, want %s", text, err, want)
		case err == nil && got.String() != want:
			t.Errorf("%q: got %s, want %q", text, got, want)
		}
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	s := services{clouds: clouds(), pass: []string{"public.blob.core.windows.net", ".passed.azure.com"}}
	for host, want := range map[string]kind{
		"management.azure.com": manager, "login.microsoftonline.com": login, "sts.windows.net": login, "x.api.azureml.ms": data,
		"e.westeurope.inference.ml.azure.com": data, "westeurope.experiments.azureml.net": data, "a.blob.core.windows.net": storage,
		"v.vault.azure.net": vault, "ml.azure.com": pages, "management.usgovcloudapi.net": manager, "a.blob.core.chinacloudapi.cn": storage,
		"graph.microsoft.com": absent, "a.dfs.core.windows.net": absent, "a.file.core.windows.net": absent, "r.azurecr.io": absent,
		"portal.azure.com": absent, "eastus.management.azure.com": absent, "a.b.database.windows.net": absent,
		"x.applicationinsights.azure.com": absent, "blob.core.windows.net": absent,
		"dev.azure.com": other, "pkgs.dev.azure.com": other, "pypi.org": other, "github.com": other, "mcr.microsoft.com": other,
		"management.azure.com.evil.com": other, "evilazure.com": other, "127.0.0.1": other,
		"169.254.169.254": instance, "168.63.129.16": instance,
		"public.blob.core.windows.net": other, "x.passed.azure.com": other,
	} {
		if got := s.of(host).kind; got != want {
			t.Errorf("%s: got kind %d, want %d", host, got, want)
		}
	}
}
