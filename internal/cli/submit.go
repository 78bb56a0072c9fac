package cli

import (
	"github.com/spf13/cobra"

	"github.com/ischia-ml/ischia/driver"
)

// submitCommand is a driver's submit-experiment for a YAML pipeline.
func (a *app) submitCommand() *cobra.Command {
	return a.actionCommand("submit", "Run a pipeline in YAML as an experiment of a workspace", driver.SubmitExperiment)
}
