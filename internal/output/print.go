package output

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
)

// Print writes v, which is anything that encoding/json can marshal, in the
// format of o; the order of its JSON is what `keys(@)` and `*` in a query see.
// It writes nothing when v or the query's result is null.
func Print(w io.Writer, v any, o Options, t TableTransform) error {
	o, err := Parse(o.Format, o.Query, o.Color)
	if err != nil {
		return err
	}
	value, err := convert(v)
	if err != nil {
		return err
	}
	injectResourceGroup(value)
	if value, err = o.query(value); err != nil || value == nil {
		return err
	}
	text, err := render(value, o, t)
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// convert gives our own copy of v, so that Print may add to it.
func convert(v any) (any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("convert the result to JSON: %w", err)
	}
	value, err := jmespath.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("convert the result from JSON: %w", err)
	}
	return value, nil
}

func (o Options) query(value any) (any, error) {
	q, err := o.compile()
	if err != nil || q == nil {
		return value, err
	}
	result, err := q.Search(value)
	if err != nil {
		return nil, &QueryError{Err: err}
	}
	return result, nil
}

func render(value any, o Options, t TableTransform) ([]byte, error) {
	switch o.Format {
	case "none":
		return nil, nil
	case "tsv":
		return renderTSV(value), nil
	case "table":
		return renderTable(value, o.Query != "", t)
	case "yaml", "yamlc":
		return renderYAML(value, o.Color && o.Format == "yamlc")
	default:
		return renderJSON(value, o.Color && o.Format == "jsonc"), nil
	}
}
