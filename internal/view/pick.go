package view

import "slices"

// picked is what is drawn of a board.
type picked struct {
	shown []bool // by step: its row
	logs  []bool // and the current line of its log
}

// pick chooses what to draw in so many rows. What runs and what failed comes
// first, then the groups that they are in, then what stands near to what runs.
func (b *board) pick(rows int) picked {
	n := len(b.items)
	p := picked{shown: make([]bool, n), logs: make([]bool, n)}
	order := b.order(rows)
	logs := b.pickLogs(&p, rows)
	left := min(n, rows-logs)
	if left < n {
		left = max(rows-logs-1, 0) // a row says what is hidden
	}
	for _, i := range order[:left] {
		p.shown[i] = true
	}
	return p
}

// pickLogs chooses whose log is shown, and returns of how many. Where not all
// steps fit anyway, logs get half of what running and failed steps leave over.
func (b *board) pickLogs(p *picked, rows int) int {
	urgent := 0
	for _, it := range b.items {
		if it.urgent() {
			urgent++
		}
	}
	room := rows - len(b.items)
	if room < 0 {
		room = (rows - 1 - urgent) / 2
	}
	taken := 0
	for i, it := range b.items {
		if taken < room && !it.group && active(it.status) && it.line != "" {
			p.logs[i] = true
			taken++
		}
	}
	return taken
}

// urgent: a step that has to stay on the screen.
func (it item) urgent() bool {
	return !it.group && (active(it.status) || it.status == failed)
}

// order are the steps by importance. Should there be more running steps than
// rows, a third of the rows is still left to those that failed last.
func (b *board) order(rows int) []int {
	var at, broken []int
	for i, it := range b.items {
		switch {
		case it.urgent() && it.status == failed:
			broken = append(broken, i)
		case it.urgent():
			at = append(at, i)
		}
	}
	slices.SortStableFunc(broken, func(x, y int) int { return b.items[y].ended.Compare(b.items[x].ended) })
	room := max(rows-1-min(len(broken), rows/3), 0)
	head := min(len(at), room)
	first := slices.Concat(at[:head], broken, at[head:])
	return append(first, b.others(first)...)
}

// others are the steps that are not in first: groups of those, then by
// distance from where the run is.
func (b *board) others(first []int) []int {
	rank := make([]int, len(b.items)) // 0 taken, 1 a group of one, else by distance
	focus := b.focus()
	for i := range rank {
		rank[i] = 2 + abs(i-focus)
	}
	for _, i := range first {
		rank[i] = 0
		for parent := b.items[i].parent; parent >= 0; parent = b.items[parent].parent {
			rank[parent] = min(rank[parent], 1)
		}
	}
	var rest []int
	for i := range b.items {
		if rank[i] > 0 {
			rest = append(rest, i)
		}
	}
	slices.SortStableFunc(rest, func(x, y int) int { return rank[x] - rank[y] })
	return rest
}

// focus is where the run is: the first step that runs, else the first that
// waits.
func (b *board) focus() int {
	for i, it := range b.items {
		if !it.group && active(it.status) {
			return i
		}
	}
	for i, it := range b.items {
		if !it.group && !terminal(it.status) {
			return i
		}
	}
	return len(b.items)
}

func abs(n int) int { return max(n, -n) }
