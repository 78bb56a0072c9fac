package har

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hidden stands where something was that opens a door.
const hidden = "***"

// closedHeaders are those of which nothing is told.
func closedHeader(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie", "set-cookie", "x-identity-header", "secret", "x-azureml-token", "x-ms-copy-source-authorization",
		"x-ms-authorization-auxiliary", "x-ms-encryption-key", "x-ms-source-encryption-key", "api-key", "x-api-key", "ocp-apim-subscription-key", "x-functions-key":
		return true
	}
	return false
}

// closed are the parameters and members of which nothing is told: of signatures
// of storage, of requests for tokens, and of answers that hold secrets.
func closed(name string) bool {
	switch strings.ToLower(strings.ReplaceAll(strings.ReplaceAll(name, "_", ""), "-", "")) {
	case "sig", "code", "accesstoken", "refreshtoken", "idtoken", "clientsecret", "clientassertion", "devicecode", "credential", "usercode",
		"password", "assertion", "token", "key", "primarykey", "secondarykey", "sastoken", "accountkey", "primaryaccesskey",
		"userstoragekey", "connectionstring", "secret", "clientinfo", "codeverifier", "secondaryaccesskey", "accesskey", "sharedaccesssignature",
		"secretaccesskey", "apikey", "pat", "sas":
		return true
	}
	return false
}

// signature is the part of a link that opens a door, wherever the link stands:
// by itself, in XML, or as a parameter of another one.
var signature = regexp.MustCompile(`(?i)((?:[?&]|&amp;|%(?:25)*3f|%(?:25)*26)(?:sig|code|access_token|refresh_token|id_token|client_secret|token)(?:=|%(?:25)*3d))[^&"'\s<>\\]+`)

// accountKey is the same of a connection string.
var accountKey = regexp.MustCompile(`(?i)\b((?:AccountKey|SharedAccessKey|SharedAccessSignature)=)[^;"'\s<>\\]+`)

func unsigned(text string) string {
	return accountKey.ReplaceAllString(signature.ReplaceAllString(text, "${1}"+hidden), "${1}"+hidden)
}

// address is what was asked for, without what opens doors.
func address(r *http.Request, base string) string {
	if base == "" {
		base = "http://" + r.Host
		if r.TLS != nil {
			base = "https://" + r.Host
		}
	}
	text := base + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		text += "?" + openQuery(r.URL.RawQuery)
	}
	return unsigned(text)
}

// openQuery is a query without the values that open doors, in the order and the
// spelling in which it came. The name of a parameter may be escaped, too.
func openQuery(raw string) string {
	parts := strings.Split(raw, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if plain, err := url.QueryUnescape(name); err != nil || closed(plain) {
			parts[i] = name + "=" + hidden
		}
	}
	return strings.Join(parts, "&")
}

func headers(h http.Header) []field {
	list := []field{}
	for _, name := range slices.Sorted(maps.Keys(h)) {
		for _, value := range h[name] {
			if closedHeader(name) {
				value = hidden
			}
			list = append(list, field{name, unsigned(value)})
		}
	}
	return list
}

// query are the parameters of a query or a form.
func query(values url.Values) []field {
	list := []field{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		for _, value := range values[name] {
			if closed(name) {
				value = hidden
			}
			list = append(list, field{name, unsigned(value)})
		}
	}
	return list
}

// show is a body as it may be told: the text of JSON and XML, the parameters of
// a form, nothing of anything else, or of what was cut off. In a vault each value
// is a secret.
func show(kind string, text []byte, whole, vault bool) (string, []field) {
	media, _, err := mime.ParseMediaType(kind)
	if err != nil || !whole {
		return "", nil
	}
	switch {
	case media == "application/x-www-form-urlencoded":
		values, err := url.ParseQuery(string(text))
		if err != nil {
			return "", nil
		}
		return "", query(values)
	case media == "application/json", strings.HasSuffix(media, "+json"):
		return showJSON(text, vault), nil
	case media == "application/xml":
		return unsigned(string(text)), nil
	}
	return "", nil
}

// showJSON is a text of JSON with its members sorted; empty when it is none.
func showJSON(text []byte, vault bool) string {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if d.Decode(&value) != nil || d.More() {
		return ""
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if e.Encode(open(value, vault)) != nil {
		return ""
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// keyring reports whether what is called so holds secrets, each as a value: the
// keys of an account, the passwords of a registry, a parameter of a template.
func keyring(name string) bool {
	switch strings.ToLower(name) {
	case "keys", "passwords", "secrets":
		return true
	}
	return name != "code" && closed(name)
}

// open is value without what opens doors. Among secrets, each member that is
// called value is one.
func open(value any, secrets bool) any {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			// An authorization code comes as a parameter; in JSON it is the code of
			// an error, or that of a component.
			if _, text := member.(string); text && (name != "code" && closed(name) || secrets && strings.EqualFold(name, "value")) {
				v[name] = hidden
				continue
			}
			v[name] = open(member, secrets || keyring(name))
		}
	case []any:
		for i := range v {
			v[i] = open(v[i], secrets)
		}
	case string:
		return unsigned(v)
	}
	return value
}

// ofVault reports whether an address is that of a key vault.
func ofVault(base string) bool {
	u, err := url.Parse(base)
	return err == nil && strings.Contains(u.Hostname(), ".vault.")
}
