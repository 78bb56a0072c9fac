package train

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

const (
	// penalty holds the weights back (L2), as scikit-learn's C=1 does; without it
	// classes that can be told apart perfectly have no best weights.
	penalty = 1.0
	// damping makes the equations of a Newton step solvable: the same number
	// added to every intercept changes nothing, so one direction is flat.
	damping = 1e-8
	// tolerance is the decrease, relative to the loss, that is no longer worth a
	// step.
	tolerance = 1e-10

	maxSteps    = 100
	maxHalvings = 40
)

// Fit learns a model from rows, and says how many steps that took.
func Fit(t *Table) (*Model, int, error) {
	classes := t.Classes()
	if len(classes) < 2 {
		return nil, 0, fmt.Errorf("the rows hold %d class; two or more are needed", len(classes))
	}
	model := &Model{Kind: "multinomial logistic regression", Features: t.Features, Classes: classes}
	model.Mean, model.Scale = scaling(t)

	p := newProblem(t, model)
	weights := mat.NewDense(len(classes), p.columns, nil)
	steps, err := p.minimise(weights)
	if err != nil {
		return nil, 0, err
	}
	last := p.columns - 1 // the column of ones: the intercept
	for k := range classes {
		row := mat.Row(nil, k, weights)
		model.Weights = append(model.Weights, row[:last])
		model.Intercepts = append(model.Intercepts, row[last])
	}
	return model, steps, nil
}

// scaling returns mean and standard deviation of every feature. A feature that
// never changes gets 1: it says nothing, and must not divide by zero.
func scaling(t *Table) (mean, scale []float64) {
	mean, scale = make([]float64, len(t.Features)), make([]float64, len(t.Features))
	n := float64(len(t.Rows))
	for _, row := range t.Rows {
		for i, value := range row.Values {
			mean[i] += value / n
		}
	}
	for _, row := range t.Rows {
		for i, value := range row.Values {
			scale[i] += (value - mean[i]) * (value - mean[i]) / n
		}
	}
	for i, variance := range scale {
		scale[i] = math.Sqrt(variance)
		if scale[i] == 0 {
			scale[i] = 1
		}
	}
	return mean, scale
}

// problem is the loss to minimise: the negative log-likelihood of the classes
// plus the penalty. It is convex, hence Newton's method: a few steps, no
// learning rate to choose, and the same answer every time.
type problem struct {
	x       *mat.Dense // one row per penguin: standardised features, then 1
	class   []int      // the true class of each row
	rows    int
	columns int
	classes int
}

// newProblem standardises the rows.
func newProblem(t *Table, model *Model) *problem {
	p := &problem{rows: len(t.Rows), columns: len(t.Features) + 1, classes: len(model.Classes)}
	p.x = mat.NewDense(p.rows, p.columns, nil)
	for n, row := range t.Rows {
		for i, value := range row.Values {
			p.x.Set(n, i, (value-model.Mean[i])/model.Scale[i])
		}
		p.x.Set(n, p.columns-1, 1)
		p.class = append(p.class, slices.Index(model.Classes, row.Class))
	}
	return p
}

// minimise improves the weights, one row per class, until it does not pay.
func (p *problem) minimise(weights *mat.Dense) (steps int, err error) {
	loss, probabilities := p.evaluate(weights)
	for steps = 1; steps <= maxSteps; steps++ {
		step, decrease, err := p.newtonStep(weights, probabilities)
		if err != nil {
			return 0, err
		}
		if decrease < tolerance*(1+loss) {
			return steps, nil
		}
		loss, probabilities, err = p.advance(weights, step, loss)
		if err != nil {
			return 0, err
		}
	}
	return 0, fmt.Errorf("no convergence after %d steps", maxSteps)
}

// advance walks along the step, halved until the loss goes down.
func (p *problem) advance(weights, step *mat.Dense, loss float64) (float64, *mat.Dense, error) {
	var next mat.Dense
	for range maxHalvings {
		next.Sub(weights, step)
		if lower, probabilities := p.evaluate(&next); lower <= loss {
			weights.Copy(&next)
			return lower, probabilities, nil
		}
		step.Scale(0.5, step)
	}
	return 0, nil, errors.New("no step makes the loss smaller; are there very large values in the data?")
}

// evaluate returns the loss and the probability of each class for each row.
func (p *problem) evaluate(weights *mat.Dense) (loss float64, probabilities *mat.Dense) {
	probabilities = mat.NewDense(p.rows, p.classes, nil)
	probabilities.Mul(p.x, weights.T())
	for n, class := range p.class {
		scores := probabilities.RawRowView(n)
		softmax(scores)
		loss -= math.Log(max(scores[class], math.SmallestNonzeroFloat64))
	}
	for k := range p.classes {
		for _, weight := range weights.RawRowView(k)[:p.columns-1] {
			loss += penalty / 2 * weight * weight
		}
	}
	return loss, probabilities
}

// newtonStep solves hessian * step = gradient, and returns the decrease of the
// loss that the step promises.
func (p *problem) newtonStep(weights, probabilities *mat.Dense) (*mat.Dense, float64, error) {
	gradient := p.gradient(weights, probabilities)
	var cholesky mat.Cholesky
	if !cholesky.Factorize(p.hessian(probabilities)) {
		return nil, 0, errors.New("the equations cannot be solved; is there a value that is not a number?")
	}
	flat := mat.NewVecDense(p.classes*p.columns, gradient.RawMatrix().Data)
	var step mat.VecDense
	if err := cholesky.SolveVecTo(&step, flat); err != nil {
		// A mat.Condition: solved, with few exact digits. The check that the
		// loss goes down guards against a bad step.
		var inexact mat.Condition
		if !errors.As(err, &inexact) {
			return nil, 0, err
		}
	}
	decrease := mat.Dot(flat, &step) / 2
	return mat.NewDense(p.classes, p.columns, step.RawVector().Data), decrease, nil
}

// gradient is (probabilities - truth)ᵀ x, plus the penalty's part.
func (p *problem) gradient(weights, probabilities *mat.Dense) *mat.Dense {
	residual := mat.DenseCopyOf(probabilities)
	for n, class := range p.class {
		residual.Set(n, class, residual.At(n, class)-1)
	}
	gradient := mat.NewDense(p.classes, p.columns, nil)
	gradient.Mul(residual.T(), p.x)
	for k := range p.classes {
		for i := range p.columns - 1 {
			gradient.Set(k, i, gradient.At(k, i)+penalty*weights.At(k, i))
		}
	}
	return gradient
}

// hessian has one block per pair of classes k, l: xᵀ diag(p_k ([k=l] - p_l)) x.
func (p *problem) hessian(probabilities *mat.Dense) *mat.SymDense {
	hessian := mat.NewSymDense(p.classes*p.columns, nil)
	for k := range p.classes {
		for l := k; l < p.classes; l++ {
			block := p.block(probabilities, k, l)
			for i := range p.columns {
				for j := range p.columns {
					hessian.SetSym(k*p.columns+i, l*p.columns+j, block.At(i, j))
				}
			}
		}
		for i := range p.columns {
			added := damping
			if i < p.columns-1 {
				added += penalty
			}
			at := k*p.columns + i
			hessian.SetSym(at, at, hessian.At(at, at)+added)
		}
	}
	return hessian
}

// block computes the block of two classes.
func (p *problem) block(probabilities *mat.Dense, k, l int) *mat.Dense {
	weighted := mat.DenseCopyOf(p.x)
	for n := range p.rows {
		factor := -probabilities.At(n, k) * probabilities.At(n, l)
		if k == l {
			factor += probabilities.At(n, k)
		}
		row := weighted.RawRowView(n)
		for i := range row {
			row[i] *= factor
		}
	}
	block := mat.NewDense(p.columns, p.columns, nil)
	block.Mul(p.x.T(), weighted)
	return block
}
