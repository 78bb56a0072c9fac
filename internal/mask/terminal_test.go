package mask_test

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ischia-ml/ischia/internal/mask"
)

func TestCleanTerminal(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"plain":              {"a\tb\n", "a\tb\n"},
		"words":              {"Zoë 模型 עברית\u200f ✓", "Zoë 模型 עברית\u200f ✓"},
		"colour":             {"\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"},
		"short reset":        {"\x1b[31mred\x1b[m", "\x1b[31mred\x1b[m"},
		"colour left on":     {"\x1b[38:5:208mx", "\x1b[38:5:208mx\x1b[0m"},
		"private m":          {"a\x1b[>4;1mb", "ab"},
		"intermediate m":     {"a\x1b[1 mb", "ab"},
		"endless parameters": {"a\x1b[" + strings.Repeat("1;", 500) + "mb", "ab"},
		"clear screen":       {"a\x1b[2J\x1b[Hb", "ab"},
		"cursor":             {"a\x1b[5Ab\x1b[?25lc", "abc"},
		"query":              {"a\x1b[6nb\x1b[cc", "abc"},
		"title":              {"a\x1b]0;title\x07b", "ab"},
		"link":               {"\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\", "text"},
		"clipboard":          {"a\x1b]52;c;aGk=\x1b\\b", "ab"},
		"title, 8 bit end":   {"a\x1b]0;✔\u009cb", "ab"},
		"unfinished title":   {"a\x1b]0;title\nb", "a\nb"},
		"unfinished at end":  {"a\x1b]0;title", "a"},
		"DCS":                {"a\x1bPq#0\x1b\\b", "ab"},
		"APC, PM, SOS":       {"a\x1b_x\x1b\\b\x1b^x\x1b\\c\x1bXx\x1b\\d", "abcd"},
		"charset":            {"a\x1b(0b\x1b#8c", "abc"},
		"two characters":     {"a\x1b7b\x1bcc\x1b=d", "abcd"},
		"lone escape":        {"a\x1b", "a"},
		"escape, not ASCII":  {"a\x1bé", "aé"},
		"escape in a CSI":    {"a\x1b[3\x1b[31mb\x1b[0m", "a\x1b[31mb\x1b[0m"},
		"8 bit CSI":          {"a\u009b2Jb\u009b31mc", "ab\x1b[31mc\x1b[0m"},
		"8 bit OSC":          {"a\u009d0;x\u009cb", "ab"},
		"8 bit others":       {"a\u0085b\u0080c", "abc"},
		"bytes":              {"a\x9b2Jb\xff", "a\uFFFD2Jb\uFFFD"},
		"cut character":      {"a\xe6\xa8", "a\uFFFD\uFFFD"},
		"controls":           {"a\x00\x07\b\v\f\x0e\x7fb", "ab"},
		"CRLF":               {"a\r\nb\r\n", "a\r\nb\r\n"},
		"CR CRLF":            {"a\r\r\nb", "a\r\nb"},
		"progress":           {"\r 1%\r 2%\r\n", " 1%\n 2%\r\n"},
		"progress, cleared":  {"1%\r\x1b[K2%", "1%\n2%"},
		"CR at the end":      {"a\r", "a\n"},
		"bidi":               {"a\u202eb\u2066c\u2069", "a\uFFFDb\uFFFDc\uFFFD"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := mask.CleanTerminal(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestTerminalIsLive(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := mask.Terminal(&b)
	for _, step := range []struct{ write, want string }{
		{"abc", "abc"}, {"\xe6\xa8", "abc"}, {"\xa1\x1b[3", "abc模"}, {"1m", "abc模\x1b[31m"}, {"x\r", "abc模\x1b[31mx"},
	} {
		if _, err := io.WriteString(w, step.write); err != nil || b.String() != step.want {
			t.Errorf("after %q: got %q, %v, want %q", step.write, b.String(), err, step.want)
		}
	}
}

func TestCleanCI(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"plain":        {"a::b # c", "a::b # c"},
		"github":       {"::error::x", ": :error::x"},
		"indented":     {"x\n \t::add-mask::x", "x\n \t: :add-mask::x"},
		"after CR":     {"x\r::set-env::", "x\r: :set-env::"},
		"BOM":          {"\ufeff::error::x", "\ufeff: :error::x"},
		"colons":       {":::x", ": ::x"},
		"azure":        {"##vso[task.setvariable]x", "# #vso[task.setvariable]x"},
		"azure, case":  {"a ##VSO[x]", "a # #VSO[x]"},
		"azure, group": {"a\n##[group]x", "a\n# #[group]x"},
		"hashes":       {"###[x] ####vso", "## #[x] ### #vso"},
		"heading":      {"## vso", "## vso"},
		"both":         {"##[x]::y", "# #[x]::y"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := mask.CleanCI(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

var colour = regexp.MustCompile(`\x1b\[[0-9;:]{0,64}m`)

func FuzzTerminal(f *testing.F) {
	for _, seed := range []string{
		"\x1b[1;31mred\x1b[0m\r\n", "\x1b]0;t\x07x\x1bP\x1b\\", "1%\r2%\r\r\n", "\u009b2J\x9b\xe6", "\x1b(0\x1b#\x1b[>4;1m\u202e",
	} {
		f.Add(seed, []byte{1, 2, 1})
	}
	f.Fuzz(func(t *testing.T, in string, cuts []byte) {
		whole := mask.CleanTerminal(in)
		if got := written(t, mask.Terminal, in, cuts); got != whole {
			t.Errorf("cut: got %q, whole: %q", got, whole)
		}
		if again := mask.CleanTerminal(whole); again != whole {
			t.Errorf("again: got %q, before: %q", again, whole)
		}
		checkHarmless(t, whole)
	})
}

func checkHarmless(t *testing.T, clean string) {
	t.Helper()
	if !utf8.ValidString(clean) {
		t.Errorf("invalid UTF-8: %q", clean)
	}
	rest := strings.ReplaceAll(colour.ReplaceAllString(clean, ""), "\r\n", "\n")
	for _, r := range rest {
		if r < 0x20 && r != '\n' && r != '\t' || r >= 0x7F && r <= 0x9F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			t.Errorf("%U is left in %q", r, clean)
		}
	}
}

func FuzzCleanCI(f *testing.F) {
	f.Add(" ::error::x\n###[y] ##vsO[z]")
	command := regexp.MustCompile(`(?i)(^|[\n\r])\s*::|##\[|##vso`)
	f.Fuzz(func(t *testing.T, in string) {
		if got := mask.CleanCI(mask.CleanTerminal(in)); command.MatchString(got) {
			t.Errorf("a command is left in %q", got)
		}
	})
}

func BenchmarkTerminal(b *testing.B) {
	chunk := bytes.Repeat([]byte("epoch \x1b[32m17\x1b[0m/100 loss=0.1234\n"), 1000)
	w := mask.Terminal(io.Discard)
	b.SetBytes(int64(len(chunk)))
	for b.Loop() {
		if _, err := w.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
}
