package train

import (
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// What preprocess writes: its file, and the columns that are not features.
// Every other column is taken as a feature, so a new one needs no change here.
const (
	cleanedFile = "cleaned.csv"
	splitColumn = "split_at"
	classColumn = "species"
)

// Table is rows with a known class.
type Table struct {
	Features []string
	Rows     []Row
}

// Row is one penguin.
type Row struct {
	Class  string
	Values []float64 // as many as the table has features
	// SplitAt is the row's place in the split, between 0 and 1.
	SplitAt float64
}

// ReadTable reads the file that preprocess wrote into a folder.
func ReadTable(folder string) (*Table, error) {
	path := filepath.Join(folder, cleanedFile)
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such file; run the preprocess step first", path)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()

	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(records) < 2 {
		return nil, fmt.Errorf("%s: the file has no rows", path)
	}
	table, err := parseTable(records[0], records[1:])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}

// parseTable turns records into rows; line numbers in errors count the header.
func parseTable(header []string, records [][]string) (*Table, error) {
	split, class := slices.Index(header, splitColumn), slices.Index(header, classColumn)
	if split < 0 || class < 0 {
		return nil, fmt.Errorf("the header line lacks %s or %s", splitColumn, classColumn)
	}
	table := &Table{}
	for i, name := range header {
		if i != split && i != class {
			table.Features = append(table.Features, name)
		}
	}
	for n, record := range records {
		row := Row{Class: record[class]}
		for i, text := range record {
			if i == class {
				continue
			}
			number, err := strconv.ParseFloat(text, 64)
			if err != nil {
				return nil, fmt.Errorf("row %d: %s is not a number: %q", n+1, header[i], text)
			}
			if i == split {
				row.SplitAt = number
				continue
			}
			row.Values = append(row.Values, number)
		}
		table.Rows = append(table.Rows, row)
	}
	return table, nil
}

// Classes returns the names of the classes, sorted.
func (t *Table) Classes() []string {
	return slices.Sorted(maps.Keys(t.count()))
}

// count returns the number of rows per class.
func (t *Table) count() map[string]int {
	rows := map[string]int{}
	for _, row := range t.Rows {
		rows[row.Class]++
	}
	return rows
}

// Split cuts the table at a ratio: the rows to train on and the rows to test
// on. Each side must hold every class, or the measures would mean nothing.
func (t *Table) Split(ratio float64) (training, test *Table, err error) {
	if !(ratio > 0 && ratio < 1) { // also true for NaN
		return nil, nil, fmt.Errorf("train_test_ratio must lie between 0 and 1 (for example 0.75), not %g", ratio)
	}
	training, test = &Table{Features: t.Features}, &Table{Features: t.Features}
	for _, row := range t.Rows {
		if row.SplitAt < ratio {
			training.Rows = append(training.Rows, row)
		} else {
			test.Rows = append(test.Rows, row)
		}
	}
	inTraining, inTest := training.count(), test.count()
	for _, class := range t.Classes() {
		if inTraining[class] == 0 || inTest[class] == 0 {
			return nil, nil, fmt.Errorf("train_test_ratio %g leaves %d rows of class %q to train on and %d to test on; both need at least one",
				ratio, inTraining[class], class, inTest[class])
		}
	}
	return training, test, nil
}
