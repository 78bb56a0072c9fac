package preprocess

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Names of the files written into the output folder.
const (
	CleanedFile = "cleaned.csv"
	SummaryFile = "summary.json"
)

// DefaultOutputFolder is used when Options.OutputFolder is empty.
const DefaultOutputFolder = "preprocess_output"

// testDataset travels inside the program, so that a first run needs no data
// of yours. See DATA.md for where it comes from.
//
//go:embed penguins.csv
var testDataset []byte

// Options says what to preprocess.
type Options struct {
	// DataPath is the CSV file to read. Not looked at with UseTestDataset.
	DataPath string
	// OutputFolder is created when it is not there.
	OutputFolder string
	// UseTestDataset takes the small data set that is part of this package.
	UseTestDataset bool
}

// Result says what was made. Folder is what train takes as its input.
type Result struct {
	Folder  string
	File    string
	Summary Summary
}

// Summary counts what happened to the rows; it is also written as JSON.
type Summary struct {
	Source         string         `json:"source"`
	RowsRead       int            `json:"rows_read"`
	RowsDropped    int            `json:"rows_dropped"`
	DroppedBecause map[string]int `json:"dropped_because"`
	RowsKept       int            `json:"rows_kept"`
	RowsPerClass   map[string]int `json:"rows_per_class"`
}

// Preprocess cleans the data set and tells out what it did.
func Preprocess(out io.Writer, o Options) (Result, error) {
	source, text, err := o.read()
	if err != nil {
		return Result{}, err
	}
	cleaned, summary, err := clean(text)
	if err != nil {
		return Result{}, fmt.Errorf("clean %s: %w", source, err)
	}
	summary.Source = source
	summary.print(out)

	folder := o.OutputFolder
	if folder == "" {
		folder = DefaultOutputFolder
	}
	file, err := write(folder, cleaned, summary)
	if err != nil {
		return Result{}, fmt.Errorf("write preprocess_output: %w", err)
	}
	fmt.Fprintf(out, "preprocess: wrote %s\n", file)
	return Result{Folder: folder, File: file, Summary: summary}, nil
}

// ParseBool reads a boolean as Azure ML hands it to a command: "True" or
// "False". Upper and lower case do not matter.
func ParseBool(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("use_test_dataset is True or False, not %q", text)
}

// read returns the text of the data set, and a name for it.
func (o Options) read() (source string, text []byte, err error) {
	if o.UseTestDataset {
		return "penguins.csv (the test data set of this step)", testDataset, nil
	}
	if o.DataPath == "" {
		return "", nil, errors.New("no data_path given; give one, or set use_test_dataset to True")
	}
	text, err = os.ReadFile(o.DataPath)
	if errors.Is(err, os.ErrNotExist) {
		return "", nil, fmt.Errorf("data_path %s: no such file; put your data at %s on the workspace's default datastore, with `%s`, "+
			"or set use_test_dataset to True", o.DataPath, datastorePath, uploadCommand())
	}
	if err != nil {
		return "", nil, fmt.Errorf("read data_path: %w", err)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return "", nil, fmt.Errorf("data_path %s: the file is empty", o.DataPath)
	}
	return o.DataPath, text, nil
}

// datastorePath is where the pipeline reads data from, on the default datastore
// of the workspace: the folder is data_path's in the definition.
const datastorePath = "folder/on/default_datastore/my_data.csv"

// uploadCommand puts a file there. In a step, Azure ML says in which workspace
// it runs.
func uploadCommand() string {
	command := "ischia datastore upload my_data.csv " + datastorePath
	if name := os.Getenv("AZUREML_ARM_WORKSPACE_NAME"); name != "" {
		command += " -w " + name + " -g " + os.Getenv("AZUREML_ARM_RESOURCEGROUP")
	}
	return command
}

// write stores the cleaned rows and the summary, and returns the path of the
// former.
func write(folder string, cleaned [][]string, summary Summary) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	var table bytes.Buffer
	if err := csv.NewWriter(&table).WriteAll(cleaned); err != nil {
		return "", err
	}
	file := filepath.Join(folder, CleanedFile)
	if err := os.WriteFile(file, table.Bytes(), 0o644); err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(summary, "", "  ")
	if err != nil {
		return "", err
	}
	return file, os.WriteFile(filepath.Join(folder, SummaryFile), append(text, '\n'), 0o644)
}
