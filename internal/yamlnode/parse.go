package yamlnode

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	yaml "go.yaml.in/yaml/v4"

	"github.com/ischia-ml/ischia/diag"
)

// The limits. They are far above what a person or a generator writes for a
// pipeline, and low enough that a hostile file costs nothing.
const (
	maxFile   = 16 << 20 // bytes of a file
	maxScalar = 1 << 20  // bytes of one scalar
	maxDepth  = 200      // collections within each other
	// maxValues bounds the lines, and the values written within brackets: each
	// takes half a kilobyte of memory.
	maxValues = 1_000_000
	// maxExpanded bounds the nodes that aliases and merge keys add to those
	// written. Ten levels of ten aliases are 10^10 nodes.
	maxExpanded = 200_000
)

// Parse reads the one YAML document of a file. The node is nil when nothing
// usable was read, and then the list says why. The list may hold errors beside
// a node too: a duplicate key does not hide what else is wrong.
func Parse(file string, data []byte) (*Node, diag.List) {
	var faults diag.List
	if len(data) > maxFile {
		faults.Errorf(firstChar(file), diag.CodeYAMLTooLarge, "the file has %d MiB; at most %d MiB are read", len(data)>>20, maxFile>>20)
		return nil, faults
	}
	if n := values(data); n > maxValues {
		faults.Errorf(firstChar(file), diag.CodeYAMLTooLarge, "the file has %d lines and values; at most %d are read", n, maxValues)
		return nil, faults
	}
	data, ok := decode(file, data, &faults)
	if !ok {
		return nil, faults
	}
	s := newSource(file, data)
	root := readDocument(s, &faults)
	if root == nil {
		return nil, faults
	}
	b := &builder{source: s, faults: &faults, anchored: map[*yaml.Node]*built{}}
	node := b.node(root, 0).node
	if b.bomb {
		return nil, faults
	}
	return node, faults
}

// values is not less than the number of values that data holds.
func values(data []byte) int {
	n := 0
	for _, begin := range []string{"\n", "\r", ",", "[", "{"} {
		n += bytes.Count(data, []byte(begin))
	}
	return n
}

// firstChar is the place for what concerns a file as a whole.
func firstChar(file string) diag.Range {
	return diag.Range{Pos: diag.Pos{File: file, Line: 1, Column: 1}, EndLine: 1, EndColumn: 1}
}

// readDocument parses the first document, and complains about faults of
// syntax, an empty file and further documents. It is nil unless a value was read.
func readDocument(s *source, faults *diag.List) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader(s.text), yaml.WithPlugin(limits{}))
	if err != nil {
		*faults = append(*faults, syntaxFault(s, err))
		return nil
	}
	var first yaml.Node
	switch err := load(loader, &first); {
	case errors.Is(err, io.EOF):
		faults.Errorf(firstChar(s.file), diag.CodeYAMLEmpty, "the file is empty%s", emptyBut(s))
		return nil
	case err != nil:
		*faults = append(*faults, syntaxFault(s, err))
		return nil
	}
	if first.Kind != yaml.DocumentNode || len(first.Content) == 0 {
		faults.Errorf(firstChar(s.file), diag.CodeYAMLEmpty, "the file is empty%s", emptyBut(s))
		return nil
	}
	root := first.Content[0]
	checkOnlyDocument(s, loader, root, faults)
	if root.Kind == yaml.ScalarNode && root.Value == "" && root.Style == 0 && root.Anchor == "" {
		faults.Errorf(firstChar(s.file), diag.CodeYAMLEmpty, "the document is empty%s", emptyBut(s))
	}
	return root
}

// emptyBut says what an empty file does hold.
func emptyBut(s *source) string {
	if len(bytes.TrimSpace(s.text)) == 0 {
		return ""
	}
	return ": it holds no value"
}

// checkOnlyDocument complains when another document, or something that cannot
// be one, follows the first.
func checkOnlyDocument(s *source, loader *yaml.Loader, root *yaml.Node, faults *diag.List) {
	var second yaml.Node
	err := load(loader, &second)
	if errors.Is(err, io.EOF) {
		return
	}
	from := s.offset(root.Line, root.Column)
	if at, ok := documentMarker(s, from, "---"); ok {
		faults.Errorf(s.span(at, at+3), diag.CodeYAMLDocuments, "the file holds more than one YAML document; the second starts here").
			Hint = "keep one document in a file: remove the line --- or move what follows into its own file"
		return
	}
	if err != nil {
		*faults = append(*faults, syntaxFault(s, err))
		return
	}
	faults.Errorf(s.token(s.offset(second.Line, second.Column)), diag.CodeYAMLDocuments, "the file holds more than one YAML document; the second starts here")
}

// documentMarker finds the first line after offset from that starts with
// marker.
func documentMarker(s *source, from int, marker string) (int, bool) {
	for i := s.lineOf(from) + 1; i < len(s.own); i++ {
		line := s.line(i)
		if bytes.HasPrefix(line, []byte(marker)) && (len(line) == 3 || isBlank(line[3])) {
			return s.own[i], true
		}
	}
	return 0, false
}

// load reads the next document. The library reports its own impossible states
// by panics; a file must not be able to end the program through one.
func load(loader *yaml.Loader, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read YAML: %v", r)
		}
	}()
	return loader.Load(into)
}

// limits is what the library enforces for us. Aliases it only counts when it
// decodes into Go values; see builder for ours.
type limits struct{}

// CheckDepth refuses what is nested too deeply.
func (limits) CheckDepth(depth int, _ *yaml.DepthContext) error {
	if depth > maxDepth {
		return fmt.Errorf("%w %d levels", errTooDeep, maxDepth)
	}
	return nil
}

// CheckAlias accepts: the builder judges aliases.
func (limits) CheckAlias(_, _ int) error { return nil }

// errTooDeep marks the error of a document that is nested too deeply.
var errTooDeep = errors.New("nested deeper than")
