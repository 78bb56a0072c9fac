package schema

// Treatment is what becomes of field f of object o on this machine, wherever o
// stands in a definition of kind k. That is what the description of the field
// says, unless what is around the object does not work here: nothing acts on
// the fields of what is only checked.
func (k *Kind) Treatment(o *Object, f *Field) Treatment {
	return f.within(k.book.reached(k.Body)[o.Name])
}

// Here is what becomes of definitions of kind k on this machine: the best that
// becomes of any of its fields.
func (k *Kind) Here() Treatment { return k.Body.best() }

func (o *Object) best() Treatment {
	best := Refused
	for i := range o.Fields {
		if f := &o.Fields[i]; !f.ReadOnly && f.Preview == "" && f.Shape.Form != Any {
			best = min(best, f.Here)
		}
	}
	return best
}

// within is what becomes of f in an object of which around is the best that
// becomes of it.
func (f *Field) within(around Treatment) Treatment {
	here := max(f.Here, around)
	if here == Ignored && f.Here == Runs {
		here = Validated // the whole is ignored, and what is in it is checked
	}
	if here == Validated && f.Shape.Form == Any {
		here = Accepted
	}
	return here
}

// reached are the objects of a kind by name, each with the best that becomes
// of a field under which it stands.
func (b *book) reached(body *Object) map[string]Treatment {
	b.walk.Do(func() {
		b.best = map[string]Treatment{}
		b.reach(body, Runs)
	})
	return b.best
}

func (b *book) reach(o *Object, as Treatment) {
	if known, ok := b.best[o.Name]; ok && known <= as {
		return
	}
	b.best[o.Name] = as
	for i := range o.Fields {
		f := &o.Fields[i]
		b.reachShape(&f.Shape, min(f.within(as), Validated))
	}
	if o.Rest != nil {
		b.reachShape(o.Rest, as)
	}
}

func (b *book) reachShape(s *Shape, as Treatment) {
	switch s.Form {
	case List, Map:
		b.reachShape(s.Of, as)
	case Mapping:
		b.reach(b.object(s.Object), as)
	case Choice:
		b.reachUnion(s.Union, as)
	}
	for i := range s.Allow {
		b.reachShape(&s.Allow[i], as)
	}
}

func (b *book) reachUnion(u *Union, as Treatment) {
	for i := range u.Cases {
		switch c := &u.Cases[i]; {
		case c.Union != nil:
			b.reachUnion(c.Union, as)
		case c.Preview == "":
			b.reach(b.object(c.Object), as)
		}
	}
}
