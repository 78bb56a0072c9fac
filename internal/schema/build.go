package schema

// The constructors in which descriptions are written.

func anything() Shape { return Shape{Form: Any} }
func text() Shape     { return Shape{Form: Text} }
func number() Shape   { return Shape{Form: Number} }
func integer() Shape  { return Shape{Form: Integer} }
func boolean() Shape  { return Shape{Form: Boolean} }
func literal() Shape  { return Shape{Form: Literal} }

// enum is a text out of those given.
func enum(values ...string) Shape { return Shape{Form: Text, Enum: values} }

// list is a list of elements of that shape.
func list(of Shape) Shape { return Shape{Form: List, Of: &of} }

// mapOf is a mapping from names of the user's choice to that shape.
func mapOf(of Shape) Shape { return Shape{Form: Map, Of: &of} }

// texts is a mapping from names to texts, as tags are.
func texts() Shape { return mapOf(text()) }

// obj is a mapping with the fields of the object of that name.
func obj(name string, build func() *Object) Shape {
	return Shape{Form: Mapping, Object: Ref{Name: name, Build: build}}
}

// union is one of several mappings.
func union(u Union) Shape { return Shape{Form: Choice, Union: &u} }

// caseOf is one case of a union: the object that a value of its key stands for.
func caseOf(value, name string, build func() *Object) Case {
	return Case{Value: value, Object: Ref{Name: name, Build: build}}
}

// has are keys that show that a mapping is this case.
func (c Case) has(keys ...string) Case { c.Has = keys; return c }

// otherwise: a mapping that nothing else shows is this case.
func (c Case) otherwise() Case { c.Else = true; return c }

// quietly takes a value without suggesting it to anybody.
func (c Case) quietly() Case { c.Quiet = true; return c }

// fold lets the capitals of an enum's values differ.
func (s Shape) fold() Shape { s.Fold = Lower; return s }

// snake lets the capitals and underscores of an enum's values differ.
func (s Shape) snake() Shape { s.Fold = Snake; return s }

// nullable: the value may be left empty.
func (s Shape) nullable() Shape { s.Null = true; return s }

// unit is what a whole number counts.
func (s Shape) unit(u string) Shape { s.Unit = u; return s }

// of says what the values of an enum are: noun "a mode", plural "modes".
func (s Shape) of(noun, plural string) Shape { s.Noun, s.Plural = noun, plural; return s }

// atLeast bounds a number from below.
func (s Shape) atLeast(low float64) Shape { s.Min = &low; return s }

// between bounds a number on both sides.
func (s Shape) between(low, high float64) Shape { s.Min, s.Max = &low, &high; return s }

// format asks for one of the checks of formats.go.
func (s Shape) format(name string) Shape { s.Format = name; return s }

// says is what messages call the value, instead of the words for its form.
func (s Shape) says(what string) Shape { s.What = what; return s }

// bindable lets ${{ }} stand instead.
func (s Shape) bindable() Shape { s.Binding = true; return s }

// old is a key of the mapping that the 2021 preview had here, and what to write
// today.
func (s Shape) old(key, now string) Shape { s.Old, s.Now = key, now; return s }

// full: when it is there it may not be empty, because of why.
func (s Shape) full(why string) Shape { s.Full, s.Empty = true, why; return s }

// or allows another form in the same place.
func (s Shape) or(others ...Shape) Shape { s.Allow = append(s.Allow, others...); return s }

// field is a key with its shape and what it is for.
func field(name string, s Shape, doc string) Field { return Field{Name: name, Shape: s, Doc: doc} }

// readOnly is a key that the service prints, and nobody writes.
func readOnly(name, doc string) Field {
	return Field{Name: name, Shape: anything(), Doc: doc, ReadOnly: true, Here: Accepted}
}

// preview is a key of the 2021 preview; today is what to write instead.
func preview(name, today string) Field {
	return Field{Name: name, Shape: anything(), Preview: today, Here: Refused}
}

func (f Field) required() Field            { f.Required = true; return f }
func (f Field) renamed(today string) Field { f.Renamed = today; return f }
func (f Field) defaults(to string) Field   { f.Default = to; return f }
func (f Field) here(t Treatment) Field     { f.Here = t; return f }

// fields joins lists of fields; of two with one name the later counts, at the
// place of the earlier.
func fields(lists ...[]Field) []Field {
	var out []Field
	at := map[string]int{}
	for _, l := range lists {
		for _, f := range l {
			if i, ok := at[f.Name]; ok {
				out[i] = f
				continue
			}
			at[f.Name] = len(out)
			out = append(out, f)
		}
	}
	return out
}
