package pipeline

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// inputs checks declarations: names, and that defaults, enum and bounds agree
// with each other.
func (c *checker) inputs(list []*Input, component bool) {
	seen := make(map[string]*Input, len(list))
	for _, in := range list {
		path := "inputs." + in.Name
		if old := seen[in.Name]; old != nil {
			// As a key with a dot, and again in a group.
			d := c.errorf(in.NameRange, diag.CodeDuplicateName, path, "there are two inputs named %q", in.Name)
			d.Related = append(d.Related, diag.Related{Range: old.NameRange, Message: "the first"})
		}
		seen[in.Name] = in
		c.built(in.build)
		c.portName(in.Name, in.NameRange, "inputs")
		c.bounds(in, path)
		if in.Default != nil {
			c.literal(in, in.Default, path+".default")
		}
		if in.Value != nil && !component {
			c.jobInput(in, path)
		}
	}
}

// jobInput checks the value of a job's own input. There is nothing around a
// job that a reference could name.
func (c *checker) jobInput(in *Input, path string) {
	switch v := in.Value; {
	case v.Data != nil:
		c.dataValue(nil, in, v.Data, path)
	case v.Literal == nil:
	default:
		before := len(c.errs)
		for _, r := range c.refs(v.Literal.Text, path) {
			c.errorf(r.Range, diag.CodeWrongScope, path, "${{%s}} names nothing: there is nothing around a job", r).Hint = "give the input a value"
		}
		if len(c.errs) == before {
			c.literal(in, v.Literal, path)
		}
	}
}

// jobInputs checks the values that a job with `component:` gives it.
func (c *checker) jobInputs(p *Pipeline) {
	declared := c.portsOf(p.Component)
	given := make(map[string]bool, len(p.Inputs))
	for _, in := range p.Inputs {
		path := "inputs." + in.Name
		want := declared.inputs[in.Name]
		given[in.Name] = true
		switch {
		case want == nil && !declared.groups[in.Name]:
			c.errorf(in.NameRange, diag.CodeUnknownInput, path, "component %s has no input %q", componentName(p.Component, p.ComponentRef), in.Name).Hint =
				c.knownHint(in.Name, declared.inputNames, "its inputs are")
		case want == nil:
		case in.Value == nil && !want.Optional && want.Default == nil:
			c.warnf(in.NameRange, diag.CodeMissingInput, path, "input %q has no value yet", in.Name).Hint = giveLater(in.Name)
		case in.Value == nil:
		case in.Value.Literal != nil:
			c.literal(want, in.Value.Literal, path)
		case in.Value.Data != nil && want.Type.IsLiteral():
			c.dataForLiteral(want, in.Value.Data, path)
		}
	}
	for _, want := range p.Component.Inputs {
		if !want.Optional && want.Default == nil && !isGiven(given, want.Name) {
			c.errorf(p.ComponentRef.Range, diag.CodeMissingInput, "inputs."+want.Name, "required input %q of the component has no value", want.Name).Hint =
				"give it under inputs"
		}
	}
}

// giveLater is the hint for an input of a job that is declared without a
// value: the client takes such a job, and the value comes with the submission.
func giveLater(name string) string {
	return fmt.Sprintf("give it a value, here or with --input %s=VALUE", name)
}

func (c *checker) bounds(in *Input, path string) {
	if !boundsAgree(in) {
		c.errorf(in.Min.Range, diag.CodeOutOfRange, path+".min", "min %s of input %q is above its max %s", in.Min.Value, in.Name, in.Max.Value).Hint =
			"exchange them, or correct one"
	}
}

func boundsAgree(in *Input) bool {
	if in.Min == nil || in.Max == nil {
		return true
	}
	lo, okLo := number(in.Min.Value)
	hi, okHi := number(in.Max.Value)
	return !okLo || !okHi || lo.Cmp(hi) <= 0
}

// literalVia checks the literal that reaches want by way of the pipeline's
// input in; the fault is shown where the literal stands.
func (c *checker) literalVia(want, in *Input, at diag.Range, path string) {
	before := len(c.errs)
	c.literal(want, in.Value.Literal, path)
	for i := before; i < len(c.errs); i++ {
		c.errs[i].Related = append(c.errs[i].Related, diag.Related{Range: at, Message: fmt.Sprintf("given to input %q here", want.Name)})
	}
}

// literal checks that a literal is a value of input want (nil: unknown).
func (c *checker) literal(want *Input, lit *Literal, path string) {
	if want == nil {
		return
	}
	switch {
	case want.Type == "":
	case want.Type.IsLiteral():
		if !c.literalType(want, lit, path) {
			return
		}
	default:
		c.literalForData(want, lit, path)
		return
	}
	c.inEnum(want, lit, path)
	c.inRange(want, lit, path)
}

// literalForData: a string given to a data input is a path or URI; a number or
// boolean is a mistake.
func (c *checker) literalForData(want *Input, lit *Literal, path string) {
	if lit.Type != String {
		d := c.errorf(lit.Range, diag.CodeTypeMismatch, path, "input %q is data (%s), but %s is %s", want.Name, want.Type, clip(lit.Value), article(lit.Type))
		d.Hint = "give a path or URI: {type: " + string(want.Type) + ", path: ./data}"
		return
	}
	if IsLocal(lit.Value) {
		return
	}
	c.dataURI(lit.Text, path)
}

// literalType reports a literal that Azure ML could not convert to the
// declared type. Source of the conversions: azure-ai-ml, PARAM_PARSERS
// (integer is int(float(v)), boolean is lower() == "true").
func (c *checker) literalType(want *Input, lit *Literal, path string) bool {
	v := strings.TrimSpace(lit.Value)
	ok, hint := true, ""
	switch want.Type {
	case Integer:
		n, isNumber := number(v)
		ok = isNumber && n.IsInt()
		if isNumber && !ok {
			hint = "an integer has no fraction"
		}
		if ok && !n.Num().IsInt64() {
			c.errorf(lit.Range, diag.CodeOutOfRange, path, "%s does not fit input %q: an integer has 64 bits", clip(v), want.Name).Hint =
				"give a smaller number, or let the input be of type string"
			return false
		}
	case Number:
		_, ok = number(v)
		ok = ok || isSpecialFloat(v)
	case Boolean:
		ok = strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
		hint = "write true or false"
	}
	if !ok {
		c.errorf(lit.Range, diag.CodeTypeMismatch, path, "%q is not %s: input %q wants %s", clip(lit.Value), article(want.Type), want.Name, article(want.Type)).Hint = hint
	}
	return ok
}

func article(t Type) string {
	if t == Integer {
		return "an integer"
	}
	return "a " + string(t)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "..."
	}
	return s
}

func isSpecialFloat(s string) bool {
	f, err := strconv.ParseFloat(s, 64)
	return err == nil && (math.IsInf(f, 0) || math.IsNaN(f))
}

// number reads s exactly; ok is false for what is no finite number. Exponents
// are bounded so that 1e999999999 costs nothing.
func number(s string) (*big.Rat, bool) {
	if len(s) > 400 || strings.ContainsAny(s, "/xXpP_") {
		return nil, false
	}
	if _, exp, found := strings.Cut(strings.ToLower(s), "e"); found {
		if n, err := strconv.Atoi(exp); err != nil || n > 400 || n < -400 {
			return nil, false
		}
	}
	return new(big.Rat).SetString(s)
}

func (c *checker) inEnum(want *Input, lit *Literal, path string) {
	if len(want.Enum) == 0 {
		return
	}
	names := make([]string, len(want.Enum))
	for i, e := range want.Enum {
		names[i] = e.Value
	}
	if slices.Contains(names, lit.Value) {
		return
	}
	d := c.errorf(lit.Range, diag.CodeNotInEnum, path, "%q is not a value of input %q", clip(lit.Value), want.Name)
	d.Hint = "its values are " + strings.Join(names, ", ")
	if dym := diag.DidYouMean(lit.Value, names); dym != "" {
		d.Hint += "; " + dym
	}
	d.Related = append(d.Related, diag.Related{Range: want.NameRange, Message: "declared here"})
}

func (c *checker) inRange(want *Input, lit *Literal, path string) {
	v, ok := number(lit.Value)
	if !ok || !boundsAgree(want) {
		return
	}
	if want.Min != nil {
		if lo, ok := number(want.Min.Value); ok && v.Cmp(lo) < 0 {
			c.outside(want, lit, path, "below its min", want.Min)
		}
	}
	if want.Max != nil {
		if hi, ok := number(want.Max.Value); ok && v.Cmp(hi) > 0 {
			c.outside(want, lit, path, "above its max", want.Max)
		}
	}
}

func (c *checker) outside(want *Input, lit *Literal, path, how string, bound *Literal) {
	d := c.errorf(lit.Range, diag.CodeOutOfRange, path, "%s is %s %s: input %q", lit.Value, how, bound.Value, want.Name)
	d.Hint = allowed(want)
	d.Related = append(d.Related, diag.Related{Range: bound.Range, Message: "declared here"})
}

// allowed says between which numbers the values of an input lie.
func allowed(in *Input) string {
	switch {
	case in.Max == nil:
		return "it is at least " + in.Min.Value
	case in.Min == nil:
		return "it is at most " + in.Max.Value
	}
	return "it is from " + in.Min.Value + " to " + in.Max.Value
}

// dataValue checks data given to input want (nil: unknown), by a step of s
// (nil: by a job).
func (c *checker) dataValue(s *scope, want *Input, d *Data, path string) {
	if want != nil && want.Type.IsLiteral() && want.Value == nil {
		c.dataForLiteral(want, d, path)
		return
	}
	before := len(c.errs)
	if c.brokenBinding(d.Path, path); len(c.errs) > before {
		return
	}
	if d.Local != nil {
		c.localData(d, path)
		return
	}
	if !c.bound(s, d.Path, path+".path") {
		c.dataURI(d.Path, path+".path")
	}
}

func (c *checker) dataForLiteral(want *Input, d *Data, path string) {
	c.errorf(d.Path.Range, diag.CodeTypeMismatch, path, "input %q is %s, but it is given data", want.Name, article(want.Type)).Hint =
		"give " + article(want.Type)
}
