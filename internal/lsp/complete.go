package lsp

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/schema"
	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// maxItems bounds a completion; the client asks again as more is typed.
const maxItems = 500

// completer collects what may be written at one place.
type completer struct {
	*view
	source *source
	offset int
	place  place
	items  []completionItem
	// partial: there is more, so the client should ask again.
	partial bool
	seen    map[string]bool
}

// completion answers textDocument/completion.
func (v *view) completion(p placeParams) (completionList, error) {
	list := completionList{Items: []completionItem{}}
	file, ok := fileOf(p.Document.URI)
	if !ok || v.docs[file] == nil {
		return list, nil
	}
	t := v.docs[file].text
	c := &completer{view: v, offset: t.offset(p.Position, v.enc), seen: map[string]bool{}}
	if strings.TrimSpace(t.s) == "" {
		c.source = &source{file: file, text: t, root: &yamlnode.Node{}}
		c.skeletons()
	} else if isDefinition(v.ctx, t) {
		c.source = &source{file: file, text: t, root: treeWithout(t, t.lineOf(c.offset), v.docs[file].memo)}
		c.complete()
	}
	if len(c.items) > 0 {
		list.Items = c.items
	}
	list.IsIncomplete = c.partial
	return list, nil
}

func (c *completer) complete() {
	c.place = placeAt(c.source.text, c.offset)
	if c.place.role == noPlace {
		return
	}
	if b, ok := bindingAt(c.source.text, c.offset); ok {
		c.inBinding(b)
		return
	}
	if c.place.free {
		return
	}
	if c.place.role != valPlace {
		c.keys()
	}
	if c.place.role != keyPlace {
		c.values()
	}
}

// add offers text for what stands at the place.
func (c *completer) add(item completionItem, text string) {
	c.addOver(item, text, c.place.start, c.place.end)
}

func (c *completer) addOver(item completionItem, text string, start, end int) {
	if c.seen[item.Label] {
		return
	}
	if len(c.items) == maxItems {
		c.partial = true
		return
	}
	c.seen[item.Label] = true
	if item.SortText == "" {
		item.SortText = fmt.Sprintf("%d%04d", 5, len(c.items))
	}
	item.Edit = &textEdit{Range: c.editRange(start, end), NewText: text}
	if item.Format == 2 && !c.client.TextDocument.Completion.Item.Snippets {
		return
	}
	c.items = append(c.items, item)
}

// editRange is what an item replaces. The protocol wants it on one line.
func (c *completer) editRange(start, end int) span {
	line := c.source.text.lineOf(c.offset)
	first := c.source.text.starts[line]
	start = max(start, first)
	end = min(max(end, c.offset), first+len(c.source.text.line(line)))
	return c.source.text.span(min(start, end), max(start, end), c.enc)
}

// doc is documentation in the format that the client prefers.
func (c *completer) doc(markdown string) *markup {
	if markdown == "" {
		return nil
	}
	return markupFor(c.client.TextDocument.Completion.Item.Documentation, markdown)
}

// markupFor is a text as markdown where the client shows it.
func markupFor(formats []string, markdown string) *markup {
	if len(formats) > 0 && formats[0] != "markdown" && !slices.Contains(formats, "markdown") {
		return &markup{Kind: "plaintext", Value: strings.NewReplacer("**", "", "`", "").Replace(markdown)}
	}
	return &markup{Kind: "markdown", Value: markdown}
}

// keys offers those that the mapping at the place may have and has not.
func (c *completer) keys() {
	n := find(c.source.root, c.place.path)
	present := func(key string) bool {
		_, has := n.Pair(key)
		return has && key != c.place.prefix
	}
	c.portKeys(present)
	d := c.kinds.describe(c.source.root, c.place.path)
	for _, o := range d.objects {
		for i := range o.Fields {
			f := &o.Fields[i]
			if !f.ReadOnly && f.Renamed == "" && f.Preview == "" && !present(f.Name) {
				c.fieldKey(f, i)
			}
		}
	}
	if d.union != nil && d.union.By != "" && !present(d.union.By) {
		c.add(completionItem{Label: d.union.By, Kind: kindField, Detail: d.union.Noun, SortText: "0"}, c.keyText(d.union.By, false))
	}
	if len(c.place.path)%2 == 1 && c.place.path[len(c.place.path)-1] == "jobs" {
		c.jobSnippets()
	}
}

// fieldKey offers one key. Those that must be there come first.
func (c *completer) fieldKey(f *schema.Field, nth int) {
	item := completionItem{Label: f.Name, Kind: kindField, Detail: wordsFor(&f.Shape), Documentation: c.doc(fieldDoc(f))}
	rank := 3
	switch {
	case f.Required:
		rank, item.Detail = 1, item.Detail+", required"
	case f.Here == schema.Refused:
		rank = 4
	}
	item.SortText = fmt.Sprintf("%d%04d", rank, nth)
	c.add(item, c.keyText(f.Name, nested(&f.Shape)))
}

// nested: only mappings and lists may stand under the key.
func nested(s *schema.Shape) bool {
	for _, alt := range alternatives(s) {
		switch alt.Form {
		case schema.List, schema.Map, schema.Mapping, schema.Choice:
		default:
			return false
		}
	}
	return true
}

// keyText is a key with what follows it.
func (c *completer) keyText(key string, nested bool) string {
	switch {
	case c.place.colon:
		return key
	case nested && !c.place.flow:
		return key + ":\n" + strings.Repeat(" ", c.place.column+2)
	}
	return key + ": "
}

// portKeys offers the inputs and outputs of the component that a job runs.
func (c *completer) portKeys(present func(string) bool) {
	job, _, ok := jobAt(c.place.path)
	if !ok || len(c.place.path) != len(job)+1 {
		return
	}
	of := section(c.place.path[len(job)])
	n := find(c.source.root, job)
	if of != inputs && of != outputs {
		return
	}
	s, component := c.component(c.source, n)
	if s == nil {
		return
	}
	for i, p := range s.ports(component, of) {
		if present(p.name) {
			continue
		}
		item := completionItem{Label: p.name, Kind: kindProperty, Detail: p.summary(), Documentation: c.doc(p.doc)}
		item.SortText = fmt.Sprintf("0%d%04d", btoi(!p.required), i)
		c.add(item, c.keyText(p.name, false))
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// summary is an input or output in a few words.
func (p port) summary() string {
	out := p.typ
	if p.optional {
		out += ", optional"
	}
	if p.value != "" {
		out += " = " + shortened(p.value)
	}
	return strings.TrimPrefix(strings.TrimPrefix(out, ", "), " ")
}

// shortened is the beginning of a long text.
func shortened(s string) string {
	const most = 60
	s = firstLine(s)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "..."
	}
	return s
}

// values offers what may stand behind the key at the place.
func (c *completer) values() {
	path := c.place.path
	if len(path) == 0 {
		return
	}
	key, parent := path[len(path)-1], path[:len(path)-1]
	if u := c.kinds.describe(c.source.root, parent).union; u != nil && u.By == key {
		for i := range u.Cases {
			if u.Cases[i].Preview == "" {
				c.add(completionItem{Label: u.Cases[i].Value, Kind: kindEnum, Detail: u.Noun}, u.Cases[i].Value)
			}
		}
	}
	d := c.kinds.describe(c.source.root, path)
	if d.shape != nil {
		c.enums(d)
	}
	if key == "$schema" {
		c.schemaURLs()
	}
	c.bindingValues()
	c.references(key)
	c.files(key)
}

// enums offers the values that a description lists.
func (c *completer) enums(d described) {
	for _, alt := range alternatives(d.shape) {
		for _, value := range alt.Enum {
			c.add(completionItem{Label: value, Kind: kindEnum, Detail: alt.Noun}, value)
		}
		if alt.Form == schema.Boolean {
			c.add(completionItem{Label: "true", Kind: kindValue}, "true")
			c.add(completionItem{Label: "false", Kind: kindValue}, "false")
		}
	}
}

// schemaURL is where Azure publishes the schema of a kind.
func schemaURL(kind string) string {
	return "https://azuremlschemas.azureedge.net/latest/" + kind + ".schema.json"
}

func (c *completer) schemaURLs() {
	for _, k := range schema.Kinds() {
		c.add(completionItem{Label: k, Kind: kindModule, FilterText: c.place.prefix + k}, schemaURL(k))
	}
}

// references offers what the same key refers to elsewhere in the definition.
func (c *completer) references(key string) {
	switch key {
	case "compute", "default_compute", "default_datastore", "environment", "component", "path", "model", "on_init", "on_finalize":
	default:
		return
	}
	var found []string
	visit(c.source.root, func(k string, n *yamlnode.Node) {
		if n.Kind == yamlnode.Scalar && sameUse(k, key) && strings.HasPrefix(n.Text, "azureml:") && n.Text != c.place.prefix {
			found = append(found, n.Text)
		}
	})
	slices.Sort(found)
	for _, text := range slices.Compact(found) {
		c.add(completionItem{Label: text, Kind: kindReference}, text)
	}
}

// sameUse: the values of one key can stand under the other.
func sameUse(a, b string) bool {
	return strings.TrimPrefix(a, "default_") == strings.TrimPrefix(b, "default_")
}

// visit calls f for every value under a key.
func visit(n *yamlnode.Node, f func(key string, n *yamlnode.Node)) {
	for _, p := range n.Pairs {
		f(p.Key, p.Value)
		visit(p.Value, f)
	}
	for _, item := range n.Items {
		visit(item, f)
	}
}
