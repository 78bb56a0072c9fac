package asset

import "github.com/ischia-ml/ischia/pipeline"

// Data gives data a name and a version.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-data
type Data struct {
	Versioned
	// Type is uri_file, uri_folder or mltable; uri_folder without one.
	Type pipeline.Text `az:"type"`
	// Path is a path of this machine, the URI of a datastore, or a web address.
	Path pipeline.LocalPath `az:"path,path"`
	// Datastore is where local data is uploaded to.
	Datastore pipeline.Text `az:"datastore"`
}

// Kind is [DataKind].
func (d *Data) Kind() string { return DataKind }
