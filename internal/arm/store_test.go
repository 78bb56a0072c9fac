package arm_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"

	"github.com/ischia-ml/ischia/internal/arm"
	"github.com/ischia-ml/ischia/pipeline"
)

// store is a workspace in memory: what an encoder uploads and registers, a
// decoder finds. Code and data are known by the digests of their names, as a
// real one knows them by those of their content.
type store struct {
	components   map[string][]byte
	environments map[string][]byte
	names        map[string]string
}

func newStore() *store {
	return &store{map[string][]byte{}, map[string][]byte{}, map[string]string{}}
}

var scope = arm.Scope{Subscription: "s", ResourceGroup: "g", Workspace: "w"}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// codeName is what code is known by.
func codeName(code string, includes []string) string {
	return "code/" + digestOf(strings.Join(append([]string{code}, includes...), "\n"))
}

func dataName(name string) string { return "data/" + digestOf(name) }

func (s *store) Code(_ context.Context, path *pipeline.LocalPath, includes []*pipeline.LocalPath, _ string) (string, error) {
	var names []string
	for _, l := range includes {
		names = append(names, l.Name)
	}
	code := ""
	if path != nil {
		code = path.Name
	}
	name := codeName(code, names)
	if strings.HasPrefix(code, "code/") {
		name = code // it was decoded
	}
	id := scope.Version("codes", digestOf(name), "1")
	s.names[id] = name
	return id, nil
}

func (s *store) Data(_ context.Context, path *pipeline.LocalPath, _ pipeline.Type) (string, error) {
	name := dataName(path.Name)
	if strings.HasPrefix(path.Name, "data/") {
		name = path.Name
	}
	uri := "azureml://datastores/workspaceblobstore/paths/LocalUpload/" + digestOf(name)
	s.names[uri] = name
	return uri, nil
}

func (s *store) Environment(_ context.Context, name, version string, body armmachinelearning.EnvironmentVersion) (string, error) {
	id := scope.Version("environments", name, version)
	text, err := json.Marshal(body.Properties)
	s.environments[id] = text
	return id, err
}

func (s *store) Component(_ context.Context, name, version string, body armmachinelearning.ComponentVersion) (string, error) {
	id := scope.Version("components", name, version)
	text, err := json.Marshal(body.Properties)
	s.components[id] = text
	return id, err
}

func (s *store) Labelled(_ context.Context, _, _, label string) (string, error) { return label, nil }

// dump is all that was registered.
func (s *store) dump() string {
	var b strings.Builder
	for _, m := range []map[string][]byte{s.components, s.environments} {
		for _, id := range slices.Sorted(maps.Keys(m)) {
			text, err := indented(json.RawMessage(m[id]))
			fmt.Fprintf(&b, "%s %s %v\n", id, text, err)
		}
	}
	return b.String()
}

// next is a store without what was registered.
func (s *store) next() *store {
	return &store{map[string][]byte{}, map[string][]byte{}, s.names}
}

// lookup is the other side.
type lookup struct{ *store }

func (l lookup) Component(_ context.Context, id string) ([]byte, error) {
	return l.components[id], nil
}

func (l lookup) Environment(_ context.Context, id string) (armmachinelearning.EnvironmentVersionProperties, error) {
	var p armmachinelearning.EnvironmentVersionProperties
	text, ok := l.environments[id]
	if !ok {
		return p, fmt.Errorf("environment %s: %w", id, fs.ErrNotExist)
	}
	return p, json.Unmarshal(text, &p)
}

func (l lookup) Code(_ context.Context, id string) (string, error) {
	name, ok := l.names[id]
	if !ok {
		return "", fmt.Errorf("code %s: %w", id, fs.ErrNotExist)
	}
	return name, nil
}

func (l lookup) Data(_ context.Context, uri string) (string, bool, error) {
	name, ok := l.names[uri]
	return name, ok, nil
}

// indented is JSON as people read it.
func indented(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// one is a lookup with one component behind every id.
type one struct {
	*store
	component []byte
}

func (o one) Component(context.Context, string) ([]byte, error) { return o.component, nil }

func (o one) Environment(ctx context.Context, id string) (armmachinelearning.EnvironmentVersionProperties, error) {
	return lookup{o.store}.Environment(ctx, id)
}

func (o one) Code(context.Context, string) (string, error) { return "code/x", nil }

func (o one) Data(context.Context, string) (string, bool, error) { return "", false, nil }
