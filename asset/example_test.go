package asset_test

import (
	"fmt"
	"slices"

	"github.com/ischia-ml/ischia/asset"
	"github.com/ischia-ml/ischia/pipeline"
)

// What is read from a file is told apart by its kind.
func ExampleDefinition() {
	for _, def := range []asset.Definition{
		pipeline.New("a job"),
		&pipeline.Component{Type: pipeline.CommandComponent},
	} {
		fmt.Println(def.Kind(), slices.Contains(asset.Kinds(), def.Kind()))
	}
	// Output:
	// pipelineJob true
	// commandComponent true
}
