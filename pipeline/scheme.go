package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Schemes are those of the addresses of data that Azure ML reads.
// Source: "Access data in a job" of the Azure ML documentation.
func Schemes() []string {
	return []string{"azureml", "https", "http", "wasbs", "wasb", "abfss", "abfs", "adl", "hdfs", "dbfs", "file"}
}

// AddressFault says what is wrong with the address of data elsewhere, and what
// to write; both are empty when nothing is, or when text is no such address.
// Addresses that begin with azureml: are not looked at.
func AddressFault(text string) (fault, hint string) {
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/ {$") || strings.Contains(text, "${{") {
		return "", ""
	}
	switch lower := strings.ToLower(scheme); {
	case !slices.Contains(Schemes(), lower):
		hint = diag.DidYouMean(lower, Schemes())
		if hint == "" {
			hint = "write azureml://datastores/NAME/paths/PATH, or an address with https, wasbs or abfss"
		}
		return fmt.Sprintf("Azure ML reads no data from %s addresses", scheme), hint
	case rest == "":
		return text + " is not the address of data", "say where it is: " + lower + "://..."
	case slices.Contains([]string{"wasb", "wasbs", "abfs", "abfss"}, lower):
		return storageFault(text, lower, rest)
	}
	return "", ""
}

// storageFault: an address in a storage account names container and account.
func storageFault(text, scheme, rest string) (fault, hint string) {
	place, inside, _ := strings.Cut(rest, "/")
	if container, account, ok := strings.Cut(place, "@"); ok && container != "" && account != "" {
		return "", ""
	}
	if strings.HasPrefix(scheme, "wasb") && strings.Contains(place, ".") && inside != "" {
		return "", "" // Azure's own examples have the container in the path
	}
	service := "blob"
	if strings.HasPrefix(scheme, "abfs") {
		service = "dfs"
	}
	return text + " does not name a container and its account", fmt.Sprintf("write %s://CONTAINER@ACCOUNT.%s.core.windows.net/PATH", scheme, service)
}
