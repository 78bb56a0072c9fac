package config_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/ischia-ml/ischia/internal/config"
)

const full = `{
  "$schema": "x",
  "subscription_id": "00000000-0000-0000-0000-000000000001",
  "resource_group": "group (1)",
  "location": "West Europe",
  "tenant_id": null,
  "auth": {
    "client_id": "00000000-0000-0000-0000-000000000002",
    "env_secret_name": "MY_SECRET",
    "keyvault_url": "https://v.vault.azure.net/",
    "keyvault_secret_name": ""
  }
}`

func TestParse(t *testing.T) {
	t.Parallel()
	got, errs := config.Parse("c.json", []byte(strings.Replace(full, " (1)", "-1", 1)))
	want := config.Config{
		SubscriptionID: "00000000-0000-0000-0000-000000000001", ResourceGroup: "group-1", Location: "West Europe",
		Auth: config.Auth{
			ClientID: "00000000-0000-0000-0000-000000000002", EnvSecretName: "MY_SECRET", KeyvaultURL: "https://v.vault.azure.net/",
		},
	}
	if len(errs) > 0 || got != want {
		t.Errorf("got %+v, %v", got, errs)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	t.Parallel()
	got, errs := config.Load(fstest.MapFS{}, config.FileName)
	if len(errs) > 0 || got != (config.Config{}) {
		t.Errorf("got %+v, %v", got, errs)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const canary = "hunter2-canary"
	for name, test := range map[string]struct {
		text string
		want []string // "line:column code message", and a part of the hint after " | "
	}{
		"empty":             {"", []string{"1:1 json-syntax this is not JSON: unexpected end of JSON input"}},
		"byte order mark":   {"\xef\xbb\xbf{}", nil},
		"no object":         {"[1, {\"a\": 2}]", []string{"1:1 wrong-shape the file must hold one object"}},
		"cut off":           {"{\n  \"location\": ", []string{"2:15 json-syntax this is not JSON: unexpected end of JSON input"}},
		"stray comma":       {"{\n  \"location\": \"x\",\n}", []string{"3:1 json-syntax this is not JSON: "}},
		"comment":           {"{\n  // here\n}", []string{"2:3 json-syntax this is not JSON: "}},
		"more":              {"{}\n{}", []string{"2:1 json-syntax this is not JSON: invalid character '{' after top-level value"}},
		"not UTF-8":         {"{\"location\": \"\xff\"}", []string{"1:1 json-syntax the file is not UTF-8"}},
		"unknown":           {"{\n\t\"subscripton_id\": \"x\"\n}", []string{`2:2 unknown-field unknown key "subscripton_id" | did you mean "subscription_id"?`}},
		"unknown in auth":   {"{\"auth\": {\"client\": \"x\"}}", []string{`1:11 unknown-field unknown key "client" | client_id`}},
		"not in auth":       {"{\"client_id\": \"x\"}", []string{`1:2 unknown-field unknown key "client_id" | belongs into the block auth`}},
		"twice":             {"{\"location\": \"a\", \"location\": \"b\"}", []string{`1:19 duplicate-name the key "location" stands here twice`}},
		"after umlauts":     {"{\"ä\": \"öö\", \"ü\": 1}", []string{`1:2 unknown-field unknown key "ä"`, `1:13 unknown-field unknown key "ü"`}},
		"number":            {"{\"location\": 7}", []string{"1:14 wrong-shape location must be text in quotes"}},
		"list":              {"{\"location\": [{\"a\": 1}], \"x\": {\"y\": []}}", []string{"1:14 wrong-shape location must be", `1:26 unknown-field unknown key "x" | there are subscription_id, resource_group, location, tenant_id, auth`}},
		"auth is text":      {"{\"auth\": \"" + canary + "\"}", []string{"1:10 wrong-shape auth must be an object"}},
		"secret":            {"{\"auth\": {\"client_secret\": \"" + canary + "\"}}", []string{`1:11 secret-in-file a secret must not stand in this file: "client_secret" | auth.env_secret_name`}},
		"secret at the top": {"{\"password\": \"" + canary + "\"}", []string{"1:2 secret-in-file"}},
		"like a secret":     {"{\"myAccessToken\": \"" + canary + "\"}", []string{"1:2 secret-in-file"}},
		"misspelt name":     {"{\"auth\": {\"env_secret_nam\": \"X\"}}", []string{`1:11 unknown-field unknown key "env_secret_nam" | did you mean "env_secret_name"?`}},
		"secret as name":    {"{\"auth\": {\"env_secret_name\": \"" + canary + "~1\"}}", []string{"1:30 bad-value auth.env_secret_name: this is not the name of an environment variable"}},
		"vault":             {"{\"auth\": {\"keyvault_url\": \"http://" + canary + "\"}}", []string{"1:27 bad-value auth.keyvault_url: the address of a key vault"}},
		"subscription":      {"{\"subscription_id\": \"../" + canary + "\"}", []string{"1:21 bad-value subscription_id: only letters"}},
		"group":             {"{\"resource_group\": \"a/b\"}", []string{"1:20 bad-value resource_group"}},
		"location":          {"{\"location\": \"a/b\"}", []string{"1:14 bad-value location"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, errs := config.Parse("c.json", []byte(test.text))
			if len(errs) != len(test.want) {
				t.Fatalf("got %d faults, want %d: %v", len(errs), len(test.want), errs)
			}
			for i, d := range errs {
				got := fmt.Sprintf("%d:%d %s %s", d.Line, d.Column, d.Code, d.Message)
				want, hint, _ := strings.Cut(test.want[i], " | ")
				if !strings.HasPrefix(got, want) || !strings.Contains(d.Hint, hint) || d.File != "c.json" {
					t.Errorf("got  %s | %s\nwant %s", got, d.Hint, test.want[i])
				}
				if strings.Contains(got+d.Hint+d.Path, canary) {
					t.Errorf("a value is repeated: %s | %s", got, d.Hint)
				}
			}
		})
	}
}

func TestSet(t *testing.T) {
	t.Parallel()
	var c config.Config
	for _, k := range config.Keys() {
		value := "https://v.vault.azure.net/"
		if k.Name != "auth.keyvault_url" {
			value = "v"
		}
		if err := c.Set(k.Name, value); err != nil {
			t.Error(err)
		}
	}
	if v := reflect.ValueOf(c); v.FieldByName("TenantID").String() != "v" || c.Auth.KeyvaultSecretName != "v" {
		t.Errorf("got %+v", c)
	}
	if err := c.Set("resource_grop", "v"); err == nil || !strings.Contains(err.Error(), `no key "resource_grop"`) {
		t.Errorf("error %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		auth config.Auth
		want string
	}{
		"none":      {config.Auth{}, ""},
		"variable":  {config.Auth{ClientID: "c", EnvSecretName: "V"}, ""},
		"vault":     {config.Auth{ClientID: "c", KeyvaultURL: "u", KeyvaultSecretName: "n"}, ""},
		"whose":     {config.Auth{EnvSecretName: "V"}, "auth.client_id is missing"},
		"half":      {config.Auth{ClientID: "c", KeyvaultURL: "u"}, "go together"},
		"no secret": {config.Auth{ClientID: "c"}, "not where its secret lies"},
	} {
		err := config.Config{Auth: test.auth}.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

// The schema, the struct and the list of keys say the same.
func TestSchema(t *testing.T) {
	t.Parallel()
	type object struct {
		Description string
		Properties  map[string]object
	}
	var schema object
	if err := json.Unmarshal(config.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	delete(schema.Properties, "$schema")
	inSchema := map[string]string{}
	for name, p := range schema.Properties {
		if p.Properties == nil {
			inSchema[name] = p.Description
		}
		for sub, q := range p.Properties {
			inSchema[name+"."+sub] = q.Description
		}
	}
	inKeys := map[string]string{}
	for _, k := range config.Keys() {
		inKeys[k.Name] = k.Help
	}
	if diff := cmp.Diff(inKeys, inSchema); diff != "" {
		t.Errorf("keys and schema differ (-keys +schema):\n%s", diff)
	}
	inStruct := fields("", reflect.TypeFor[config.Config]())
	if diff := cmp.Diff(inStruct, slices.Sorted(maps.Keys(inKeys))); diff != "" {
		t.Errorf("struct and keys differ (-struct +keys):\n%s", diff)
	}
}

func fields(block string, t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		name := block + f.Tag.Get("json")
		if f.Type.Kind() == reflect.Struct {
			names = append(names, fields(name+".", f.Type)...)
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// What Parse takes is JSON that encoding/json reads alike, and every fault has
// a place within the text.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{full, "{}", "", "[", "{\"auth\": null, \"location\": \"\\ud83d\"}", "{\"a\":{\"b\":[1,2]}}", "{\"location\" \"x\"}", "\xef\xbb\xbf{\"LOCATION\":\"x\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, errs := config.Parse("c.json", text)
		lines := strings.Count(string(text), "\n") + 1
		for _, d := range errs {
			if d.Line < 1 || d.Line > lines || d.Column < 1 || d.EndLine < d.Line || d.Code == "" || d.Message == "" {
				t.Errorf("fault without a place: %+v", d)
			}
		}
		if len(errs) > 0 {
			return
		}
		var want config.Config
		dec := json.NewDecoder(strings.NewReader(strings.TrimPrefix(string(text), "\xef\xbb\xbf")))
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("taken, but not JSON: %v", err)
		}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
