package schema

import "sync"

// book keeps the objects of one kind, each made when it is first needed.
type book struct {
	objects sync.Map // by name: *Object

	// walk guards best, which only pages ask for: see reached.
	walk sync.Once
	best map[string]Treatment
}

// open gives a kind its book.
func open(k *Kind) *Kind {
	k.book = &book{}
	k.Body = k.book.object(Ref{Name: k.Body.Name, Build: func() *Object { return k.Body }})
	return k
}

// object is the object that ref names.
func (b *book) object(ref Ref) *Object {
	if o, ok := b.objects.Load(ref.Name); ok {
		return o.(*Object)
	}
	o := ref.Build()
	o.Name = ref.Name
	o.prepare()
	kept, _ := b.objects.LoadOrStore(ref.Name, o)
	return kept.(*Object)
}

// prepare makes what finds fields fast.
func (o *Object) prepare() {
	o.index = make(map[string]int, len(o.Fields))
	for i := range o.Fields {
		o.index[o.Fields[i].Name] = i
		if o.Fields[i].Required {
			o.required = append(o.required, i)
		}
	}
}

// field is the field of that name, or nil.
func (o *Object) field(name string) *Field {
	if i, ok := o.index[name]; ok {
		return &o.Fields[i]
	}
	return nil
}

// names are those of the fields that people write today.
func (o *Object) names() []string {
	var names []string
	for i := range o.Fields {
		if f := &o.Fields[i]; !f.ReadOnly && f.Preview == "" && f.Renamed == "" {
			names = append(names, f.Name)
		}
	}
	return names
}
