package armapi

import (
	_ "embed" // for the tables
	"strings"
)

// specified lists the operations of armmachinelearning/v4 (API version
// 2024-04-01), a line each: method, path, name.
//
//go:embed operations.txt
var specifiedText string

// beside lists what clients of the service need of others: resource groups,
// deployments, subscriptions and providers (armresources, armsubscriptions), and
// the places where a long-running operation is asked for.
//
//go:embed beside.txt
var besideText string

// specified are the operations of both tables, without handlers.
func specified() []Operation {
	var list []Operation
	for line := range strings.Lines(specifiedText + besideText) {
		if f := strings.Fields(line); len(f) == 3 {
			list = append(list, Operation{Method: f[0], Path: f[1], Name: f[2]})
		}
	}
	return list
}
