package lsp

import (
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// maxPublished bounds the diagnostics of one file that a client is sent: what
// nobody scrolls through only slows the editor down.
const maxPublished = 1_000

// codePage says what each code means.
const codePage = "https://github.com/ischia-ml/ischia/blob/main/docs/reference/diagnostics.md#"

// publication is what was found in a file, as the client wants it.
func (v *view) publication(file fileAt, found diag.List) publishParams {
	p := publishParams{URI: v.uri(file), Diagnostics: []diagnostic{}}
	if d := v.docs[file]; d != nil && v.client.TextDocument.Diagnostics.Version {
		p.Version = &d.version
	}
	texts := map[fileAt]*text{}
	for _, d := range found.Sorted() {
		if len(p.Diagnostics) == maxPublished {
			break
		}
		p.Diagnostics = append(p.Diagnostics, v.diagnostic(file, d, texts))
	}
	return p
}

// spanIn is a range of a file as the client counts; texts are those read
// already.
func (v *view) spanIn(file fileAt, r diag.Range, texts map[fileAt]*text) span {
	t, ok := texts[file]
	if !ok {
		if t = v.text(file); t == nil {
			t = newText("")
		}
		texts[file] = t
	}
	return t.diagSpan(r, v.enc)
}

func (v *view) diagnostic(file fileAt, d diag.Diagnostic, texts map[fileAt]*text) diagnostic {
	out := diagnostic{
		Range: v.spanIn(file, d.Range, texts), Severity: severity(d.Severity),
		Code: string(d.Code), Source: "ischia", Message: d.Message,
	}
	if d.Hint != "" {
		out.Message += "\n" + d.Hint
	}
	can := v.client.TextDocument.Diagnostics
	if can.CodeDescription && d.Code != "" {
		out.CodeDescription = &codeDescription{Href: codePage + string(d.Code)}
	}
	for _, r := range d.Related {
		at := file.beside(r.File)
		if !can.Related {
			out.Message += "\n" + r.Message + ": " + strings.TrimPrefix(r.Pos.String(), r.File)
			continue
		}
		where := location{URI: v.uri(at), Range: v.spanIn(at, r.Range, texts)}
		out.Related = append(out.Related, related{Location: where, Message: r.Message})
	}
	return out
}

// severity is the protocol's number.
func severity(s diag.Severity) int {
	switch s {
	case diag.Error:
		return 1
	case diag.Warning:
		return 2
	}
	return 3
}
