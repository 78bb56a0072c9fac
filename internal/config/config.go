package config

import (
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"unicode/utf8"
)

// FileName is what the file is called.
const FileName = "default_ischia_config.json"

// Config is what the file says. An empty text means "not given".
type Config struct {
	SubscriptionID string `json:"subscription_id"`
	ResourceGroup  string `json:"resource_group"`
	Location       string `json:"location"`
	// TenantID is found out from the service when it is not given.
	TenantID string `json:"tenant_id"`
	Auth     Auth   `json:"auth"`
}

// Auth names a service principal and where its secret lies. Empty, the user's
// own credentials are used.
type Auth struct {
	ClientID string `json:"client_id"`
	// EnvSecretName is the name of the environment variable to look at first.
	EnvSecretName      string `json:"env_secret_name"`
	KeyvaultURL        string `json:"keyvault_url"`
	KeyvaultSecretName string `json:"keyvault_secret_name"`
}

// Key is one key of the file.
type Key struct {
	// Name is the key; one within a block has the block's name before it:
	// "auth.client_id".
	Name string
	// Help says in a few words what it is.
	Help string

	field func(*Config) *string
	check func(string) error
}

// Keys are all keys that the file may have, in the order to show them.
func Keys() []Key {
	return []Key{
		{"subscription_id", "Azure subscription; none is the workspace on this machine", func(c *Config) *string { return &c.SubscriptionID }, checkID},
		{"resource_group", "resource group of the workspace", func(c *Config) *string { return &c.ResourceGroup }, checkGroup},
		{"location", "Azure region, such as westeurope", func(c *Config) *string { return &c.Location }, checkLocation},
		{"tenant_id", "Microsoft Entra tenant; found out when not given", func(c *Config) *string { return &c.TenantID }, checkID},
		{"auth.client_id", "service principal to act as", func(c *Config) *string { return &c.Auth.ClientID }, checkID},
		{"auth.env_secret_name", "environment variable that holds its secret", func(c *Config) *string { return &c.Auth.EnvSecretName }, checkVariable},
		{"auth.keyvault_url", "key vault that holds its secret otherwise", func(c *Config) *string { return &c.Auth.KeyvaultURL }, checkVault},
		{"auth.keyvault_secret_name", "name of the secret in that vault", func(c *Config) *string { return &c.Auth.KeyvaultSecretName }, checkID},
	}
}

// find is the key of that name.
func find(name string) (Key, bool) {
	for _, k := range Keys() {
		if k.Name == name {
			return k, true
		}
	}
	return Key{}, false
}

// Set gives a key another value than the file does. The error does not repeat
// the value.
func (c *Config) Set(name, value string) error {
	k, ok := find(name)
	if !ok {
		return fmt.Errorf("there is no key %q in %s", name, FileName)
	}
	if value != "" {
		if err := k.check(value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	*k.field(c) = value
	return nil
}

// Check reports what is missing once file and overrides are put together.
func (c Config) Check() error {
	a := c.Auth
	switch {
	case a == Auth{}:
		return nil
	case a.ClientID == "":
		return errors.New("auth.client_id is missing: which service principal does the secret belong to?")
	case (a.KeyvaultURL == "") != (a.KeyvaultSecretName == ""):
		return errors.New("auth.keyvault_url and auth.keyvault_secret_name go together; one of them is missing")
	case a.EnvSecretName == "" && a.KeyvaultURL == "":
		return errors.New("auth.client_id is given, but not where its secret lies: " + whereSecretsGo)
	}
	return nil
}

//go:embed schema.json
var schema []byte

// Schema is the JSON schema of the file.
func Schema() []byte { return append([]byte(nil), schema...) }

// What ids and names may consist of. They become part of addresses.
var (
	idForm       = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	groupForm    = regexp.MustCompile(`^[\p{L}\p{N}._()-]+$`)
	locationForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ()_-]*$`)
	variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func checkID(s string) error {
	if len(s) > 255 || !idForm.MatchString(s) {
		return errors.New("only letters, digits, '.', '_' and '-' may stand here")
	}
	return nil
}

func checkGroup(s string) error {
	if utf8.RuneCountInString(s) > 90 || !groupForm.MatchString(s) {
		return errors.New("a resource group has 1 to 90 letters, digits, '.', '_', '-', '(' and ')'")
	}
	return nil
}

func checkLocation(s string) error {
	if len(s) > 90 || !locationForm.MatchString(s) {
		return errors.New("this is not the name of a region, such as westeurope")
	}
	return nil
}

// checkVariable also catches a secret put in place of its variable's name.
func checkVariable(s string) error {
	if len(s) > 255 || !variableForm.MatchString(s) {
		return errors.New("this is not the name of an environment variable; the secret itself must not stand here")
	}
	return nil
}

func checkVault(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" {
		return errors.New("the address of a key vault looks like https://NAME.vault.azure.net/")
	}
	return nil
}
