package studio

import (
	"fmt"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// graph is the steps as boxes, drawn top to bottom.
type graph struct {
	Boxes         []box
	Edges         []edge
	Width, Height int
	// Hidden is how many steps are not drawn, because there are too many.
	Hidden int
}

// box is one step of the graph.
type box struct {
	step
	X, Y int
}

// edge is a line from one box to another.
type edge struct {
	Path string
	// Picked: it leads to the step that is shown.
	Picked bool
}

// Measures of a graph, in px.
const (
	boxWidth, boxHeight = 196, 38
	gapX, gapY          = 20, 22
	margin              = 14
	// maxBoxes is how many are drawn as SVG.
	maxBoxes = 300
)

// layOut ranks each action below all that it needs.
func layOut(steps []step, p planned, shown *workspace.Job) graph {
	byPath := map[string]step{}
	for _, s := range steps {
		byPath[s.Step] = s
	}
	var g graph
	rank, column := ranks(p), map[int]int{}
	at := map[int]box{}
	widest := 1
	for _, n := range p.Nodes {
		s, ok := byPath[n.Path]
		if !ok || n.Type == "pipeline" {
			continue
		}
		if len(g.Boxes) == maxBoxes {
			g.Hidden++
			continue
		}
		r := rank[n.Index]
		b := box{step: s, X: margin + column[r]*(boxWidth+gapX), Y: margin + r*(boxHeight+gapY)}
		column[r]++
		widest = max(widest, column[r])
		at[n.Index] = b
		g.Boxes = append(g.Boxes, b)
		g.Height = max(g.Height, b.Y+boxHeight+margin)
	}
	for _, n := range p.Nodes {
		to, drawn := at[n.Index]
		for _, need := range n.Needs {
			if from, ok := at[need]; ok && drawn {
				g.Edges = append(g.Edges, edge{Path: curve(from, to), Picked: to.Job.Name == shown.Name})
			}
		}
	}
	g.Width = 2*margin + widest*(boxWidth+gapX) - gapX
	return g
}

// ranks are how many actions must come before each, one after the other.
func ranks(p planned) map[int]int {
	needs, rank := map[int][]int{}, map[int]int{}
	for _, n := range p.Nodes {
		needs[n.Index] = n.Needs
	}
	var of func(i int) int
	of = func(i int) int {
		if r, ok := rank[i]; ok {
			return r
		}
		rank[i] = 0 // a plan has no cycles; one that was tampered with ends here
		r := 0
		for _, need := range needs[i] {
			r = max(r, of(need)+1)
		}
		rank[i] = r
		return r
	}
	for _, n := range p.Nodes {
		of(n.Index)
	}
	return rank
}

// curve is the path of a line from the bottom of one box to the top of another.
func curve(from, to box) string {
	x1, y1 := from.X+boxWidth/2, from.Y+boxHeight
	x2, y2 := to.X+boxWidth/2, to.Y
	half := (y1 + y2) / 2
	return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", x1, y1, x1, half, x2, half, x2, y2)
}
