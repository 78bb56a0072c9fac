package pipeline

import (
	"reflect"
	"strings"
)

// ownFields are the fields of bodies whose references are no business of what
// the step stands in, or are checked apart.
func ownFields() []string {
	return []string{"input_data", "program_arguments", "append_row_to", "args", "items", "body", "condition", "true_block", "false_block",
		"mapping", "training_data", "validation_data", "test_data", "code"}
}

// specRefs checks the references to what is around a step in all other texts of
// its body.
func (c *checker) specRefs(s scope, body Spec, at string) {
	skip := map[string]bool{}
	for _, name := range ownFields() {
		skip[name] = true
	}
	eachText(reflect.ValueOf(body), at, skip, func(t Text, path string) {
		if strings.Contains(t.Value, "${{") {
			c.bound(&s, t, path)
		}
	})
}

// eachText visits the texts of a body, with their paths. Fields without a tag
// are no part of it.
func eachText(v reflect.Value, at string, skip map[string]bool, visit func(t Text, path string)) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachText(v.Elem(), at, skip, visit)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachText(v.Index(i), at, skip, visit)
		}
	case reflect.Struct:
		switch t := v.Interface().(type) {
		case Text:
			visit(t, at)
		case Literal:
			visit(t.Text, at)
		case LocalPath:
			visit(t.Text, at)
		default:
			textsOfStruct(v, at, skip, visit)
		}
	}
}

func textsOfStruct(v reflect.Value, at string, skip map[string]bool, visit func(t Text, path string)) {
	for i := range v.NumField() {
		tag, ok := v.Type().Field(i).Tag.Lookup("az")
		name, words, _ := strings.Cut(tag, ",")
		if !ok || skip[name] || strings.Contains(words, "key") || strings.Contains(words, "tree") {
			continue
		}
		eachText(v.Field(i), join(at, name), skip, visit)
	}
}
