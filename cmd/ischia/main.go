// Command ischia runs, checks and records Azure Machine Learning pipelines on
// this machine.
package main

import (
	"os"

	"github.com/ischia-ml/ischia/internal/cli"
)

func main() { os.Exit(cli.Main()) }
