package lsp

import "github.com/ischia-ml/ischia/diag"

// actions answers textDocument/codeAction: the mends of what is wrong in a
// stretch of a text.
func (v *view) actions(p actionParams) ([]codeAction, error) {
	out := []codeAction{}
	file, ok := fileOf(p.Document.URI)
	d := v.docs[file]
	if !ok || d == nil || v.client.TextDocument.CodeAction.Literal == nil || !p.wants(quickFix) {
		return out, nil
	}
	texts := map[fileAt]*text{file: d.text}
	for _, found := range v.found(file).Sorted() {
		at := d.text.diagSpan(found.Range, v.enc)
		if found.Fix == nil || before(at.End, p.Range.Start) || before(p.Range.End, at.Start) {
			continue
		}
		edits := map[string][]textEdit{}
		for _, e := range found.Fix.Edits {
			of := file.beside(e.File)
			uri := v.uri(of)
			edits[uri] = append(edits[uri], textEdit{Range: v.editSpan(of, e.Range, texts), NewText: e.Text})
		}
		out = append(out, codeAction{
			Title: found.Fix.Message, Kind: quickFix, Preferred: true, Edit: workspaceEdit{Changes: edits},
			Diagnostics: []diagnostic{v.diagnostic(file, found, texts)},
		})
	}
	return out, nil
}

// editSpan is the stretch that an edit replaces, which may be empty.
func (v *view) editSpan(file fileAt, r diag.Range, texts map[fileAt]*text) span {
	out := v.spanIn(file, r, texts)
	if r.EndLine == r.Line && r.EndColumn == r.Column {
		out.End = out.Start
	}
	return out
}

func before(a, b position) bool {
	return a.Line < b.Line || a.Line == b.Line && a.Character < b.Character
}

const quickFix = "quickfix"

// wants: the client asked for actions of that kind, or for all.
func (p actionParams) wants(kind string) bool {
	for _, only := range p.Context.Only {
		if only == kind || only == "" {
			return true
		}
	}
	return len(p.Context.Only) == 0
}

// current is what checks found in a file, those left out whose texts have
// changed since.
func (c *checker) current(file fileAt) diag.List {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out diag.List
	for _, r := range c.roots {
		if r.due.IsZero() && r.stop == nil {
			out = append(out, r.found[file]...)
		}
	}
	return out
}
