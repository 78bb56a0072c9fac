package diag

import (
	"slices"
	"strings"
)

// The codes of YAML files, as package yamlnode reports them.
const (
	// CodeYAMLSyntax: the text is not YAML.
	CodeYAMLSyntax Code = "yaml-syntax"
	// CodeYAMLEncoding: the file is not UTF-8, or holds control characters.
	CodeYAMLEncoding Code = "yaml-encoding"
	// CodeYAMLDuplicateKey: a mapping has the same key twice.
	CodeYAMLDuplicateKey Code = "yaml-duplicate-key"
	// CodeYAMLAlias: an alias contains itself or expands to too much.
	CodeYAMLAlias Code = "yaml-alias"
	// CodeYAMLTooLarge: the file, a value or the nesting exceeds a limit.
	CodeYAMLTooLarge Code = "yaml-too-large"
	// CodeYAMLDocuments: the file holds more than one document.
	CodeYAMLDocuments Code = "yaml-documents"
	// CodeYAMLEmpty: the file holds no value.
	CodeYAMLEmpty Code = "yaml-empty"
	// CodeYAMLKey: a key is not text, or a merge key has no mapping.
	CodeYAMLKey Code = "yaml-key"
)

// description is what a page about diagnostics says of one code.
type description struct {
	code        Code
	title, help string
}

// yamlDescriptions are those of the yaml-* codes.
func yamlDescriptions() []description {
	return []description{
		{CodeYAMLSyntax, "The file is not valid YAML", "Mend the text at the place shown: often an indentation, a quote or bracket that is not closed, or a value that needs quotes."},
		{CodeYAMLEncoding, "The file is not UTF-8 text", "Save the file as UTF-8 and remove control characters; within double quotes they can be written as escapes."},
		{CodeYAMLDuplicateKey, "A key is given twice", "Azure ML's loader takes the last value silently. Remove or rename one of the keys."},
		{CodeYAMLAlias, "An alias is circular or expands to too much", "Write the values out, or use fewer aliases within aliases."},
		{CodeYAMLTooLarge, "The file exceeds a limit", "Files, single values and nesting are bounded so that a hostile file costs nothing. Move large texts into files of their own."},
		{CodeYAMLDocuments, "The file holds several YAML documents", "Keep one document in a file: remove the line --- or move what follows into its own file."},
		{CodeYAMLEmpty, "The file is empty", "Write a definition, or name another file."},
		{CodeYAMLKey, "A key is not text", "Keys of mappings are text. Quote a key that holds brackets or braces; give the merge key << a mapping."},
	}
}

// descriptions are all there are. Whoever adds a group of codes adds its list
// here.
func descriptions() []description {
	return slices.Concat(yamlDescriptions(), definitionDescriptions())
}

// Codes lists the codes that are described, in alphabetical order.
func Codes() []Code {
	var out []Code
	for _, d := range descriptions() {
		out = append(out, d.code)
	}
	slices.Sort(out)
	return out
}

// Describe says in one line what the code c means, and what to do about it. Of
// a code without description the title is the code in words.
func Describe(c Code) (title, help string) {
	for _, d := range descriptions() {
		if d.code == c {
			return d.title, d.help
		}
	}
	words := strings.ReplaceAll(string(c), "-", " ")
	if words != "" {
		words = strings.ToUpper(words[:1]) + words[1:]
	}
	return words, ""
}
