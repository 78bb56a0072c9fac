package cli

import (
	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/driver"
)

// publishCommand is a driver's publish-pipeline for a YAML pipeline.
func (a *app) publishCommand() *cobra.Command {
	return a.actionCommand("publish", "Publish a pipeline in YAML, so that others can run it by its GUID", driver.PublishPipeline)
}
