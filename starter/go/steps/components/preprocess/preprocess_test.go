package preprocess_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/starter/go/steps/components/preprocess"
)

const header = "species,island,bill_length_mm,bill_depth_mm,flipper_length_mm,body_mass_g,sex,year\n"

// The starter in Python has the same test with the same digest: the two clean
// and split alike, byte for byte.
func TestTestDataset(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	result, err := preprocess.Preprocess(&out, preprocess.Options{
		OutputFolder: t.TempDir(), UseTestDataset: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := result.Summary
	if s.RowsRead != 344 || s.RowsDropped != 11 || s.RowsKept != 333 || s.RowsPerClass["Chinstrap"] != 68 {
		t.Errorf("summary: %+v", s)
	}
	if want := "rows kept: 333 (Adelie: 146, Chinstrap: 68, Gentoo: 119)"; !strings.Contains(out.String(), want) {
		t.Errorf("output lacks %q:\n%s", want, out.String())
	}
	text, err := os.ReadFile(result.File)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(text)
	const want = "c5d8aa30c6a26fff7bb1450a8d740e1fc84c4cafe53da687332180304d8ac062"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("digest of %s: %s, want %s", preprocess.CleanedFile, got, want)
	}
}

func TestRowsAreDroppedForAReason(t *testing.T) {
	t.Parallel()
	data := "\ufeff" + header +
		"Adelie,Dream,39.1,18.7,181,3750,male,2007\r\n" +
		"Adelie,Dream,39.1,18.7,181,3750,MALE,2007\n" +
		"Adelie,Dream,NA,18.7,181,3750,NA,2007\n" +
		"Adelie,Dream,39.1,deep,181,3750,male,2007\n" +
		"Adelie,Dream,39.1,18.7,181,3750,yes,2007\n" +
		"Adelie,Dream,39.1,18.7,181,Inf,male,2007\n" +
		",Dream,39.1,18.7,181,3750,female,2007\n"
	result, err := preprocess.Preprocess(&bytes.Buffer{}, preprocess.Options{
		DataPath: writeData(t, data), OutputFolder: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := result.Summary; s.RowsRead != 7 || s.RowsKept != 2 || s.RowsDropped != 5 {
		t.Errorf("summary: %+v", s)
	}
	for _, reason := range []string{
		"bill_length_mm is missing", "bill_depth_mm is not a number", "sex is neither male nor female",
		"body_mass_g is not a number", "species is missing",
	} {
		if result.Summary.DroppedBecause[reason] != 1 {
			t.Errorf("%q not counted: %v", reason, result.Summary.DroppedBecause)
		}
	}
}

func TestBadData(t *testing.T) {
	t.Parallel()
	empty, absent := writeData(t, " \n"), filepath.Join(t.TempDir(), "my_data.csv")
	for name, test := range map[string]struct{ path, want string }{
		"no path":       {"", "no data_path given"},
		"no file":       {absent, absent + ": no such file"},
		"empty file":    {empty, empty + ": the file is empty"},
		"no column":     {writeData(t, "species,sex\nAdelie,male\n"), "lacks bill_length_mm, bill_depth_mm"},
		"ragged":        {writeData(t, header+"Adelie,Dream\n"), "wrong number of fields"},
		"nothing kept":  {writeData(t, header+"Adelie,Dream,,1,1,1,male,2007\n"), "none of 1 rows can be used"},
		"only a header": {writeData(t, header), "none of 0 rows can be used"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := filepath.Join(t.TempDir(), "out")
			_, err := preprocess.Preprocess(&bytes.Buffer{}, preprocess.Options{DataPath: test.path, OutputFolder: folder})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if _, err := os.Stat(folder); err == nil {
				t.Error("an output folder was left behind")
			}
		})
	}
}

func TestParseBool(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"True": true, "true": true, " TRUE ": true, "False": false, "false": false} {
		if got, err := preprocess.ParseBool(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "yes", "1"} {
		if _, err := preprocess.ParseBool(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

// writeData writes a data file and returns its path.
func writeData(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "my_data.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
