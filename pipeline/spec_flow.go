package pipeline

import "github.com/ischia-ml/ischia/diag"

// IfElse runs some of the other steps of its pipeline when a condition holds,
// and others when it does not.
type IfElse struct {
	// Condition is a reference to an output, or true or false.
	Condition Text `az:"condition,plain"`
	// Blocks are references to steps: ${{parent.jobs.STEP}}.
	True  []Text `az:"true_block,single"`
	False []Text `az:"false_block,single"`
}

func (*IfElse) stepType() StepType { return IfElseStep }

// DoWhile runs one of the other steps of its pipeline again and again.
type DoWhile struct {
	// Body is a reference to a step: ${{parent.jobs.STEP}}.
	Body Text `az:"body"`
	// Condition is a reference to an output of the body, or its name, or true
	// or false.
	Condition Text         `az:"condition,plain"`
	Mapping   []LoopOutput `az:"mapping"`
	Limits    *LoopLimits  `az:"limits"`
}

func (*DoWhile) stepType() StepType { return DoWhileStep }

// LoopOutput is an output of a loop's body, with the inputs that it becomes in
// the next round.
type LoopOutput struct {
	Name   Text      `az:",key"`
	Inputs LoopNames `az:",value"`
}

// LoopNames are one name, or several.
type LoopNames struct {
	Single Text   `az:",scalar"`
	List   []Text `az:",whole"`
}

// All are the names, however they are written.
func (n LoopNames) All() []Text {
	if n.Single.Value != "" {
		return []Text{n.Single}
	}
	return n.List
}

// LoopLimits bound a loop.
type LoopLimits struct {
	MaxIterationCount Text       `az:"max_iteration_count,plain"`
	Range             diag.Range `az:",place"`
}

// ParallelFor runs one of the other steps of its pipeline once for each item.
type ParallelFor struct {
	// Body is a reference to a step: ${{parent.jobs.STEP}}.
	Body           Text      `az:"body"`
	Items          LoopItems `az:"items"`
	MaxConcurrency Text      `az:"max_concurrency,plain"`
}

func (*ParallelFor) stepType() StepType { return ParallelForStep }

// LoopItems are what a [ParallelFor] runs over: inputs of the body with their
// values, for each item.
type LoopItems struct {
	// Text is a reference, or the items as JSON.
	Text  Text        `az:",scalar"`
	List  []LoopItem  `az:",whole"`
	Named []NamedItem `az:",whole"`
}

// LoopItem is one item of a list.
type LoopItem struct {
	Values []ItemValue `az:",whole"`
	Range  diag.Range  `az:",place"`
}

// NamedItem is one item of a mapping.
type NamedItem struct {
	Name   Text        `az:",key"`
	Values []ItemValue `az:",value"`
}

// ItemValue is what one input of the body is given.
type ItemValue struct {
	Name  Text     `az:",key"`
	Value LoopData `az:",value"`
}

// LoopData is a literal, or a mapping with the type and path of data.
type LoopData struct {
	Literal Literal    `az:",scalar"`
	Type    Text       `az:"type"`
	Path    Text       `az:"path"`
	Mode    Text       `az:"mode"`
	Range   diag.Range `az:",place"`
}
