// Command 01_preprocess_step is the first step of the pipeline. It reads its
// flags and calls package preprocess; the logic stands there.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/ischia-ml/ischia/starter/go/steps/components/preprocess"
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
		fmt.Fprintln(stderr, "01_preprocess_step:", err)
		return 2
	}
	if _, err := preprocess.Preprocess(stdout, options); err != nil {
		fmt.Fprintln(stderr, "01_preprocess_step:", err)
		return 1
	}
	return 0
}

// parse reads the flags; Azure ML passes booleans as the words True and False.
func parse(args []string, stderr io.Writer) (preprocess.Options, error) {
	var options preprocess.Options
	flags := flag.NewFlagSet("01_preprocess_step", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are returned, and printed once
	flags.StringVar(&options.DataPath, "data_path", "", "CSV `file` to read")
	flags.StringVar(&options.OutputFolder, "preprocess_output", "", "`folder` for the cleaned data (required)")
	useTestDataset := flags.String("use_test_dataset", "False", "`True` to take the data set of this step instead of data_path")
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
	if options.OutputFolder == "" {
		return options, errors.New("--preprocess_output is required")
	}
	var err error
	options.UseTestDataset, err = preprocess.ParseBool(*useTestDataset)
	return options, err
}
