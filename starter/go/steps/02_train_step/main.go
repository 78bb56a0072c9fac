// Command 02_train_step is the second step of the pipeline. It reads its flags
// and calls package train; the logic stands there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/ischia-ml/ischia/starter/go/steps/components/train"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the exit: 0 done, 1 the work went wrong, 2 wrong flags.
func run(args []string, stdout, stderr io.Writer) int {
	options, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "02_train_step:", err)
		return 2
	}
	if _, err := train.Train(stdout, options); err != nil {
		fmt.Fprintln(stderr, "02_train_step:", err)
		return 1
	}
	return 0
}

// parse reads the flags.
func parse(args []string, stderr io.Writer) (train.Options, error) {
	var options train.Options
	flags := flag.NewFlagSet("02_train_step", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned, and printed once
	flags.StringVar(&options.Input, "train_input", "", "`folder` that the preprocess step wrote (required)")
	flags.StringVar(&options.OutputsFolder, "outputs_folder", "", "`folder` for the model and its metrics (required)")
	flags.Float64Var(&options.TrainTestRatio, "train_test_ratio", 0.80, "share of `rows` to train on")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.Usage()
		}
		return options, err
	}
	if flags.NArg() > 0 {
		return options, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if options.Input == "" || options.OutputsFolder == "" {
		return options, errors.New("--train_input and --outputs_folder are required")
	}
	return options, nil
}
