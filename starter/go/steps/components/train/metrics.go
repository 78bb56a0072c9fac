package train

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// Metrics says how good a model is on rows that it has not seen. Its JSON form
// is the metrics file.
type Metrics struct {
	Accuracy       float64        `json:"accuracy"`
	LogLoss        float64        `json:"log_loss"`
	TrainTestRatio float64        `json:"train_test_ratio"`
	TrainRows      int            `json:"train_rows"`
	TestRows       int            `json:"test_rows"`
	Classes        []ClassMetrics `json:"classes"`
	// Confusion counts rows: first index the true class, second the predicted
	// one, both in the order of Classes.
	Confusion [][]int `json:"confusion_matrix"`
}

// ClassMetrics is the part of one class. Precision is the share of rows called
// so that are so, recall the share of rows that are so and are called so.
type ClassMetrics struct {
	Class     string  `json:"class"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	Rows      int     `json:"rows"`
}

// Evaluate measures a model on rows with a known class.
func Evaluate(m *Model, test *Table) (Metrics, error) {
	if len(test.Rows) == 0 {
		return Metrics{}, errors.New("there are no rows to test on")
	}
	metrics := Metrics{TestRows: len(test.Rows), Confusion: make([][]int, len(m.Classes))}
	for k := range m.Classes {
		metrics.Confusion[k] = make([]int, len(m.Classes))
	}
	for _, row := range test.Rows {
		class := slices.Index(m.Classes, row.Class)
		if class < 0 {
			return Metrics{}, fmt.Errorf("the model does not know class %q", row.Class)
		}
		probabilities, err := m.Probabilities(row.Values)
		if err != nil {
			return Metrics{}, err
		}
		metrics.Confusion[class][mostLikely(probabilities)]++
		metrics.LogLoss -= math.Log(max(probabilities[class], math.SmallestNonzeroFloat64))
	}
	metrics.LogLoss /= float64(metrics.TestRows)
	metrics.summarise(m.Classes)
	return metrics, nil
}

// summarise fills in what follows from the confusion matrix.
func (m *Metrics) summarise(classes []string) {
	m.Accuracy = share(m.correct(), m.TestRows)
	for k, class := range classes {
		called, are := 0, 0
		for l := range classes {
			called += m.Confusion[l][k]
			are += m.Confusion[k][l]
		}
		m.Classes = append(m.Classes, ClassMetrics{
			Class:     class,
			Precision: share(m.Confusion[k][k], called),
			Recall:    share(m.Confusion[k][k], are),
			Rows:      are,
		})
	}
}

// correct counts the rows on the diagonal.
func (m *Metrics) correct() int {
	n := 0
	for k := range m.Confusion {
		n += m.Confusion[k][k]
	}
	return n
}

// share divides; of nothing, it is 0.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// print shows the measures.
func (m *Metrics) print(out io.Writer) {
	fmt.Fprintf(out, "train: accuracy: %.4f (%d of %d), log loss: %.4f\n",
		m.Accuracy, m.correct(), m.TestRows, m.LogLoss)
	fmt.Fprintf(out, "train: %-12s %9s %9s %6s   predicted as\n", "class", "precision", "recall", "rows")
	for k, class := range m.Classes {
		fmt.Fprintf(out, "train: %-12s %9.4f %9.4f %6d  ", class.Class, class.Precision, class.Recall, class.Rows)
		for l, rows := range m.Confusion[k] {
			fmt.Fprintf(out, " %s: %d", m.Classes[l].Class, rows)
		}
		fmt.Fprintln(out)
	}
}
