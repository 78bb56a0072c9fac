package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/diag"
)

// Codes of faults that only this file can have.
const (
	// CodeJSONSyntax: the text is not JSON.
	CodeJSONSyntax diag.Code = "json-syntax"
	// CodeSecretInFile: a key looks as if its value were a secret.
	CodeSecretInFile diag.Code = "secret-in-file"
)

// maxSize is more than any honest file of this kind has.
const maxSize = 1 << 20

const whereSecretsGo = "put the secret into an environment variable and its name into auth.env_secret_name, " +
	"or into a key vault: auth.keyvault_url and auth.keyvault_secret_name"

// Load reads the file of that name. One that is not there is an empty one:
// nothing has to be configured.
func Load(fsys fs.FS, name string) (Config, diag.List) {
	data, err := fs.ReadFile(fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, nil
	}
	if err != nil {
		var errs diag.List
		errs.Errorf(diag.Range{Pos: diag.Pos{File: name, Line: 1, Column: 1}, EndLine: 1, EndColumn: 1},
			diag.CodeMissingFile, "cannot be read: %v", err)
		return Config{}, errs
	}
	return Parse(name, data)
}

// Parse reads the text of a file. All faults are found in one pass, unless
// the text is no JSON.
func Parse(file string, data []byte) (Config, diag.List) {
	text := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // as some editors on Windows write
	p := &parser{file: file, text: text, dec: json.NewDecoder(bytes.NewReader(text))}
	switch {
	case len(text) > maxSize:
		p.errorf(0, 0, CodeJSONSyntax, "the file is larger than %d bytes", maxSize)
	case !utf8.Valid(text):
		p.errorf(0, 0, CodeJSONSyntax, "the file is not UTF-8")
	default:
		p.parse()
	}
	return p.config, p.errs
}

type parser struct {
	file   string
	text   []byte
	dec    *json.Decoder
	config Config
	errs   diag.List
}

// token is a token of JSON and its place in the text.
type token struct {
	json.Token
	from, to int
}

// parse checks the whole text first: the decoder's tokens tell the place of a
// fault less exactly.
func (p *parser) parse() {
	var whole json.RawMessage
	var syntax *json.SyntaxError
	if err := json.Unmarshal(p.text, &whole); errors.As(err, &syntax) {
		at := min(int(syntax.Offset)-1, len(p.text))
		if strings.Contains(err.Error(), "end of JSON") {
			at = len(p.text)
		}
		p.errorf(at, at, CodeJSONSyntax, "this is not JSON: %v", err)
		return
	}
	if err := p.document(); err != nil {
		p.errorf(0, 0, CodeJSONSyntax, "this cannot be read: %v", err)
	}
}

func (p *parser) document() error {
	t, err := p.next()
	if err != nil {
		return err
	}
	if t.Token != json.Delim('{') {
		p.errorf(t.from, t.to, diag.CodeWrongShape, "the file must hold one object: { ... }")
		return nil // what it holds instead has no keys to check
	}
	return p.object("")
}

// object reads the keys of the object with that name, after its brace.
func (p *parser) object(block string) error {
	seen := map[string]bool{}
	for p.dec.More() {
		key, err := p.next()
		if err != nil {
			return err
		}
		word, _ := key.Token.(string)
		if seen[word] {
			p.errorf(key.from, key.to, diag.CodeDuplicateName, "the key %q stands here twice", word)
		}
		seen[word] = true
		if err := p.entry(block, word, key); err != nil {
			return err
		}
	}
	_, err := p.next() // the closing brace
	return err
}

// entry reads the value of a key.
func (p *parser) entry(block, word string, key token) error {
	name := join(block, word)
	_, known := find(name)
	switch {
	case known:
		return p.value(name)
	case name == "auth":
		return p.block(name)
	case name != "$schema":
		p.unknown(block, word, key)
	}
	return p.skip()
}

// value reads the text of a known key.
func (p *parser) value(name string) error {
	t, err := p.next()
	if err != nil {
		return err
	}
	switch v := t.Token.(type) {
	case nil: // null: not given
	case string:
		if err := p.config.Set(name, v); err != nil {
			p.errorf(t.from, t.to, diag.CodeBadValue, "%v", err).Path = name
		}
	default:
		p.errorf(t.from, t.to, diag.CodeWrongShape, "%s must be text in quotes", name).Path = name
		return p.rest(t)
	}
	return nil
}

// block reads an object within the object.
func (p *parser) block(name string) error {
	t, err := p.next()
	switch {
	case err != nil:
		return err
	case t.Token == nil:
		return nil
	case t.Token == json.Delim('{'):
		return p.object(name)
	}
	p.errorf(t.from, t.to, diag.CodeWrongShape, "%s must be an object: { ... }", name).Path = name
	return p.rest(t)
}

// unknown reports a key that the file does not have.
func (p *parser) unknown(block, word string, key token) {
	hint := diag.DidYouMean(word, names(block))
	if isSecret(word) || hint == "" && resemblesSecret(word) {
		d := p.errorf(key.from, key.to, CodeSecretInFile, "a secret must not stand in this file: %q", word)
		d.Path, d.Hint = join(block, word), whereSecretsGo
		return
	}
	d := p.errorf(key.from, key.to, diag.CodeUnknownField, "unknown key %q", word)
	d.Path, d.Hint = join(block, word), hint
	if _, known := find("auth." + word); known {
		d.Hint = "it belongs into the block auth"
	}
	if d.Hint == "" {
		d.Hint = "there are " + strings.Join(names(block), ", ")
	}
}

func isSecret(word string) bool {
	return slices.Contains([]string{"client_secret", "secret", "password"}, strings.ToLower(word))
}

// resemblesSecret goes by parts of the word, and rather asks too often.
func resemblesSecret(word string) bool {
	word = strings.ToLower(word)
	return slices.ContainsFunc([]string{"secret", "passw", "passphrase", "token", "credential", "api_key", "apikey", "account_key", "accountkey", "sas"},
		func(part string) bool { return strings.Contains(word, part) })
}

// names are the keys of a block, "" for the file itself.
func names(block string) []string {
	var out []string
	for _, k := range Keys() {
		name := k.Name
		if block != "" {
			rest, within := strings.CutPrefix(name, block+".")
			if !within {
				continue
			}
			name = rest
		}
		name, _, _ = strings.Cut(name, ".")
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func join(block, word string) string {
	if block == "" {
		return word
	}
	return block + "." + word
}

// skip reads a value of any shape.
func (p *parser) skip() error {
	t, err := p.next()
	if err != nil {
		return err
	}
	return p.rest(t)
}

// rest reads what is left of a value that begins with t.
func (p *parser) rest(t token) error {
	depth := 0
	for {
		switch t.Token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		var err error
		if t, err = p.next(); err != nil {
			return err
		}
	}
}

// next reads a token. The decoder tells where it ends; it begins after the
// white space, comma or colon since the last one.
func (p *parser) next() (token, error) {
	from := int(p.dec.InputOffset())
	t, err := p.dec.Token()
	if err != nil {
		return token{}, err
	}
	for from < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[from]) >= 0 {
		from++
	}
	return token{t, from, int(p.dec.InputOffset())}, nil
}

// errorf reports a stretch of the text, by offsets.
func (p *parser) errorf(from, to int, code diag.Code, format string, args ...any) *diag.Diagnostic {
	start, end := p.pos(from), p.pos(to)
	return p.errs.Errorf(diag.Range{Pos: start, EndLine: end.Line, EndColumn: end.Column}, code, "%s", fmt.Sprintf(format, args...))
}

func (p *parser) pos(offset int) diag.Pos {
	before := p.text[:min(offset, len(p.text))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return diag.Pos{File: p.file, Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(line) + 1}
}
