package train

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Names of the files written into the outputs folder.
const (
	ModelFile   = "model.json"
	MetricsFile = "metrics.json"
)

// Options says what to train on.
type Options struct {
	// Input is the folder that preprocess wrote.
	Input string
	// OutputsFolder is created when it is not there.
	OutputsFolder string
	// TrainTestRatio is the share of rows to train on, between 0 and 1.
	TrainTestRatio float64
}

// Result says what was made and how good it is.
type Result struct {
	ModelFile   string
	MetricsFile string
	Metrics     Metrics
}

// Train fits a model, measures it, and tells out what it did.
func Train(out io.Writer, o Options) (Result, error) {
	table, err := ReadTable(o.Input)
	if err != nil {
		return Result{}, fmt.Errorf("read train_input: %w", err)
	}
	training, test, err := table.Split(o.TrainTestRatio)
	if err != nil {
		return Result{}, err
	}
	fmt.Fprintf(out, "train: rows: %d, features: %s\n", len(table.Rows), strings.Join(table.Features, ", "))
	fmt.Fprintf(out, "train: train_test_ratio: %g (%d rows to train on, %d rows to test on)\n",
		o.TrainTestRatio, len(training.Rows), len(test.Rows))

	model, steps, err := Fit(training)
	if err != nil {
		return Result{}, fmt.Errorf("fit the model: %w", err)
	}
	fmt.Fprintf(out, "train: fitted %s in %d steps of Newton's method\n", model.Kind, steps)

	metrics, err := Evaluate(model, test)
	if err != nil {
		return Result{}, fmt.Errorf("measure the model: %w", err)
	}
	metrics.TrainTestRatio, metrics.TrainRows = o.TrainTestRatio, len(training.Rows)
	metrics.print(out)
	return write(out, o.OutputsFolder, model, metrics)
}

// write stores the model and its metrics.
func write(out io.Writer, folder string, model *Model, metrics Metrics) (Result, error) {
	result := Result{
		ModelFile:   filepath.Join(folder, ModelFile),
		MetricsFile: filepath.Join(folder, MetricsFile),
		Metrics:     metrics,
	}
	if err := os.MkdirAll(filepath.Dir(result.ModelFile), 0o755); err != nil {
		return Result{}, fmt.Errorf("write outputs_folder: %w", err)
	}
	if err := writeJSON(result.ModelFile, model); err != nil {
		return Result{}, fmt.Errorf("write the model: %w", err)
	}
	if err := writeJSON(result.MetricsFile, metrics); err != nil {
		return Result{}, fmt.Errorf("write the metrics: %w", err)
	}
	fmt.Fprintf(out, "train: wrote %s and %s\n", result.ModelFile, result.MetricsFile)
	return result, nil
}

// writeJSON writes a value in a form that people can read too.
func writeJSON(path string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
