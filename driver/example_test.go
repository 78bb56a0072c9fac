package driver_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/ischia-ml/ischia/driver"
	"github.com/ischia-ml/ischia/pipeline"
)

// A whole driver. Its main would be os.Exit(driver.Main(program)).
func ExampleRun() {
	program := driver.Program{
		Pipeline: func(context.Context, driver.Env) (*pipeline.Pipeline, error) {
			p := pipeline.New("hello")
			p.Step("greet", pipeline.Command(pipeline.CommandSpec{
				Name: "greet", Command: "echo hello", Environment: pipeline.Image("ubuntu", ""),
			}))
			return p, nil
		},
		Local: func(_ context.Context, env driver.Env) error {
			fmt.Fprintln(env.Out, "hello")
			return nil
		},
	}
	home, err := os.MkdirTemp("", "ischia-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(home) }()
	program.Home = home // for this example only: usually it is ~/.ischia
	streams := driver.Streams{In: os.Stdin, Out: os.Stdout, Err: io.Discard}
	driver.Run(context.Background(), []string{"--local"}, streams, program)
	driver.Run(context.Background(), []string{"--workspace_name", "my-workspace", "--env", "my-devbox"}, streams, program)
	// Output:
	// hello
	// the pipeline is valid
}
