package pipeline_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/pipeline"
)

func TestSetInput(t *testing.T) {
	t.Parallel()
	p := pipeline.New("p")
	p.Input("ratio", 0.75)
	p.Input("count", 3)
	p.Input("on", true)
	p.Input("word", "a")
	p.Input("data", pipeline.Folder("./data"))
	for _, test := range []struct{ name, text, want, fault string }{
		{"ratio", "0.60", "0.6", ""},
		{"ratio", "1", "1", ""},
		{"ratio", "1e-3", "0.001", ""},
		{"ratio", "half", "", `"half" is no number`},
		{"count", "07", "07", ""},
		{"count", "1.5", "", "no integer"},
		{"on", "FALSE", "False", ""},
		{"on", "off", "", "neither true nor false"},
		{"word", "0.60", "0.60", ""},
		{"word", "", "", ""},
		{"ratoi", "1", "", `did you mean "ratio"?`},
		{"x", "1", "", "inputs are ratio, count, on, word, data"},
	} {
		err := p.SetInput(test.name, test.text, "home/ada")
		if test.fault != "" {
			if err == nil || !strings.Contains(err.Error(), test.fault) {
				t.Errorf("%s=%s: error %v, want %q", test.name, test.text, err, test.fault)
			}
			continue
		}
		if got := literal(p, test.name); err != nil || got != test.want {
			t.Errorf("%s=%s: got %q, %v", test.name, test.text, got, err)
		}
	}
	for text, want := range map[string]string{"../x": "home/x", "azureml:data:1": ""} {
		if err := p.SetInput("data", text, "home/ada"); err != nil {
			t.Fatal(err)
		}
		d := p.Inputs[4].Value.Data
		if d.Path.Value != text || d.Type != pipeline.URIFolder || (d.Local != nil) != (want != "") || d.Local != nil && d.Local.Name != want {
			t.Errorf("data=%s: got %+v", text, d)
		}
	}
}

func literal(p *pipeline.Pipeline, name string) string {
	for _, in := range p.Inputs {
		if in.Name == name {
			return in.Value.Literal.Value
		}
	}
	return ""
}
