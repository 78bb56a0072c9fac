package sched

import "container/heap"

// intHeap yields the ready action that stands first in the definition, so
// that runs are alike.
type intHeap struct{ items ints }

func (h *intHeap) push(i int) { heap.Push(&h.items, i) }
func (h *intHeap) pop() int   { return heap.Pop(&h.items).(int) }
func (h *intHeap) len() int   { return len(h.items) }

func (h *intHeap) remove(i int) {
	for at, x := range h.items {
		if x == i {
			heap.Remove(&h.items, at)
			return
		}
	}
}

type ints []int

func (x ints) Len() int           { return len(x) }
func (x ints) Less(i, j int) bool { return x[i] < x[j] }
func (x ints) Swap(i, j int)      { x[i], x[j] = x[j], x[i] }
func (x *ints) Push(v any)        { *x = append(*x, v.(int)) }
func (x *ints) Pop() any {
	old := *x
	last := old[len(old)-1]
	*x = old[:len(old)-1]
	return last
}
