package driver

import (
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/internal/adf"
	"github.com/ischia-ml/ischia/internal/azure"
)

// The forms of a Data Factory pipeline.
const (
	adfExecute = "execute"
	adfBatch   = "batch"
)

// printADF prints a Data Factory pipeline that calls what was published, and
// nothing else to where results go.
func (d *driver) printADF(name string, done azure.Published, m azure.Marker) error {
	p := adf.Published{
		Name: name, ScoringURI: done.ScoringURI, Container: m.Container, Folder: m.Folder, File: m.File,
		GUID: done.GUID, Batch: d.flags.printADF == adfBatch,
	}
	for _, in := range done.Parameters {
		parameter := adf.Parameter{Name: in.Name, Type: in.Type}
		if in.Default != nil {
			parameter.Default = *in.Default
		}
		p.Parameters = append(p.Parameters, parameter)
	}
	text, err := adf.Pipeline(p)
	if err != nil {
		return err
	}
	d.say("published the pipeline %s: %s", name, done.GUID)
	if _, err := fmt.Fprintln(d.streams.Out, strings.TrimRight(string(text), "\n")); err != nil {
		return fmt.Errorf("print the Data Factory pipeline: %w", err)
	}
	return nil
}
