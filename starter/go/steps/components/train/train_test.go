package train_test

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/starter/go/steps/components/preprocess"
	"github.com/ischia-ml/ischia/starter/go/steps/components/train"
)

func TestTrain(t *testing.T) {
	t.Parallel()
	input := penguins(t)
	for _, test := range []struct {
		ratio               float64
		trainRows, testRows int
	}{
		{0.5, 166, 167}, {0.75, 249, 84}, {0.8, 266, 67},
	} {
		t.Run(fmt.Sprint(test.ratio), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			result, err := train.Train(&out, train.Options{
				Input: input, OutputsFolder: t.TempDir(), TrainTestRatio: test.ratio,
			})
			if err != nil {
				t.Fatal(err)
			}
			m := result.Metrics
			if m.TrainRows != test.trainRows || m.TestRows != test.testRows {
				t.Errorf("%d rows to train on and %d to test on, want %d and %d", m.TrainRows, m.TestRows, test.trainRows, test.testRows)
			}
			if m.Accuracy < 0.9 || m.LogLoss > 0.2 {
				t.Errorf("accuracy %v, log loss %v", m.Accuracy, m.LogLoss)
			}
			want := fmt.Sprintf("(%d rows to train on, %d rows to test on)", test.trainRows, test.testRows)
			if !strings.Contains(out.String(), want) {
				t.Errorf("output lacks %q:\n%s", want, out.String())
			}
		})
	}
}

func TestSameDataSameModel(t *testing.T) {
	t.Parallel()
	input := penguins(t)
	var files [2]string
	for i := range files {
		result, err := train.Train(&bytes.Buffer{}, train.Options{Input: input, OutputsFolder: t.TempDir(), TrainTestRatio: 0.75})
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(result.ModelFile)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = string(text)
	}
	if files[0] != files[1] {
		t.Errorf("two models from the same rows:\n%s\n%s", files[0], files[1])
	}
}

func TestLoadedModelIsTheSame(t *testing.T) {
	t.Parallel()
	input := penguins(t)
	result, err := train.Train(&bytes.Buffer{}, train.Options{Input: input, OutputsFolder: t.TempDir(), TrainTestRatio: 0.75})
	if err != nil {
		t.Fatal(err)
	}
	model, err := train.LoadModel(result.ModelFile)
	if err != nil {
		t.Fatal(err)
	}
	table, err := train.ReadTable(input)
	if err != nil {
		t.Fatal(err)
	}
	_, test, err := table.Split(0.75)
	if err != nil {
		t.Fatal(err)
	}
	again, err := train.Evaluate(model, test)
	if err != nil {
		t.Fatal(err)
	}
	if again.Accuracy != result.Metrics.Accuracy || !reflect.DeepEqual(again.Confusion, result.Metrics.Confusion) {
		t.Errorf("loaded: %+v, trained: %+v", again, result.Metrics)
	}
	// A heavy bird with a long, flat bill.
	if species, err := model.Predict([]float64{50, 15, 225, 5600, 1}); err != nil || species != "Gentoo" {
		t.Errorf("predicted %q, %v", species, err)
	}
	if _, err := model.Predict([]float64{50}); err == nil {
		t.Error("a row with one value is taken")
	}
}

func TestBadRatio(t *testing.T) {
	t.Parallel()
	input := penguins(t)
	for ratio, want := range map[float64]string{
		0: "must lie between 0 and 1", 1: "must lie between 0 and 1", -0.5: "must lie between 0 and 1",
		75: "must lie between 0 and 1", math.NaN(): "must lie between 0 and 1",
		0.001: "leaves 0 rows of class \"Adelie\" to train on", 0.999: "both need at least one",
	} {
		_, err := train.Train(&bytes.Buffer{}, train.Options{Input: input, OutputsFolder: t.TempDir(), TrainTestRatio: ratio})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ratio %v: error %v, want one with %q", ratio, err, want)
		}
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"no file":      {"", "run the preprocess step first"},
		"no rows":      {"split_at,species,x\n", "has no rows"},
		"no column":    {"species,x\nAdelie,1\n", "lacks split_at or species"},
		"not a number": {"split_at,species,x\n0.5,Adelie,wide\n", `row 1: x is not a number: "wide"`},
		"one class":    {"split_at,species,x\n0.25,Adelie,1\n0.75,Adelie,2\n", "two or more are needed"},
		"NaN":          {"split_at,species,x\n0.25,A,NaN\n0.75,A,2\n0.25,B,1\n0.75,B,2\n", "not a number"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if test.text != "" {
				if err := os.WriteFile(filepath.Join(folder, "cleaned.csv"), []byte(test.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := train.Train(&bytes.Buffer{}, train.Options{Input: folder, OutputsFolder: t.TempDir(), TrainTestRatio: 0.5})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// A feature that never changes and classes that never overlap are what breaks
// a careless fit.
func TestHardTables(t *testing.T) {
	t.Parallel()
	table := &train.Table{Features: []string{"x", "always_7"}}
	for i := range 20 {
		class := "low"
		if i >= 10 {
			class = "high"
		}
		table.Rows = append(table.Rows, train.Row{Class: class, Values: []float64{float64(i) * 1e6, 7}})
	}
	model, _, err := train.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := train.Evaluate(model, table)
	if err != nil {
		t.Fatal(err)
	}
	if metrics.Accuracy != 1 {
		t.Errorf("accuracy %v, want 1", metrics.Accuracy)
	}
}

func TestDamagedModelFile(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"not JSON":   "{",
		"no classes": "{}",
		"no weights": `{"classes":["a","b"],"features":["x"],"mean":[0],"scale":[1],"weights":[[],[]],"intercepts":[0,0]}`,
		"no mean":    `{"classes":["a","b"],"features":["x"],"scale":[1],"weights":[[1],[1]],"intercepts":[0,0]}`,
	} {
		path := filepath.Join(t.TempDir(), train.ModelFile)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := train.LoadModel(path); err == nil {
			t.Errorf("%s: the file is taken", name)
		}
	}
}

// penguins preprocesses the test data set and returns the folder.
func penguins(t *testing.T) string {
	t.Helper()
	result, err := preprocess.Preprocess(&bytes.Buffer{}, preprocess.Options{OutputFolder: t.TempDir(), UseTestDataset: true})
	if err != nil {
		t.Fatal(err)
	}
	return result.Folder
}
