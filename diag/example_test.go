package diag_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/ischia-ml/ischia/diag"
)

func ExampleRender() {
	var found diag.List
	place := diag.Range{Pos: diag.Pos{File: "pipeline.yml", Line: 2, Column: 7}, EndLine: 2, EndColumn: 13}
	found.Errorf(place, "bad-value", "unknown type %q", "comand").Hint = diag.DidYouMean("comand", []string{"command", "sweep"})

	source := func(string) ([]byte, error) { return []byte("name: train\ntype: comand\n"), nil }
	if err := diag.Render(os.Stdout, diag.Text, found, diag.Options{Source: source}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// pipeline.yml:2:7: error: unknown type "comand" [bad-value]
	//   2 | type: comand
	//     |       ^^^^^^
	//   hint: did you mean "command"?
	//
	// 1 error
}

func ExampleList_Err() {
	var found diag.List
	found.Warnf(diag.Range{}, "missing-data", "the folder data is not there")
	fmt.Println(found.Err())

	found.Errorf(diag.Range{Pos: diag.Pos{File: "a.yml", Line: 3, Column: 1}}, "unknown-field", `unknown key "jbos"`)
	err := fmt.Errorf("read the pipeline: %w", found.Err())
	var d diag.Diagnostic
	fmt.Println(errors.As(err, &d), d.Code)
	// Output:
	// <nil>
	// true unknown-field
}

func ExampleSuggest() {
	fmt.Println(diag.Suggest("enviroment", []string{"command", "environment"}))
	// Output: environment
}

func ExampleDescribe() {
	title, _ := diag.Describe(diag.CodeYAMLDuplicateKey)
	fmt.Println(title)
	// Output: A key is given twice
}

func ExampleList_MapFiles() {
	var found diag.List
	found.Errorf(diag.Range{Pos: diag.Pos{File: "/work/a.yml", Line: 1, Column: 1}}, "bad-value", "x")
	shorter := found.MapFiles(func(name string) string { return name[len("/work/"):] })
	fmt.Println(shorter[0].Pos)
	// Output: a.yml:1:1
}
