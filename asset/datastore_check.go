package asset

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Validate checks what the datastore means; see [Validator].
func (d *Datastore) Validate(fs.FS) diag.List {
	c := &checker{}
	c.name(d.Name, "name", nameRule{what: "a datastore", min: 1, max: 255, extra: "-_"})
	c.name(d.AccountName, "account_name", accountName())
	if v := d.ContainerName.Value; v != "$root" && v != "$web" && v != "$logs" {
		c.name(d.ContainerName, "container_name", containerName("a blob container"))
	}
	c.name(d.FileShareName, "file_share_name", containerName("a file share"))
	c.name(d.Filesystem, "filesystem", containerName("a file system"))
	c.protocol(d)
	c.endpoint(d.Endpoint)
	return c.errs
}

// protocol warns of one that the type does not speak. The client passes any on.
func (c *checker) protocol(d *Datastore) {
	known := []string{"https", "abfss"}
	switch strings.ToLower(d.Type.Value) {
	case "", "azure_blob":
		known = []string{"https", "wasbs"}
	case "azure_file":
		known = []string{"https"}
	case "azure_data_lake_gen2":
	default:
		return
	}
	if p := d.Protocol; !blank(p) && !slices.Contains(known, strings.ToLower(p.Value)) {
		c.warnf(p.Range, diag.CodeBadValue, "protocol", "a datastore of type %s does not speak %q", d.Type.Value, p.Value).Hint =
			"protocols are " + strings.Join(known, ", ")
	}
}

// endpoint checks that it is a host, not an address.
func (c *checker) endpoint(t pipeline.Text) {
	if !blank(t) && strings.Contains(t.Value, "/") {
		host := strings.TrimRight(t.Value[strings.Index(t.Value, "//")+1:], "/")
		c.warnf(t.Range, diag.CodeBadValue, "endpoint", "%q is not a host", t.Value).Hint = "write " + strings.Trim(host, "/")
	}
}
