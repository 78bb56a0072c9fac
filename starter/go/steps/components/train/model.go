package train

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
)

// Model is a fitted classifier, scaling included. Its JSON form is the model
// file.
type Model struct {
	Kind     string   `json:"kind"`
	Features []string `json:"features"`
	Classes  []string `json:"classes"`
	// Mean and Scale standardise a value: (value - mean) / scale.
	Mean  []float64 `json:"mean"`
	Scale []float64 `json:"scale"`
	// Weights holds one row per class, one number per feature.
	Weights    [][]float64 `json:"weights"`
	Intercepts []float64   `json:"intercepts"`
}

// LoadModel reads a model file written by Train.
func LoadModel(path string) (*Model, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load the model: %w", err)
	}
	var model Model
	if err := json.Unmarshal(text, &model); err != nil {
		return nil, fmt.Errorf("load the model %s: %w", path, err)
	}
	if err := model.check(); err != nil {
		return nil, fmt.Errorf("load the model %s: %w", path, err)
	}
	return &model, nil
}

// check finds model files that were cut short or edited by hand.
func (m *Model) check() error {
	features, classes := len(m.Features), len(m.Classes)
	if classes < 2 || len(m.Weights) != classes || len(m.Intercepts) != classes {
		return fmt.Errorf("%d classes, %d rows of weights, %d intercepts", classes, len(m.Weights), len(m.Intercepts))
	}
	if len(m.Mean) != features || len(m.Scale) != features {
		return fmt.Errorf("%d features, %d means, %d scales", features, len(m.Mean), len(m.Scale))
	}
	for k, weights := range m.Weights {
		if len(weights) != features {
			return fmt.Errorf("class %q has %d weights for %d features", m.Classes[k], len(weights), features)
		}
	}
	return nil
}

// Predict returns the most likely class of a row of values, which stand in the
// order of Features.
func (m *Model) Predict(values []float64) (string, error) {
	probabilities, err := m.Probabilities(values)
	if err != nil {
		return "", err
	}
	return m.Classes[mostLikely(probabilities)], nil
}

// Probabilities returns how likely each class is, in the order of Classes.
func (m *Model) Probabilities(values []float64) ([]float64, error) {
	if len(values) != len(m.Features) {
		return nil, fmt.Errorf("the model wants %d values, not %d", len(m.Features), len(values))
	}
	scores := make([]float64, len(m.Classes))
	for k, weights := range m.Weights {
		scores[k] = m.Intercepts[k]
		for i, value := range values {
			scores[k] += weights[i] * (value - m.Mean[i]) / m.Scale[i]
		}
	}
	softmax(scores)
	return scores, nil
}

// softmax turns scores into probabilities, in place. The largest score is
// subtracted first, or the exponential would overflow.
func softmax(scores []float64) {
	largest, sum := scores[mostLikely(scores)], 0.0
	for k, score := range scores {
		scores[k] = math.Exp(score - largest)
		sum += scores[k]
	}
	for k := range scores {
		scores[k] /= sum
	}
}

// mostLikely returns the index of the largest number.
func mostLikely(numbers []float64) int {
	best := 0
	for k, number := range numbers {
		if number > numbers[best] {
			best = k
		}
	}
	return best
}
