package hosts

import (
	"context"
	"net/http"
	"strings"
)

// Hosts are the addresses of services, without a slash at their ends.
type Hosts struct {
	// Manager is the resource manager: https://management.azure.com.
	Manager string
	// Data is the data plane of the workspace, where run history, published
	// pipelines and MLflow are: https://westeurope.api.azureml.ms.
	Data string
	// Pages is what people open in a browser. It is this machine's own address
	// always, as a browser does not go through a proxy.
	Pages string
	// BlobSuffix comes after the name of a storage account and a dot; empty: the
	// account is a part of the path, below Blob.
	BlobSuffix string
	// Blob comes before the name of an account in a path:
	// http://127.0.0.1:PORT/blob. Not used with a BlobSuffix.
	Blob string
	// Login is where tokens are: https://login.microsoftonline.com.
	Login string
}

// blobPath comes before an account where all is on one host.
const blobPath = "/blob"

// Account is the address of a storage account.
func (h Hosts) Account(name string) string {
	if h.BlobSuffix != "" {
		return "https://" + name + "." + h.BlobSuffix
	}
	return h.Blob + "/" + name
}

// AccountOf is the account that a Host header stands for; "" for none.
func (h Hosts) AccountOf(host string) string {
	name, port, _ := strings.Cut(strings.ToLower(host), ":")
	account, ok := strings.CutSuffix(name, "."+h.BlobSuffix)
	if h.BlobSuffix == "" || !ok || port != "" && port != "443" || strings.Contains(account, ".") {
		return ""
	}
	return account
}

type key struct{}

// With is ctx in which [Of] finds h.
func With(ctx context.Context, h Hosts) context.Context { return context.WithValue(ctx, key{}, h) }

// Of are the addresses for the client of r: those of its context, else all on
// the host that it asked.
func Of(r *http.Request) Hosts {
	if h, ok := r.Context().Value(key{}).(Hosts); ok {
		return h
	}
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	return Hosts{Manager: base, Data: base, Pages: base, Blob: base + blobPath, Login: base}
}
