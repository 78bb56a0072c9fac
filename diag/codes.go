package diag

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
