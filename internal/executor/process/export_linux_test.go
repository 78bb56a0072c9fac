package process

// ChildrenByStat finds children without the kernel's list of them.
func ChildrenByStat() []int { return childrenByStat() }

// Children finds children by the kernel's list.
func (e *Executor) Children() []int { return e.family.children() }

// Marked reports whether the environment belongs to the step, or with an empty
// guard to the run.
func Marked(environ, nonce, guard string) bool {
	return mark{nonce: nonce, guard: guard}.in([]byte(environ))
}
