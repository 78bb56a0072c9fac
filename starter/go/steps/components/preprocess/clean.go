package preprocess

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Columns of the source. The island and the year are left out on purpose: with
// the island the model would learn the map, not the bird.
const (
	classColumn = "species"
	sexColumn   = "sex"
)

// measurements returns the numeric columns of the source, in the order in
// which they are written.
func measurements() []string {
	return []string{"bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"}
}

// clean returns the table to write, header first, and counts what it did.
func clean(text []byte) ([][]string, Summary, error) {
	records, err := parse(text)
	if err != nil {
		return nil, Summary{}, err
	}
	columns, err := locate(records[0])
	if err != nil {
		return nil, Summary{}, err
	}
	summary := Summary{DroppedBecause: map[string]int{}, RowsPerClass: map[string]int{}}
	var rows [][]string
	for _, record := range records[1:] {
		summary.RowsRead++
		row, reason := encode(record, columns)
		if reason != "" {
			summary.RowsDropped++
			summary.DroppedBecause[reason]++
			continue
		}
		summary.RowsPerClass[row[0]]++
		rows = append(rows, row)
	}
	summary.RowsKept = len(rows)
	if len(rows) == 0 {
		return nil, Summary{}, fmt.Errorf("none of %d rows can be used (%s)", summary.RowsRead, list(summary.DroppedBecause))
	}
	header := append([]string{splitColumn, classColumn}, measurements()...)
	return append([][]string{append(header, "sex_male")}, placeInSplit(rows)...), summary, nil
}

// parse reads the CSV text; spreadsheets like to put a byte order mark first.
func parse(text []byte) ([][]string, error) {
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	records, err := reader.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, errors.New("the file has no header line")
	}
	return records, nil
}

// locate finds the columns that are needed in the header line.
func locate(header []string) (map[string]int, error) {
	columns := map[string]int{}
	for i, name := range header {
		columns[strings.TrimSpace(name)] = i
	}
	var missing []string
	for _, name := range append([]string{classColumn, sexColumn}, measurements()...) {
		if _, found := columns[name]; !found {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the header line lacks %s", strings.Join(missing, ", "))
	}
	return columns, nil
}

// encode turns one record into class, measurements and sex as a number, or
// says why the record cannot be used. The first fault is the reason, so that
// the reasons add up to the rows dropped. Numbers keep the text they had.
func encode(record []string, columns map[string]int) (row []string, reason string) {
	field := func(name string) string { return strings.TrimSpace(record[columns[name]]) }

	class := field(classColumn)
	if isMissing(class) {
		return nil, classColumn + " is missing"
	}
	row = append(row, class)
	for _, name := range measurements() {
		value := field(name)
		if isMissing(value) {
			return nil, name + " is missing"
		}
		if !isNumber(value) {
			return nil, name + " is not a number"
		}
		row = append(row, value)
	}
	switch sex := strings.ToLower(field(sexColumn)); {
	case isMissing(sex):
		return nil, sexColumn + " is missing"
	case sex == "male":
		return append(row, "1"), ""
	case sex == "female":
		return append(row, "0"), ""
	}
	return nil, sexColumn + " is neither male nor female"
}

// isMissing knows the usual ways to write "we do not know".
func isMissing(value string) bool {
	switch strings.ToLower(value) {
	case "", "na", "nan", "null":
		return true
	}
	return false
}

// isNumber accepts plain decimal numbers only: strconv would take 0x1p-2 and
// Inf as well.
func isNumber(value string) bool {
	number, err := strconv.ParseFloat(value, 64)
	return err == nil && !math.IsInf(number, 0) && !strings.ContainsAny(value, "xX_")
}

// print tells what was done.
func (s Summary) print(out io.Writer) {
	fmt.Fprintf(out, "preprocess: data set: %s\n", s.Source)
	fmt.Fprintf(out, "preprocess: rows read: %d\n", s.RowsRead)
	fmt.Fprintf(out, "preprocess: rows dropped: %d", s.RowsDropped)
	if s.RowsDropped > 0 {
		fmt.Fprintf(out, " (%s)", list(s.DroppedBecause))
	}
	fmt.Fprintf(out, "\npreprocess: rows kept: %d (%s)\n", s.RowsKept, list(s.RowsPerClass))
}

// list writes counts as "Adelie: 146, Gentoo: 119", sorted by name.
func list(counts map[string]int) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%s: %d", name, counts[name]))
	}
	return strings.Join(parts, ", ")
}
