package armapi

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// Operation is one operation of the service.
type Operation struct {
	// Name is CLIENT.METHOD of the Go SDK: JobsClient.CreateOrUpdate.
	Name, Method string
	// Path is the template, as in the specification.
	Path   string
	handle func(*call) error
}

// Implemented reports whether the operation is answered.
func (o Operation) Implemented() bool { return o.handle != nil }

// routes finds operations by path, whatever the case of its fixed words.
type routes struct{ root *level }

// level is one segment deep in the tree of all paths.
type level struct {
	words map[string]*level // in lower case
	// any is for a parameter; params are its names, by method.
	any     *level
	methods map[string]*leaf
}

// leaf is one method of one path.
type leaf struct {
	op *Operation
	// params are the names of the path's parameters, in order.
	params []string
}

func newLevel() *level { return &level{words: map[string]*level{}, methods: map[string]*leaf{}} }

func newRoutes() *routes {
	r := &routes{root: newLevel()}
	for _, op := range Operations() {
		r.add(op)
	}
	return r
}

// Operations are all operations of the service, and those of the resource
// manager that clients need beside them: the table of the specification with what this
// package does about each.
func Operations() []Operation {
	handlers := handlers()
	var list []Operation
	for _, op := range specified() {
		op.handle = handlers[op.Name]
		list = append(list, op)
	}
	return list
}

// handlers are what is implemented, by operation.
func handlers() map[string]func(*call) error {
	all := map[string]func(*call) error{}
	for _, group := range []map[string]func(*call) error{
		asyncHandlers(), groupHandlers(), workspaceHandlers(), computeHandlers(), datastoreHandlers(),
		assetHandlers(), registryHandlers(), deploymentHandlers(), subscriptionHandlers(),
		jobHandlers(), batchHandlers(), scheduleHandlers(),
	} {
		for name, h := range group {
			all[name] = h
		}
	}
	return all
}

// add puts an operation into the tree.
func (r *routes) add(op Operation) {
	at, l := r.root, &leaf{op: &op}
	for _, word := range segments(op.Path) {
		if name, isParam := strings.CutPrefix(word, "{"); isParam {
			l.params = append(l.params, strings.TrimSuffix(name, "}"))
			if at.any == nil {
				at.any = newLevel()
			}
			at = at.any
			continue
		}
		word = strings.ToLower(word)
		if at.words[word] == nil {
			at.words[word] = newLevel()
		}
		at = at.words[word]
	}
	at.methods[op.Method] = l
}

// segments are the parts of a path, still escaped.
func segments(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }

// match finds the operation of a request, and the parameters of its path, which
// are good names. HEAD is answered where GET is.
func (r *routes) match(method string, u *url.URL) (*Operation, map[string]string, error) {
	at, values, err := r.find(u)
	if err != nil {
		return nil, nil, err
	}
	l := at.methods[method]
	if l == nil && method == http.MethodHead {
		l = at.methods[http.MethodGet]
	}
	if l == nil {
		return nil, nil, &fault{
			status: http.StatusMethodNotAllowed, code: "MethodNotAllowed", message: fmt.Sprintf("%s is not a method of %.200s", method, u.Path),
		}
	}
	vars := map[string]string{}
	for i, name := range l.params {
		if err := workspace.CheckName(values[i]); err != nil {
			return nil, nil, badRequest("InvalidResourceName", "%s: %v", name, err)
		}
		vars[name] = values[i]
	}
	return l.op, vars, nil
}

// find walks the tree along a path and collects the values of its parameters.
// Parts are unescaped one by one, so that an escaped slash stays within its
// part. No level has both words and a parameter, so there is no way back.
func (r *routes) find(u *url.URL) (*level, []string, error) {
	at := r.root
	var values []string
	for _, part := range segments(u.EscapedPath()) {
		part, err := url.PathUnescape(part)
		if err != nil {
			return nil, nil, badRequest("InvalidRequestUri", "the path: %v", err)
		}
		next := at.words[strings.ToLower(part)]
		if next == nil && at.any != nil {
			next = at.any
			values = append(values, part)
		}
		if next == nil {
			return nil, nil, notFound("there is nothing at this path: %.200s", u.Path)
		}
		at = next
	}
	if len(at.methods) == 0 {
		return nil, nil, notFound("there is nothing at this path: %.200s", u.Path)
	}
	return at, values, nil
}
