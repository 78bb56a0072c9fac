package pipelinesapi

import (
	_ "embed" // for the table
	"fmt"
	"net/http"
	"strings"
)

// refusedText lists operations of the data plane's services that this door knows
// and does not do, a line each: method, path after the workspace's id with the
// service's beginning, name.
//
//go:embed refused.txt
var refusedText string

// refused are the entries of the table of those operations: 501, with the
// operation's name.
func refused() []entry {
	var list []entry
	for line := range strings.Lines(refusedText) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		base, path, _ := strings.Cut(f[1], "{}")
		list = append(list, entry{Route{f[0], base + workspacePath + path}, refuse(f[2])})
	}
	return list
}

func refuse(name string) func(*call) error {
	return func(*call) error {
		return &fault{
			status: http.StatusNotImplemented, code: "NotImplemented",
			message: fmt.Sprintf("%s is not implemented by the embedded workspace", name),
		}
	}
}
