package identity

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// LookUp is the cloud of that name. Without a name it is the one that the
// environment names (AZURE_CLOUD, AZUREML_CURRENT_CLOUD), else the one that the
// Azure CLI is set to, else the usual one. What is none of [Clouds] is looked up
// in the description at ARM_CLOUD_METADATA_URL.
func LookUp(ctx context.Context, name string, getenv func(string) string, transport policy.Transporter) (Cloud, error) {
	o := Options{Getenv: getenv, Transport: transport}.withDefaults()
	for _, found := range []string{name, o.Getenv("AZURE_CLOUD"), o.Getenv("AZUREML_CURRENT_CLOUD"), azCloud(o.Getenv)} {
		if found != "" {
			name = found
			break
		}
	}
	if name == "" {
		return Clouds()[0], nil
	}
	var known []string
	for _, c := range Clouds() {
		if strings.EqualFold(c.Name, name) || strings.EqualFold(strings.TrimSuffix(c.Name, "Cloud"), name) {
			return c, nil
		}
		known = append(known, c.Name)
	}
	if address := o.Getenv("ARM_CLOUD_METADATA_URL"); address != "" {
		return o.describedCloud(ctx, name, address)
	}
	return Cloud{}, &Error{Kind: BadSetting, Doing: fmt.Sprintf("find the cloud %q", oneLine(name)), Cause: "it is none of " + strings.Join(known, ", "),
		Fix: "correct the name, or name its description in ARM_CLOUD_METADATA_URL"}
}

// azCloud is the cloud of the Azure CLI's settings: name in the section [cloud].
func azCloud(getenv func(string) string) string {
	dir := getenv("AZURE_CONFIG_DIR")
	if home := getenv("HOME") + getenv("USERPROFILE"); dir == "" && home != "" {
		dir = filepath.Join(firstSet(getenv("HOME"), getenv("USERPROFILE")), ".azure")
	}
	data, err := os.ReadFile(filepath.Join(dir, "config"))
	if dir == "" || err != nil {
		return ""
	}
	section := ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		if key, value, ok := strings.Cut(line, "="); ok && section == "[cloud]" && strings.TrimSpace(key) == "name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func firstSet(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// description is a cloud as the resource manager describes it, in the shape of
// 2019-05-01 and of those that came later.
type description struct {
	Name            string `json:"name"`
	Portal          string `json:"portal"`
	ResourceManager string `json:"resourceManager"`
	Authentication  struct {
		LoginEndpoint string `json:"loginEndpoint"`
	} `json:"authentication"`
	Suffixes struct {
		Storage  string `json:"storage"`
		KeyVault string `json:"keyVaultDns"`
	} `json:"suffixes"`
}

// maxDescription bounds the description of clouds.
const maxDescription = 1 << 20

// describedCloud reads a cloud from a description, a list or a single object.
func (o Options) describedCloud(ctx context.Context, name, address string) (Cloud, error) {
	try := attempt{doing: fmt.Sprintf("find the cloud %q", oneLine(name))}
	if u, err := url.Parse(address); err != nil || u.Scheme != "https" {
		return Cloud{}, try.fault(BadSetting, "", "ARM_CLOUD_METADATA_URL is not an https address", "correct it")
	}
	tracedCtx, e := traced(ctx)
	resp, err := get(tracedCtx, o.pipeline(), address, "")
	if err != nil || resp.StatusCode != http.StatusOK {
		return Cloud{}, try.explain(ctx, err, e, o.Now())
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxDescription))
	var all []description
	if err == nil && json.Unmarshal(data, &all) != nil {
		all = make([]description, 1)
		err = json.Unmarshal(data, &all[0])
	}
	if err != nil {
		return Cloud{}, try.fault(BadSetting, "", "what ARM_CLOUD_METADATA_URL gives does not describe clouds", "correct it")
	}
	for _, d := range all {
		if strings.EqualFold(d.Name, name) {
			c := d.cloud()
			return c, try.wrap(c.check())
		}
	}
	return Cloud{}, try.fault(BadSetting, "", "ARM_CLOUD_METADATA_URL does not describe it", "correct the name of the cloud")
}

func (a attempt) wrap(err error) error {
	if err == nil {
		return nil
	}
	return a.fault(BadSetting, "", err.Error(), "correct ARM_CLOUD_METADATA_URL")
}

// cloud derives what a description leaves out, as Azure's clients do: the end
// of the portal's name is the end of the data plane's.
func (d description) cloud() Cloud {
	c := Cloud{
		Name: d.Name, Manager: strings.TrimSuffix(d.ResourceManager, "/"), Login: strings.TrimSuffix(d.Authentication.LoginEndpoint, "/"),
		StorageSuffix: d.Suffixes.Storage, VaultSuffix: strings.TrimPrefix(d.Suffixes.KeyVault, "."),
	}
	if parts := strings.SplitN(strings.TrimSuffix(d.Portal, "/"), ".", 3); len(parts) == 3 {
		c.MLResource = "https://ml.azure." + parts[2]
	}
	return c
}
