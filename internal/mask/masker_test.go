package mask_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/ischia-ml/ischia/internal/mask"
)

func TestString(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		secrets  []string
		in, want string
	}{
		"none":              {nil, "abc", "abc"},
		"empty ones":        {[]string{"", "  "}, "a  b", "a  b"},
		"one":               {[]string{"hunter2"}, "pw=hunter2;", "pw=***;"},
		"whole text":        {[]string{"hunter2"}, "hunter2", "***"},
		"not there":         {[]string{"hunter2"}, "hunter3 hunter", "hunter3 hunter"},
		"too short":         {[]string{"no"}, "no, nono", "no, nono"},
		"three bytes":       {[]string{"abc"}, "xabcx", "x***x"},
		"twice":             {[]string{"abc"}, "abc abc", "*** ***"},
		"touching":          {[]string{"abc"}, "-abcabc-", "-***-"},
		"of itself":         {[]string{"aba"}, "-ababa-", "-***-"},
		"longest wins":      {[]string{"token", "token-long"}, "token-long token", "*** ***"},
		"overlapping":       {[]string{"abcd", "cdef"}, "-abcdef-", "-***-"},
		"inside another":    {[]string{"bcd", "abcde"}, "abcd abcde bcd", "a*** *** ***"},
		"retry":             {[]string{"aab"}, "aaab", "a***"},
		"line end":          {[]string{"hunter2\n"}, "a hunter2 b", "a *** b"},
		"lines":             {[]string{"first line\nsecond one\n}"}, "| first line\n| second one\n| }", "| ***\n| ***\n| }"},
		"lines, whole":      {[]string{"first line\nsecond one"}, "<first line\nsecond one>", "<***>"},
		"lines, CRLF":       {[]string{"ab\ncd"}, "<ab\r\ncd>", "<***>"},
		"query":             {[]string{"a b&c/d"}, "?k=a+b%26c%2Fd", "?k=***"},
		"path":              {[]string{"a b&c/d"}, "/a%20b&c%2Fd/", "/***/"},
		"lower hex":         {[]string{"a b&c/d"}, "?k=a%20b%26c%2fd", "?k=***"},
		"not ASCII, url":    {[]string{"pässword"}, "p%C3%A4ssword p%c3%a4ssword", "*** ***"},
		"json":              {[]string{"a\"b\\c\nd"}, `{"k":"a\"b\\c\nd"}`, `{"k":"***"}`},
		"json, html":        {[]string{"a<b>c"}, `{"k":"a\u003cb\u003ec"}`, `{"k":"***"}`},
		"json, ASCII":       {[]string{"pässwörd"}, `{"k":"p\u00e4ssw\u00f6rd"}`, `{"k":"***"}`},
		"json, quotes":      {[]string{`"quoted"`}, `{"k":"\"quoted\""}`, `{"k":"***"}`},
		"base64":            {[]string{"hunter2"}, "aHVudGVyMg==", "***"},
		"base64, unpadded":  {[]string{"hunter2"}, "aHVudGVyMg.", "***."},
		"base64, url":       {[]string{"???>>>"}, "Pz8_Pj4- Pz8/Pj4+", "*** ***"},
		"base64, of a pair": {[]string{"a-long-secret"}, base64.StdEncoding.EncodeToString([]byte("me:a-long-secret!")), "bWU6***CE="},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := mask.New(test.secrets).String(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestEncodedPairsLeakNothing(t *testing.T) {
	t.Parallel()
	const secret = "correct horse battery staple"
	m := mask.New([]string{secret})
	for before := range 7 {
		text := base64.URLEncoding.EncodeToString([]byte(strings.Repeat("u", before) + secret + "tail"))
		got := m.String(text)
		if !strings.Contains(got, "***") || len(got) > 24 {
			t.Errorf("%d bytes before: got %q", before, got)
		}
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	if !(*mask.Masker)(nil).Empty() || !mask.New([]string{"", "ab"}).Empty() {
		t.Error("a Masker without secrets is not empty")
	}
	if mask.New([]string{"abc"}).Empty() {
		t.Error("a Masker with a secret is empty")
	}
	var b strings.Builder
	w := (*mask.Masker)(nil).Writer(&b)
	if _, err := io.WriteString(w, "x"); err != nil || b.String() != "x" || w.Close() != nil {
		t.Errorf("got %q, %v", b.String(), err)
	}
}

// TestWriterHoldsBackLittle: what can no longer become a secret is out.
func TestWriterHoldsBackLittle(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	w := mask.New([]string{"hunter2", "hunters", "abab"}).Writer(&b)
	for _, step := range []struct{ write, want string }{
		{"epoch 1\n", "epoch 1\n"},
		{"pw: hunt", "epoch 1\npw: "},
		{"er2", "epoch 1\npw: ***"},
		{"hunt", "epoch 1\npw: ***"},
		{"!\n", "epoch 1\npw: ***hunt!\n"},
		{"abab", "epoch 1\npw: ***hunt!\n***"}, // could go on, but is covered already
		{"abx", "epoch 1\npw: ***hunt!\n***x"},
		{"hun", "epoch 1\npw: ***hunt!\n***x"},
	} {
		if n, err := io.WriteString(w, step.write); n != len(step.write) || err != nil {
			t.Fatalf("write: %d, %v", n, err)
		}
		if b.String() != step.want {
			t.Errorf("after %q: got %q, want %q", step.write, b.String(), step.want)
		}
	}
	if err := w.Close(); err != nil || !strings.HasSuffix(b.String(), "***xhun") {
		t.Errorf("closed: got %q, %v", b.String(), err)
	}
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func TestWriterReportsErrors(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]io.WriteCloser{
		"masker": mask.New([]string{"abc"}).Writer(broken{}), "terminal": mask.Terminal(broken{}),
	} {
		if n, err := io.WriteString(w, "xyz"); n != 0 || !errors.Is(err, errBroken) {
			t.Errorf("%s: got %d, %v", name, n, err)
		}
	}
}

// written is in, written to w in pieces as long as the bytes of cuts say.
func written(t *testing.T, open func(io.Writer) io.WriteCloser, in string, cuts []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	for _, cut := range cuts {
		n := min(int(cut), len(in))
		if _, err := io.WriteString(w, in[:n]); err != nil {
			t.Fatal(err)
		}
		in = in[n:]
	}
	if _, err := io.WriteString(w, in); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func FuzzMasker(f *testing.F) {
	f.Add("hunter2", "abab", "xx hunter2 ababab hunter", []byte{1, 4, 0, 3})
	f.Add("aab", "abaab", "aaabaabaaab", []byte{2, 2, 2})
	f.Add("a\nb c d e f\n", "b c", "a\r\nb c d e f a%0Ab+c", []byte{1, 1, 1, 1, 1})
	f.Add("pass\"wörd", "w\xffx", "pass\\\"w\\u00f6rd w\xffx", []byte{7})
	f.Fuzz(func(t *testing.T, one, two, in string, cuts []byte) {
		m := mask.New([]string{one, two})
		whole := m.String(in)
		if got := written(t, m.Writer, in, cuts); got != whole {
			t.Errorf("cut: got %q, whole: %q", got, whole)
		}
		for _, secret := range []string{one, two} {
			checkGone(t, m, whole, secret)
		}
	})
}

// checkGone: no form of the secret is left. One that holds a star may be put
// together by masking others, so it is left out.
func checkGone(t *testing.T, m *mask.Masker, masked, secret string) {
	t.Helper()
	if len(secret) < 3 || strings.Contains(secret, "*") {
		return
	}
	quoted, _ := json.Marshal(secret)
	for _, form := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1 : len(quoted)-1]),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	} {
		if strings.Contains(masked, form) && !strings.Contains(form, "*") {
			t.Errorf("%q is left in %q", form, masked)
		}
		if got := m.String("<" + form + ">"); strings.Contains(got, form) {
			t.Errorf("form %q is not masked: %q", form, got)
		}
	}
}

func BenchmarkWriter(b *testing.B) {
	var secrets []string
	for i := range 10 {
		secrets = append(secrets, fmt.Sprintf("s%dcret-%x", i, strings.Repeat(string(rune('a'+i)), 20)))
	}
	line := []byte("2026-01-02 12:03:04 epoch 17/100 loss=0.1234 accuracy=0.9876 lr=1e-4 s3cret\n")
	chunk := bytes.Repeat(line, 32<<10/len(line))
	w := mask.New(secrets).Writer(io.Discard)
	b.SetBytes(int64(len(chunk)))
	for b.Loop() {
		if _, err := w.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewLargeSecret(b *testing.B) {
	key := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7\n", 60)
	for b.Loop() {
		mask.New([]string{key})
	}
}
