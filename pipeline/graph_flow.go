package pipeline

// control are the edges that control flow adds to a graph: a step in a block
// waits for what decides, and the body of a loop over items for the loop. They
// are found by the name of the step that waits.
func control(steps []*Step) map[string][]dependency {
	var edges map[string][]dependency
	add := func(waits, on string, t Text) {
		if edges == nil {
			edges = map[string][]dependency{}
		}
		edges[waits] = append(edges[waits], dependency{on, t.Range})
	}
	for _, s := range steps {
		switch body := s.Spec.(type) {
		case *IfElse:
			addJobs(body.Condition, s.Name, add)
			addBlocks(s, body, add)
		case *DoWhile:
			if name, ok := stepRef(body.Body.Value); ok && name != s.Name {
				add(s.Name, name, body.Body)
			}
		case *ParallelFor:
			for _, t := range body.Items.texts() {
				addJobs(t, s.Name, add)
			}
			if name, ok := stepRef(body.Body.Value); ok && name != s.Name {
				add(name, s.Name, body.Body)
			}
		}
	}
	return edges
}

// addJobs adds an edge for each step whose output t names.
func addJobs(t Text, waits string, add func(waits, on string, t Text)) {
	b := &Binding{Value: Value{Literal: &Literal{Text: t}}}
	for _, r := range b.jobRefs() {
		if r.Path[3] == "outputs" {
			add(waits, r.Path[2], t)
		}
	}
}

// addBlocks adds an edge for each step of a block. One in both blocks is
// reported as that.
func addBlocks(s *Step, body *IfElse, add func(waits, on string, t Text)) {
	times := map[string]int{}
	for _, block := range [][]Text{body.True, body.False} {
		for _, t := range block {
			times[t.Value]++
		}
	}
	for _, block := range [][]Text{body.True, body.False} {
		for _, t := range block {
			if name, ok := stepRef(t.Value); ok && name != s.Name && times[t.Value] == 1 {
				add(name, s.Name, t)
			}
		}
	}
}

// texts are those texts of items in which references may stand.
func (items *LoopItems) texts() []Text {
	out := []Text{items.Text}
	list, _ := items.all()
	for _, it := range list {
		for i := range it.values {
			out = append(out, it.values[i].Value.Literal.Text, it.values[i].Value.Path)
		}
	}
	return out
}
