package schema

// union asks for the alternative that the key that tells, or the shape,
// decides for: an editor then reports what is wrong with that one alone.
func (w *jsonWriter) union(u *Union) node {
	absent := w.byShape(u)
	if u.By == "" {
		return absent
	}
	var cases []any
	for i := range u.Cases {
		c := &u.Cases[i]
		if c.Preview != "" {
			continue
		}
		match := node{"anyOf": jsonEnum([]string{c.Value}, u.Fold)}
		cases = append(cases, node{"if": node{"properties": node{u.By: match}, "required": []any{u.By}}, "then": w.alternative(c)})
	}
	given := node{
		"properties": node{u.By: node{"anyOf": jsonEnum(u.taken(), u.Fold), "description": "Which it is."}},
		"allOf":      cases,
	}
	if absent == nil {
		given["type"], given["required"] = "object", []any{u.By}
		return given
	}
	return node{"type": "object", "if": node{"required": []any{u.By}}, "then": given, "else": absent}
}

// byShape is the alternative of a mapping without the key that tells; nil when
// there is none.
func (w *jsonWriter) byShape(u *Union) node {
	var out node
	for i := range u.Cases {
		if u.Cases[i].Else {
			out = w.alternative(&u.Cases[i])
		}
	}
	for i := len(u.Cases) - 1; i >= 0; i-- {
		c := &u.Cases[i]
		if len(c.Has) == 0 {
			continue
		}
		var keys []any
		for _, key := range c.Has {
			keys = append(keys, node{"required": []string{key}})
		}
		chain := node{"type": "object", "if": node{"anyOf": keys}, "then": w.alternative(c)}
		if out != nil {
			chain["else"] = out
		}
		out = chain
	}
	return out
}

func (w *jsonWriter) alternative(c *Case) node {
	if c.Union != nil {
		return w.union(c.Union)
	}
	return w.object(c.Object)
}

// taken are all values, also those that nobody is told of.
func (u *Union) taken() []string {
	var out []string
	for i := range u.Cases {
		if u.Cases[i].Preview == "" {
			out = append(out, u.Cases[i].Value)
		}
	}
	return out
}

// jsonRules are the rules that JSON Schema can say.
func jsonRules(rules []Rule) []any {
	var out []any
	for i := range rules {
		r := &rules[i]
		switch r.Form {
		case OneOf:
			out = append(out, node{"oneOf": eachRequired(r.Fields)})
		case AtLeastOne:
			out = append(out, node{"anyOf": eachRequired(r.Fields)})
		case AtMostOne:
			for j, a := range r.Fields {
				for _, b := range r.Fields[j+1:] {
					out = append(out, notBoth(a, b))
				}
			}
		case AllOrNone:
			all := node{}
			for _, f := range r.Fields {
				all[f] = r.Fields
			}
			out = append(out, node{"dependencies": all})
		case Requires:
			out = append(out, node{"dependencies": node{r.Fields[0]: r.Fields[1:]}})
		case Excludes:
			for _, f := range r.Fields[1:] {
				out = append(out, notBoth(r.Fields[0], f))
			}
		case When:
			match := node{"anyOf": jsonEnum([]string{r.Value}, Snake)}
			out = append(out, node{"if": node{"properties": node{r.Key: match}, "required": []any{r.Key}}, "then": node{"required": r.Fields}})
		}
	}
	return out
}

func eachRequired(fields []string) []any {
	var out []any
	for _, f := range fields {
		out = append(out, node{"required": []string{f}})
	}
	return out
}

func notBoth(a, b string) node { return node{"not": node{"required": []string{a, b}}} }
