package lsp_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/ischia-ml/ischia/internal/lsp"
)

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// client is an editor as far as the server can tell: it writes and reads
// frames, and knows nothing of the server's code.
type client struct {
	t   testing.TB
	dir string
	in  io.WriteCloser
	end chan error

	mu       sync.Mutex
	next     int
	waiting  map[string]chan message
	heard    []message
	news     chan struct{}
	versions map[string]int
}

type message struct {
	ID     json.RawMessage `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *fault          `json:"error"`
}

type fault struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (f *fault) Error() string { return fmt.Sprintf("%d: %s", f.Code, f.Message) }

type object = map[string]any

// start begins a session over pipes, in a folder with files.
func start(t testing.TB, files map[string]string) *client {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	c := newClient(t, dir, inW, outR)
	go func() {
		err := lsp.Serve(t.Context(), inR, outW, lsp.Options{Version: "test", Delay: 10 * time.Millisecond})
		outW.Close()
		inR.Close()
		c.end <- err
	}()
	t.Cleanup(func() { inW.Close() })
	return c
}

func newClient(t testing.TB, dir string, in io.WriteCloser, out io.Reader) *client {
	c := &client{
		t: t, dir: dir, in: in, end: make(chan error, 1),
		waiting: map[string]chan message{}, news: make(chan struct{}, 1), versions: map[string]int{},
	}
	go c.listen(bufio.NewReader(out))
	return c
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listen reads what the server sends until it stops.
func (c *client) listen(r *bufio.Reader) {
	for {
		length := 0
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			line = strings.TrimSpace(line)
			if line == "" {
				break
			}
			if n, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				length, _ = strconv.Atoi(n)
			}
		}
		data := make([]byte, length)
		if _, err := io.ReadFull(r, data); err != nil {
			return
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			panic(fmt.Sprintf("the server sent what is no JSON: %s", data))
		}
		c.take(m)
	}
}

func (c *client) take(m message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m.Method == "" {
		if w := c.waiting[string(m.ID)]; w != nil {
			delete(c.waiting, string(m.ID))
			w <- m
			return
		}
	}
	c.heard = append(c.heard, m)
	select {
	case c.news <- struct{}{}:
	default:
	}
}

// raw sends bytes in a frame.
func (c *client) raw(body string) {
	c.t.Helper()
	if _, err := fmt.Fprintf(c.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		c.t.Fatalf("write to the server: %v", err)
	}
}

func (c *client) send(m object) {
	c.t.Helper()
	m["jsonrpc"] = "2.0"
	data, err := json.Marshal(m)
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(string(data))
}

func (c *client) notify(method string, params any) {
	c.t.Helper()
	c.send(object{"method": method, "params": params})
}

// begin sends a request, and returns its id and where the answer comes.
func (c *client) begin(method string, params any) (int, chan message) {
	c.t.Helper()
	c.mu.Lock()
	c.next++
	id := c.next
	answer := make(chan message, 1)
	c.waiting[strconv.Itoa(id)] = answer
	c.mu.Unlock()
	m := object{"id": id, "method": method}
	if params != nil {
		m["params"] = params
	}
	c.send(m)
	return id, answer
}

// call sends a request and waits for its answer.
func (c *client) call(method string, params, result any) error {
	c.t.Helper()
	_, answer := c.begin(method, params)
	select {
	case m := <-answer:
		if m.Error != nil {
			return m.Error
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				c.t.Fatalf("%s: %v in %s", method, err, m.Result)
			}
		}
		return nil
	case <-time.After(patience):
		c.t.Fatalf("%s: no answer", method)
		return nil
	}
}

func (c *client) mustCall(method string, params, result any) {
	c.t.Helper()
	if err := c.call(method, params, result); err != nil {
		c.t.Fatalf("%s: %v", method, err)
	}
}

// await waits for something that the server says unasked; it is then
// forgotten, with what came before it.
func (c *client) await(what string, is func(message) bool) message {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		for i, m := range c.heard {
			if is(m) {
				c.heard = append(c.heard[:i:i], c.heard[i+1:]...)
				c.mu.Unlock()
				return m
			}
		}
		c.mu.Unlock()
		select {
		case <-c.news:
		case <-deadline:
			c.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// initialize begins a session with a client that can do everything.
func (c *client) initialize(change func(capabilities object)) object {
	c.t.Helper()
	can := object{
		"general":   object{"positionEncodings": []string{"utf-16"}},
		"workspace": object{},
		"textDocument": object{
			"completion":         object{"completionItem": object{"snippetSupport": true, "documentationFormat": []string{"markdown"}}},
			"codeAction":         object{"codeActionLiteralSupport": object{}},
			"hover":              object{"contentFormat": []string{"markdown", "plaintext"}},
			"documentSymbol":     object{"hierarchicalDocumentSymbolSupport": true},
			"publishDiagnostics": object{"relatedInformation": true, "versionSupport": true, "codeDescriptionSupport": true},
		},
	}
	if change != nil {
		change(can)
	}
	var result object
	c.mustCall("initialize", object{"processId": nil, "rootUri": nil, "capabilities": can}, &result)
	c.notify("initialized", object{})
	return result
}

// finish ends the session as the protocol asks.
func (c *client) finish() {
	c.t.Helper()
	c.mustCall("shutdown", nil, nil)
	c.send(object{"method": "exit"})
	if err := c.ended(); err != nil {
		c.t.Errorf("end of the session: %v", err)
	}
}

func (c *client) ended() error {
	c.t.Helper()
	select {
	case err := <-c.end:
		return err
	case <-time.After(patience):
		return errors.New("the server goes on")
	}
}

func (c *client) uri(name string) string {
	p := filepath.ToSlash(filepath.Join(c.dir, name))
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}

func (c *client) open(name, text string) {
	c.t.Helper()
	c.versions[name] = 1
	c.notify("textDocument/didOpen", object{"textDocument": object{
		"uri": c.uri(name), "languageId": "yaml", "version": 1, "text": text,
	}})
}

func (c *client) replace(name, text string) {
	c.t.Helper()
	c.change(name, object{"text": text})
}

func (c *client) change(name string, changes ...object) {
	c.t.Helper()
	c.versions[name]++
	c.notify("textDocument/didChange", object{
		"textDocument": object{"uri": c.uri(name), "version": c.versions[name]}, "contentChanges": changes,
	})
}

func (c *client) close(name string) {
	c.t.Helper()
	c.notify("textDocument/didClose", object{"textDocument": object{"uri": c.uri(name)}})
}

type pos struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

type rng struct {
	Start pos `json:"start"`
	End   pos `json:"end"`
}

type loc struct {
	URI   string `json:"uri"`
	Range rng    `json:"range"`
}

type published struct {
	URI         string `json:"uri"`
	Version     *int   `json:"version"`
	Diagnostics []struct {
		Range           rng    `json:"range"`
		Severity        int    `json:"severity"`
		Code            string `json:"code"`
		Source          string `json:"source"`
		Message         string `json:"message"`
		CodeDescription struct {
			Href string `json:"href"`
		} `json:"codeDescription"`
		Related []struct {
			Location loc    `json:"location"`
			Message  string `json:"message"`
		} `json:"relatedInformation"`
	} `json:"diagnostics"`
}

func (p published) codes() string {
	var out []string
	for _, d := range p.Diagnostics {
		out = append(out, d.Code)
	}
	return strings.Join(out, " ")
}

// diagnosed waits for the diagnostics of a file to have these codes.
func (c *client) diagnosed(name, codes string) published {
	c.t.Helper()
	var p published
	last := "nothing"
	defer func() {
		if c.t.Failed() {
			c.t.Logf("the last diagnostics of %s were: %s", name, last)
		}
	}()
	c.await("diagnostics of "+name+": "+codes, func(m message) bool {
		if m.Method != "textDocument/publishDiagnostics" {
			return false
		}
		p = published{}
		if err := json.Unmarshal(m.Params, &p); err != nil {
			c.t.Error(err)
		}
		if p.URI == c.uri(name) {
			last = string(m.Params)
		}
		return p.URI == c.uri(name) && p.codes() == codes
	})
	return p
}

// cursor takes the mark | out of a text, and says where it was, in UTF-16.
func cursor(t testing.TB, marked string) (text string, at pos) {
	t.Helper()
	before, after, ok := strings.Cut(marked, "‸")
	if !ok {
		t.Fatal("the text has no mark")
	}
	line := before[strings.LastIndex(before, "\n")+1:]
	return before + after, pos{strings.Count(before, "\n"), len(utf16.Encode([]rune(line)))}
}

func (c *client) at(name string, p pos) object {
	return object{"textDocument": object{"uri": c.uri(name)}, "position": p}
}

type item struct {
	Label  string `json:"label"`
	Kind   int    `json:"kind"`
	Detail string `json:"detail"`
	Format int    `json:"insertTextFormat"`
	Doc    struct {
		Value string `json:"value"`
	} `json:"documentation"`
	Sort string `json:"sortText"`
	Edit struct {
		Range   rng    `json:"range"`
		NewText string `json:"newText"`
	} `json:"textEdit"`
}

// complete opens a text with a mark and completes there.
func (c *client) complete(name, marked string) []item {
	c.t.Helper()
	text, at := cursor(c.t, marked)
	if c.versions[name] == 0 {
		c.open(name, text)
	} else {
		c.replace(name, text)
	}
	var list struct {
		Items []item `json:"items"`
	}
	c.mustCall("textDocument/completion", c.at(name, at), &list)
	return list.Items
}

func labels(items []item) []string {
	var out []string
	for _, i := range items {
		out = append(out, i.Label)
	}
	return out
}

func itemNamed(t testing.TB, items []item, label string) item {
	t.Helper()
	for _, i := range items {
		if i.Label == label {
			return i
		}
	}
	t.Fatalf("%q is not offered, only %q", label, labels(items))
	return item{}
}
