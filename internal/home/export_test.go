package home

import "time"

// OpenWith opens a home as a program with another layout would, for tests of
// migrations before there are any.
func OpenWith(dir string, format int, steps map[int]func(dir string) error, patience time.Duration) (*Home, error) {
	l := layout{format: format, steps: map[int]migration{}, patience: patience}
	for from, step := range steps {
		l.steps[from] = step
	}
	return open(dir, l)
}
