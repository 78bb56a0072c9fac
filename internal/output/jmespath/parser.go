package jmespath

import "fmt"

// Query is a compiled expression. It may be used by several goroutines.
type Query struct {
	root node
}

// Compile parses an expression. The error is a *SyntaxError.
func Compile(expression string) (*Query, error) {
	tokens, err := tokenize(expression)
	if err != nil {
		return nil, err
	}
	p := &parser{query: expression, tokens: tokens}
	root, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if p.peek() != tEOF {
		return nil, p.unexpected()
	}
	return &Query{root: root}, nil
}

// Search applies the query to a value.
func (q *Query) Search(v any) (any, error) {
	return q.root.eval(v)
}

// How tightly the operators bind. A projection reaches as far as the first
// operator that binds less than stopProjection.
const (
	stopProjection = 10
	bindFlatten    = 9
	bindStar       = 20
	bindFilter     = 21
	bindDot        = 40
	bindNot        = 45
)

func bindingPower(k kind) int {
	switch k {
	case tPipe:
		return 1
	case tOr:
		return 2
	case tAnd:
		return 3
	case tEQ, tNE, tLT, tLE, tGT, tGE:
		return 5
	case tFlatten:
		return bindFlatten
	case tStar:
		return bindStar
	case tFilter:
		return bindFilter
	case tDot:
		return bindDot
	case tNot:
		return bindNot
	case tLbrace:
		return 50
	case tLbracket:
		return 55
	case tLparen:
		return 60
	default:
		return 0
	}
}

// parser is a Pratt parser: prefix reads what starts an expression, infix
// what continues one.
type parser struct {
	query  string
	tokens []token
	index  int
}

func (p *parser) expression(power int) (node, error) {
	left, err := p.prefix()
	for err == nil && power < bindingPower(p.peek()) {
		left, err = p.infix(left)
	}
	return left, err
}

func (p *parser) prefix() (node, error) {
	t := p.advance()
	switch t.kind {
	case tLiteral:
		return literal{t.value}, nil
	case tName:
		return field{t.text}, nil
	case tQuoted:
		if p.peek() == tLparen {
			return nil, p.fail(t, "a function's name stands without quotes")
		}
		return field{t.text}, nil
	case tCurrent:
		return current{}, nil
	case tStar:
		return p.valueProjection(current{})
	case tFilter:
		return p.filter(current{})
	case tFlatten:
		return p.flatten(current{})
	case tLbrace:
		return p.hash()
	case tLbracket:
		return p.bracketPrefix()
	case tLparen:
		return p.group()
	case tNot:
		of, err := p.expression(bindNot)
		return not{of}, err
	case tExpref:
		of, err := p.expression(0)
		return reference{of}, err
	default:
		p.index--
		return nil, p.unexpected()
	}
}

func (p *parser) infix(left node) (node, error) {
	t := p.advance()
	switch t.kind {
	case tDot:
		return p.dot(left)
	case tPipe, tOr, tAnd:
		right, err := p.expression(bindingPower(t.kind))
		return binary{t.kind, left, right}, err
	case tEQ, tNE, tLT, tLE, tGT, tGE:
		right, err := p.expression(bindingPower(t.kind))
		return comparison{t.kind, left, right}, err
	case tFilter:
		return p.filter(left)
	case tFlatten:
		return p.flatten(left)
	case tLbracket:
		return p.bracket(left)
	case tLparen:
		return p.call(left, t)
	default:
		p.index--
		return nil, p.unexpected()
	}
}

func (p *parser) group() (node, error) {
	inner, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	return inner, p.expect(tRparen)
}

func (p *parser) dot(left node) (node, error) {
	if p.peek() == tStar {
		p.advance()
		return p.valueProjection(left)
	}
	right, err := p.dotRight(bindDot)
	return chain{left, right}, err
}

// dotRight reads what may stand behind a dot.
func (p *parser) dotRight(power int) (node, error) {
	switch p.peek() {
	case tName, tQuoted, tStar:
		return p.expression(power)
	case tLbracket:
		p.advance()
		return p.list()
	case tLbrace:
		p.advance()
		return p.hash()
	default:
		return nil, p.unexpected()
	}
}

// projectionRight reads what a projection does with every element.
func (p *parser) projectionRight(power int) (node, error) {
	switch k := p.peek(); {
	case bindingPower(k) < stopProjection:
		return current{}, nil
	case k == tLbracket || k == tFilter:
		return p.expression(power)
	case k == tDot:
		p.advance()
		return p.dotRight(power)
	default:
		return nil, p.unexpected()
	}
}

func (p *parser) valueProjection(left node) (node, error) {
	right, err := p.projectionRight(bindStar)
	return projection{of: values{left}, each: right}, err
}

func (p *parser) flatten(left node) (node, error) {
	right, err := p.projectionRight(bindFlatten)
	return projection{of: flatten{left}, each: right}, err
}

func (p *parser) filter(left node) (node, error) {
	condition, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if err := p.expect(tRbracket); err != nil {
		return nil, err
	}
	if p.peek() == tFlatten {
		return projection{of: left, when: condition, each: current{}}, nil
	}
	right, err := p.projectionRight(bindFilter)
	return projection{of: left, when: condition, each: right}, err
}

// bracketPrefix reads [ at the start of an expression: an index, a slice, a
// wildcard, or a list of expressions.
func (p *parser) bracketPrefix() (node, error) {
	switch p.peek() {
	case tNumber, tColon:
		return p.bracket(current{})
	case tStar:
		if p.tokens[p.index+1].kind == tRbracket {
			return p.bracket(current{})
		}
	}
	return p.list()
}

// bracket reads the rest of left[0], left[1:2] or left[*].
func (p *parser) bracket(left node) (node, error) {
	switch p.peek() {
	case tNumber, tColon:
		return p.indexOrSlice(left)
	case tStar:
		p.advance()
		if err := p.expect(tRbracket); err != nil {
			return nil, err
		}
		right, err := p.projectionRight(bindStar)
		return projection{of: left, each: right}, err
	default:
		return nil, p.unexpected()
	}
}

func (p *parser) indexOrSlice(left node) (node, error) {
	if p.peek() == tNumber && p.tokens[p.index+1].kind == tRbracket {
		t := p.advance()
		p.advance()
		return chain{left, index{t.number}}, nil
	}
	s, err := p.slice()
	if err != nil {
		return nil, err
	}
	right, err := p.projectionRight(bindStar)
	return projection{of: chain{left, s}, each: right}, err
}

func (p *parser) slice() (node, error) {
	var s slice
	for part := 0; p.peek() != tRbracket; {
		switch t := p.advance(); {
		case t.kind == tNumber && s.parts[part] == nil:
			s.parts[part] = &t.number
		case t.kind == tColon && part < 2:
			part++
		default:
			p.index--
			return nil, p.unexpected()
		}
	}
	return s, p.expect(tRbracket)
}

func (p *parser) list() (node, error) {
	items, err := p.separated(tRbracket, func() (node, error) { return p.expression(0) })
	return list{items}, err
}

func (p *parser) hash() (node, error) {
	var h hash
	values, err := p.separated(tRbrace, func() (node, error) {
		t := p.advance()
		if t.kind != tName && t.kind != tQuoted {
			p.index--
			return nil, p.unexpected()
		}
		if err := p.expect(tColon); err != nil {
			return nil, err
		}
		h.keys = append(h.keys, t.text)
		return p.expression(0)
	})
	h.values = values
	return h, err
}

func (p *parser) call(left node, open token) (node, error) {
	name, ok := left.(field)
	if !ok || p.tokens[p.index-2].kind != tName {
		return nil, p.fail(open, "only a function's name may stand before (")
	}
	if p.peek() == tRparen {
		p.advance()
		return call{name: name.name}, nil
	}
	args, err := p.separated(tRparen, func() (node, error) { return p.expression(0) })
	return call{name: name.name, args: args}, err
}

// separated reads one or more elements with commas between them, and the
// closing token.
func (p *parser) separated(end kind, element func() (node, error)) ([]node, error) {
	var nodes []node
	for {
		n, err := element()
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, n)
		if p.peek() == tComma {
			p.advance()
			continue
		}
		return nodes, p.expect(end)
	}
}

func (p *parser) peek() kind { return p.tokens[p.index].kind }

// advance returns the current token and goes on; the last one, the end,
// is returned again and again by peek because nothing consumes it.
func (p *parser) advance() token {
	t := p.tokens[p.index]
	p.index++
	return t
}

func (p *parser) expect(k kind) error {
	if p.peek() != k {
		return p.fail(p.tokens[p.index], fmt.Sprintf("expected %s, found %s", k, p.peek()))
	}
	p.advance()
	return nil
}

func (p *parser) unexpected() error {
	t := p.tokens[p.index]
	return p.fail(t, "unexpected "+string(t.kind))
}

func (p *parser) fail(t token, message string) error {
	return &SyntaxError{Query: p.query, Offset: t.offset, Message: message}
}
