package pipeline

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// sparkStep checks a spark job, or a step with or without a component.
func (c *checker) sparkStep(s *scope, step *Step, body *Spark, at string) {
	comp := step.Component
	c.sparkBody(comp, body, at)
	if comp == nil {
		return // what a registered component says is not known
	}
	if comp.Inline {
		c.codeFolder(comp.Code, join(at, "code"))
		c.environment(step.Environment, join(at, "environment"))
	}
	below, _ := comp.Spec.(*Spark)
	c.sparkConf(step, body, below, at)
	c.sparkModes(s, step, at)
}

// sparkBody checks what a step or component says by itself.
func (c *checker) sparkBody(comp *Component, body *Spark, at string) {
	c.argumentRefs(comp, body.Args, "args", join(at, "args"))
	if comp != nil && body.Entry != nil {
		c.script(comp.Code, body.Entry.File, "entry file", join(at, "entry.file"))
	}
	for _, list := range []struct {
		name  string
		paths []LocalPath
	}{{"py_files", body.PyFiles}, {"jars", body.Jars}, {"files", body.Files}, {"archives", body.Archives}} {
		c.sparkFiles(comp, list.paths, list.name, join(at, list.name))
	}
}

// sparkFiles checks files that are named beside the script: they lie within the
// code, or beside the definition.
func (c *checker) sparkFiles(comp *Component, list []LocalPath, name, at string) {
	seen := map[string]LocalPath{}
	for i := range list {
		l := &list[i]
		path := fmt.Sprintf("%s[%d]", at, i)
		if old, ok := seen[l.Value]; ok {
			d := c.errorf(l.Range, diag.CodeDuplicateName, path, "%s has %q twice", name, l.Value)
			d.Hint = "remove one of them"
			d.Related = append(d.Related, diag.Related{Range: old.Range, Message: "the first"})
			continue
		}
		seen[l.Value] = *l
		if comp == nil || l.Name == "" || c.inCode(comp, l) {
			continue
		}
		c.stat(l, path, "file")
	}
}

// inCode: the code holds the file, or may do so unseen.
func (c *checker) inCode(comp *Component, l *LocalPath) bool {
	switch {
	case c.fsys == nil || comp.CodeRef.Value != "" || len(comp.Includes) > 0:
		return true
	case comp.Code == nil || comp.Code.Name == "":
		return false
	}
	if _, err := fs.Stat(c.fsys, comp.Code.Name); err != nil {
		return true // that the code is not there was reported
	}
	return c.exists(comp.Code.Name, l.Value)
}

// sparkSettings are those that are asked for, by both of their names.
func sparkSettings() [][2]string {
	return [][2]string{
		{"spark.driver.cores", "driver_cores"}, {"spark.driver.memory", "driver_memory"},
		{"spark.executor.cores", "executor_cores"}, {"spark.executor.memory", "executor_memory"},
		{"spark.executor.instances", "executor_instances"},
		{"spark.dynamicAllocation.enabled", "dynamic_allocation_enabled"},
		{"spark.dynamicAllocation.minExecutors", "dynamic_allocation_min_executors"},
		{"spark.dynamicAllocation.maxExecutors", "dynamic_allocation_max_executors"},
	}
}

// setting finds a setting by either name; the first of the bodies that has it
// counts.
func setting(name [2]string, bodies ...*Spark) (Literal, bool) {
	for _, body := range bodies {
		if body == nil || body.Conf == nil {
			continue
		}
		for i := range body.Conf.Settings {
			s := &body.Conf.Settings[i]
			if s.Name.Value == name[0] || s.Name.Value == name[1] {
				return s.Value, true
			}
		}
	}
	return Literal{}, false
}

// sparkConf checks the settings of a step together with its component's.
// Source: azure-ai-ml: entities/_job/spark_helpers.py.
func (c *checker) sparkConf(step *Step, body, below *Spark, at string) {
	names := sparkSettings()
	enabled, _ := setting(names[5], body, below)
	dynamic := strings.EqualFold(enabled.Value, "true")
	if strings.Contains(enabled.Value, "${{") {
		return
	}
	needed := names[:4]
	if dynamic {
		needed = append(slices.Clone(needed), names[6], names[7])
	} else {
		needed = append(slices.Clone(needed), names[4])
	}
	var missing []string
	for _, name := range needed {
		if _, ok := setting(name, body, below); !ok {
			missing = append(missing, name[0])
		}
	}
	if len(missing) > 0 {
		c.sparkLacks(step, body, below, missing, dynamic, at)
	}
	c.executors(dynamic, join(at, "conf"), body, below)
}

// sparkLacks reports settings that have to be there, where the others are.
func (c *checker) sparkLacks(step *Step, body, below *Spark, missing []string, dynamic bool, at string) {
	where := step.NameRange
	if !where.IsValid() {
		where = step.Range
	}
	switch {
	case body.Conf != nil:
		where = body.Conf.Range
	case below != nil && below.Conf != nil:
		where = below.Conf.Range
	}
	d := c.errorf(where, diag.CodeMissingField, join(at, "conf"), "conf of the spark job has no %s", strings.Join(missing, ", "))
	d.Hint = "add " + strings.Join(missing, ", ")
	if dynamic && strings.Contains(missing[len(missing)-1], "dynamic") {
		d.Hint += ": dynamic allocation needs the least and the greatest number of executors"
	}
}

// executors checks the numbers of executors.
func (c *checker) executors(dynamic bool, at string, bodies ...*Spark) {
	names := sparkSettings()
	low, hasLow := setting(names[6], bodies...)
	high, hasHigh := setting(names[7], bodies...)
	count, hasCount := setting(names[4], bodies...)
	if !dynamic {
		for _, v := range []struct {
			given bool
			lit   Literal
			name  string
		}{{hasLow, low, names[6][0]}, {hasHigh, high, names[7][0]}} {
			if v.given {
				c.errorf(v.lit.Range, diag.CodeBadValue, at+"."+v.name, "%s is given, but dynamic allocation is not enabled", v.name).Hint =
					"add spark.dynamicAllocation.enabled: true, or remove it"
				return
			}
		}
		return
	}
	if hasLow && hasHigh {
		c.above(low.Text, high.Text, names[6][0], names[7][0], at+"."+names[6][0])
	}
	if hasCount && hasLow && hasHigh && ordered(low.Text, high.Text) {
		c.above(low.Text, count.Text, names[6][0], names[4][0], at+"."+names[4][0])
		c.above(count.Text, high.Text, names[4][0], names[7][0], at+"."+names[4][0])
	}
}

// ordered: low is not above high.
func ordered(low, high Text) bool {
	a, okA := figure(low)
	b, okB := figure(high)
	return okA && okB && a.Cmp(b) <= 0
}

// sparkModes reports data that reaches a spark job, or leaves it, in another
// way than direct. What is bound has its mode from elsewhere.
func (c *checker) sparkModes(s *scope, step *Step, at string) {
	declared := c.portsOf(step.Component)
	for _, b := range step.Inputs {
		d := b.Value.Data
		if d == nil || strings.Contains(d.Path.Value, "${{") || d.Mode == Direct || declaresDirect(s, declared.inputs[b.Name]) {
			continue
		}
		c.notDirect("input", b.Name, string(d.Mode), firstValid(d.ModeRange, b.NameRange), join(at, "inputs", b.Name, "mode"))
	}
	for _, b := range step.Outputs {
		out := declared.outputs[b.Name]
		if b.To.Value == "" && b.Spec.Mode != Direct && writesData(&b.Spec) && (step.Component.Inline || out == nil || out.Mode != Direct) {
			c.notDirect("output", b.Name, string(b.Spec.Mode), firstValid(b.Spec.ModeRange, b.NameRange), join(at, "outputs", b.Name, "mode"))
		}
	}
	if s != nil {
		return
	}
	for _, out := range step.Component.Outputs {
		if out.Mode != Direct && writesData(out) {
			c.notDirect("output", out.Name, string(out.Mode), firstValid(out.ModeRange, out.NameRange), join("outputs", out.Name, "mode"))
		}
	}
}

// declaresDirect: the component of a step says that an input is direct.
func declaresDirect(s *scope, in *Input) bool { return s != nil && in != nil && in.Mode == Direct }

// writesData: something is said of the output.
func writesData(out *Output) bool { return out.Type != "" || out.Path.Value != "" || out.Mode != "" }

func firstValid(list ...diag.Range) diag.Range {
	for _, r := range list {
		if r.IsValid() {
			return r
		}
	}
	return diag.Range{}
}

func (c *checker) notDirect(what, name, mode string, at diag.Range, path string) {
	has := "no mode"
	if mode != "" {
		has = "mode " + mode
	}
	c.errorf(at, diag.CodeBadValue, path, "%s %q of a spark job has %s; Spark reads and writes data with mode direct only", what, name, has).Hint = "write mode: direct"
}
