package armapi

import (
	"encoding/json"
	"strconv"
	"strings"
)

// Expressions of templates: texts in brackets, "[concat('a', parameters('b'))]".

// node of an expression: a call, a text or a number, followed by steps into it.
type templateNode struct {
	call string // the function's name, in lower case; empty for a value
	args []*templateNode
	// value is what stands there: string or json.Number.
	value any
	// steps lead into the value: .name is a text, [1] a node.
	steps []*templateNode
}

// templateExpression is what a text is when it is an expression. "[[" is a
// bracket, not the beginning of one.
func templateExpression(text string) (string, bool) {
	if len(text) < 2 || text[0] != '[' || text[len(text)-1] != ']' || text[1] == '[' {
		return "", false
	}
	return text[1 : len(text)-1], true
}

// templateParser reads one expression.
type templateParser struct {
	text  string
	at    int
	depth int
}

// maxTemplateDepth is how deep calls may be in one another. Azure's own bound
// is not told; what people write has five.
const maxTemplateDepth = 50

func parseTemplate(text string) (*templateNode, error) {
	p := &templateParser{text: text}
	n, err := p.node()
	if err != nil {
		return nil, err
	}
	if p.space(); p.at != len(p.text) {
		return nil, p.wrong("there is more than an expression")
	}
	return n, nil
}

func (p *templateParser) wrong(why string) error {
	return badRequest("InvalidTemplate", "the expression %.200q: %s, at %d", p.text, why, p.at)
}

func (p *templateParser) space() {
	for p.at < len(p.text) && strings.ContainsRune(" \t\r\n", rune(p.text[p.at])) {
		p.at++
	}
}

// next takes a character if it is the next one.
func (p *templateParser) next(c byte) bool {
	if p.space(); p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *templateParser) node() (*templateNode, error) {
	if p.depth++; p.depth > maxTemplateDepth {
		return nil, p.wrong("it is too deep")
	}
	defer func() { p.depth-- }()
	n, err := p.head()
	if err != nil {
		return nil, err
	}
	return n, p.tail(n)
}

// head reads a value or a call.
func (p *templateParser) head() (*templateNode, error) {
	p.space()
	if p.next('\'') {
		return p.quoted()
	}
	word := p.word()
	if word == "" {
		return nil, p.wrong("a function, a text or a number is expected")
	}
	if _, err := strconv.Atoi(word); err == nil {
		return &templateNode{value: json.Number(word)}, nil
	}
	if !p.next('(') {
		return nil, p.wrong("a function has its arguments in parentheses")
	}
	n := &templateNode{call: strings.ToLower(word)}
	if p.next(')') {
		return n, nil
	}
	for {
		arg, err := p.node()
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, arg)
		switch {
		case p.next(','):
		case p.next(')'):
			return n, nil
		default:
			return nil, p.wrong("a comma or a parenthesis is expected")
		}
	}
}

// quoted reads the rest of a text; two quotes in it are one.
func (p *templateParser) quoted() (*templateNode, error) {
	var b strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		if c != '\'' {
			b.WriteByte(c)
			continue
		}
		if p.at < len(p.text) && p.text[p.at] == '\'' {
			b.WriteByte(c)
			p.at++
			continue
		}
		return &templateNode{value: b.String()}, nil
	}
	return nil, p.wrong("a text does not end")
}

func (p *templateParser) word() string {
	from := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if c != '_' && c != '-' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			break
		}
		p.at++
	}
	return p.text[from:p.at]
}

// tail reads the steps into a value.
func (p *templateParser) tail(n *templateNode) error {
	for {
		switch {
		case p.next('.'):
			name := p.word()
			if name == "" {
				return p.wrong("a name is expected")
			}
			n.steps = append(n.steps, &templateNode{value: name})
		case p.next('['):
			at, err := p.node()
			if err != nil {
				return err
			}
			if !p.next(']') {
				return p.wrong("a bracket is expected")
			}
			n.steps = append(n.steps, at)
		default:
			return nil
		}
	}
}
