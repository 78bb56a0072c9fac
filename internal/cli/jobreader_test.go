package cli_test

import (
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/cli"
)

func TestTailOffset(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a line of some length\n", 10_000)
	for _, c := range []struct {
		text string
		n    int
		want string
	}{
		{"", 3, ""},
		{"a", 1, "a"},
		{"a\n", 1, "a\n"},
		{"a\nb\nc\n", 2, "b\nc\n"},
		{"a\nb\nc", 2, "b\nc"},
		{"a\nb\n\n", 1, "\n"},
		{"a\nb", 9, "a\nb"},
		{"a\nb", 0, ""},
		{"a\nb\n", 0, ""},
		{long, 1, "a line of some length\n"},
		{long, 5000, long[:len(long)/2]},
		{long, 10_000, long},
		{long, 10_001, long},
	} {
		got, err := cli.TailOffset(strings.NewReader(c.text), int64(len(c.text)), c.n)
		if err != nil || c.text[got:] != c.want {
			t.Errorf("last %d of %.20q (%d): from %d, %v", c.n, c.text, len(c.text), got, err)
		}
	}
}
