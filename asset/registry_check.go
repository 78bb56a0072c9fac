package asset

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Validate checks what the registry means; see [Validator].
func (r *Registry) Validate(fs.FS) diag.List {
	c := &checker{}
	c.name(r.Name, "name", registryName())
	if r.ContainerRegistry != nil {
		c.armID(r.ContainerRegistry.ID, "container_registry")
	}
	seen := map[string]diag.Range{}
	for i, region := range r.Replication {
		at := fmt.Sprintf("replication_locations[%d]", i)
		c.region(region, at, seen)
	}
	return c.errs
}

// region checks a region, which may stand in the list once.
func (c *checker) region(r Region, at string, seen map[string]diag.Range) {
	key := strings.ToLower(strings.ReplaceAll(r.Location.Value, " ", ""))
	if first, twice := seen[key]; twice && key != "" {
		d := c.warnf(r.Location.Range, diag.CodeDuplicateName, join(at, "location"), "region %s is named twice", r.Location.Value)
		d.Related = append(d.Related, diag.Related{Range: first, Message: "the first"})
	}
	seen[key] = r.Location.Range
	if r.Storage == nil {
		return
	}
	for i, id := range r.Storage.Accounts {
		c.armID(id, fmt.Sprintf("%s.storage_config[%d]", at, i))
	}
}
