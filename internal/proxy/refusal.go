package proxy

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// refusal is an answer in the resource manager's shape.
type refusal struct {
	status        int
	code, message string
}

// ServeHTTP implements http.Handler.
func (f refusal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Ms-Error-Code", f.code)
	writeJSON(w, r, f.status, map[string]any{"error": map[string]string{"code": f.code, "message": f.message}})
}

// writeJSON answers with v, of a type that always marshals.
func writeJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic("proxy: marshal an answer: " + err.Error()) // a programmer's mistake
	}
	send(w, r, status, "application/json; charset=utf-8", text)
}

func send(w http.ResponseWriter, r *http.Request, status int, kind string, text []byte) {
	head := w.Header()
	head.Set("Content-Type", kind)
	head.Set("Cache-Control", "no-store")
	head.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(text) // whoever asked may be gone
	}
}

// denial is a refusal of who asks, in the shape of the service that was asked.
type denial struct {
	code, message string
	storage       bool
}

// challenge says how to get in: clients learn from it where the tokens are and
// for what they have to be.
func (d *denial) challenge(w http.ResponseWriter, y *way) {
	d.storage = y.kind == storage
	text := fmt.Sprintf(`Bearer authorization_uri="%s/%s`, y.hosts().Login, y.Tenant)
	if d.storage {
		text = fmt.Sprintf(`Bearer authorization_uri=%s/%s/oauth2/authorize resource_id=https://storage.azure.com`, y.hosts().Login, y.Tenant)
		d.code = "InvalidAuthenticationInfo"
	} else {
		text += `"`
		if d.code == "InvalidAuthenticationToken" {
			text += `, error="invalid_token", error_description="` + strings.ReplaceAll(d.message, `"`, "'") + `"`
		}
	}
	w.Header().Set("WWW-Authenticate", text)
}

// ServeHTTP implements http.Handler.
func (d *denial) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !d.storage {
		refusal{http.StatusUnauthorized, d.code, d.message}.ServeHTTP(w, r)
		return
	}
	w.Header().Set("X-Ms-Error-Code", d.code)
	text, err := xml.Marshal(struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
		Message string
	}{Code: d.code, Message: d.message})
	if err != nil {
		panic("proxy: marshal an answer: " + err.Error()) // a programmer's mistake
	}
	send(w, r, http.StatusUnauthorized, "application/xml", append([]byte(xml.Header), text...))
}

// metadata describes the clouds, for clients that look them up.
func (y *way) metadata(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		refusal{http.StatusMethodNotAllowed, "MethodNotAllowed", "documents can only be read"}.ServeHTTP(w, r)
		return
	}
	h := y.hosts()
	document := map[string]any{
		"name": y.cloud.name, "portal": y.cloud.portal, "resourceManager": h.Manager + "/",
		"authentication": map[string]any{
			"loginEndpoint": h.Login + "/", "audiences": []string{y.cloud.management + "/", h.Manager + "/"},
			"tenant": "common", "identityProvider": "AAD",
		},
		"suffixes": map[string]string{
			"storage":     strings.TrimPrefix(h.BlobSuffix, "blob."),
			"keyVaultDns": strings.TrimPrefix(y.cloud.names[vault][0], "."),
		},
	}
	if r.URL.Query().Get("api-version") < "2019-05-01" {
		writeJSON(w, r, http.StatusOK, document)
		return
	}
	writeJSON(w, r, http.StatusOK, []any{document})
}

// shorten keeps what a client sent from filling an answer or a line.
func shorten(text string) string {
	const most = 500
	if len(text) > most {
		text = text[:most] + "..."
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "")
	}
	return text
}
