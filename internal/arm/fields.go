package arm

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/yamlnode"
	"github.com/ischia-ml/ischia/pipeline"
)

// camel is a snake_case key in the words of what stands outside of nodes.
func camel(key string) string {
	words := strings.Split(key, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

// snake is the reverse.
func snake(key string) string {
	var b strings.Builder
	for i, r := range key {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// free are the keys whose values are the user's: their keys stay.
func free(key string) bool {
	switch key {
	case "properties", "environment_variables", "environmentVariables", "services", "tags":
		return true
	}
	return false
}

// camelKeys changes the keys of n, and of the mappings in it.
func camelKeys(n *yamlnode.Node) *yamlnode.Node { return keys(n, camel) }

// snakeKeys is the reverse.
func snakeKeys(n *yamlnode.Node) *yamlnode.Node { return keys(n, snake) }

func keys(n *yamlnode.Node, change func(string) string) *yamlnode.Node {
	if !isMapping(n) {
		return n
	}
	out := yamlnode.NewMapping()
	for _, p := range n.Pairs {
		v := p.Value
		if !free(p.Key) {
			v = keys(v, change)
		}
		out.Set(change(p.Key), v)
	}
	return out
}

// nodeField changes the words of a field of a node; v may be changed.
func nodeField(key string, v *yamlnode.Node) *yamlnode.Node {
	if !isMapping(v) {
		return v
	}
	switch key {
	case "distribution":
		word(v, "type", "distribution_type", distributions(), toWire)
	case "limits":
		if t := v.Get("timeout"); t != nil {
			v.Set("timeout", str(isoDuration(t.PyString())))
		}
		v.Set("job_limits_type", str("Command"))
	case "identity":
		return identityToWire(v, "identity_type")
	case "early_termination":
		word(v, "type", "policy_type", policies(), toWire)
	case "queue_settings":
		word(v, "job_tier", "job_tier", tiers(), toWire)
	case "services":
		for _, p := range v.Pairs {
			v.Set(p.Key, serviceToWire(clone(p.Value)))
		}
	}
	return v
}

// word changes a word and its key.
func word(n *yamlnode.Node, from, to string, list []pair, change func([]pair, string) string) {
	if v := n.Get(from); v != nil && v.Kind == yamlnode.Scalar {
		n.Set(from, str(change(list, v.PyString())))
		rename(n, from, to)
	}
}

func identityToWire(n *yamlnode.Node, key string) *yamlnode.Node {
	n = clone(n)
	word(n, "type", key, identities(), toWire)
	return n
}

// serviceToWire puts what a service is given, but its port and nodes, under
// properties.
func serviceToWire(n *yamlnode.Node) *yamlnode.Node {
	if !isMapping(n) {
		return n
	}
	out, properties := yamlnode.NewMapping(), yamlnode.NewMapping()
	for _, p := range n.Pairs {
		switch p.Key {
		case "type":
			out.Set("job_service_type", str(toWire(services(), p.Value.PyString())))
		case "log_dir", "ssh_public_keys":
			properties.Set(camel(p.Key), p.Value)
		case "properties":
			for _, more := range entries(p.Value) {
				properties.Set(more.Key, more.Value)
			}
		default:
			out.Set(p.Key, p.Value)
		}
	}
	if len(properties.Pairs) > 0 {
		out.Set("properties", properties)
	}
	return out
}

// nodeFieldBack is the reverse of [nodeField].
func nodeFieldBack(key string, v *yamlnode.Node) *yamlnode.Node {
	if !isMapping(v) {
		return v
	}
	v = withoutNulls(v)
	switch key {
	case "distribution":
		word(v, "distribution_type", "type", distributions(), toYAML)
	case "limits":
		take(v, "job_limits_type")
		for _, key := range []string{"timeout", "trial_timeout"} {
			if t := v.Get(key); t != nil {
				v.Set(key, plain(seconds(t.PyString())))
			}
		}
	case "identity":
		word(v, "identity_type", "type", identities(), toYAML)
	case "early_termination":
		word(v, "policy_type", "type", policies(), toYAML)
	case "queue_settings":
		word(v, "job_tier", "job_tier", tiers(), toYAML)
	case "services":
		for _, p := range v.Pairs {
			v.Set(p.Key, serviceFromWire(p.Value))
		}
	case "entry":
		take(v, "spark_job_entry_type")
	}
	return v
}

func serviceFromWire(n *yamlnode.Node) *yamlnode.Node {
	if !isMapping(n) {
		return n
	}
	n = withoutNulls(n)
	properties := take(n, "properties")
	word(n, "job_service_type", "type", services(), toYAML)
	other := yamlnode.NewMapping()
	for _, p := range entries(properties) {
		if key := snake(p.Key); key == "log_dir" || key == "ssh_public_keys" {
			n.Set(key, p.Value)
		} else {
			other.Set(p.Key, p.Value)
		}
	}
	if len(other.Pairs) > 0 {
		n.Set("properties", other)
	}
	return n
}

// withoutNulls copies a mapping without what is null: clients send null for
// what is not given.
func withoutNulls(n *yamlnode.Node) *yamlnode.Node {
	out := yamlnode.NewMapping()
	for _, p := range entries(n) {
		if !p.Value.IsNull() {
			out.Set(p.Key, clone(p.Value))
		}
	}
	return out
}

// plain is a number or boolean as such, and any other text as a text.
func plain(text string) *yamlnode.Node {
	n := &yamlnode.Node{Kind: yamlnode.Scalar, Text: text}
	switch n.Type() {
	case yamlnode.Int, yamlnode.Float, yamlnode.Bool:
		if n.PyString() == text {
			return n
		}
	}
	return str(text)
}

// pair is one word in YAML and on the wire.
type pair struct{ yaml, wire string }

// words are those that change by more than their capitals.
func modes() []pair {
	return []pair{
		{"ro_mount", "ReadOnlyMount"}, {"rw_mount", "ReadWriteMount"}, {"download", "Download"}, {"upload", "Upload"},
		{"direct", "Direct"}, {"eval_mount", "EvalMount"}, {"eval_download", "EvalDownload"},
	}
}

func distributions() []pair {
	return []pair{{"pytorch", "PyTorch"}, {"mpi", "Mpi"}, {"tensorflow", "TensorFlow"}, {"ray", "Ray"}}
}

func identities() []pair {
	return []pair{{"managed", "Managed"}, {"user_identity", "UserIdentity"}, {"aml_token", "AMLToken"}}
}

func services() []pair {
	return []pair{{"tensor_board", "TensorBoard"}, {"jupyter_lab", "JupyterLab"}, {"vs_code", "VSCode"}, {"ssh", "SSH"}}
}

func policies() []pair {
	return []pair{{"bandit", "Bandit"}, {"median_stopping", "MedianStopping"}, {"truncation_selection", "TruncationSelection"}}
}

func tiers() []pair {
	return []pair{{"null", "Null"}, {"spot", "Spot"}, {"basic", "Basic"}, {"standard", "Standard"}, {"premium", "Premium"}}
}

// toWire is a word of YAML on the wire; unknown words stay.
func toWire(list []pair, word string) string {
	for _, p := range list {
		if strings.EqualFold(p.yaml, word) || strings.EqualFold(p.wire, word) {
			return p.wire
		}
	}
	return word
}

// toYAML is a word of the wire in YAML, in any capitals; unknown words stay.
func toYAML(list []pair, word string) string {
	for _, p := range list {
		if strings.EqualFold(p.wire, word) || strings.EqualFold(p.yaml, word) {
			return p.yaml
		}
	}
	return word
}

// isoDuration is a number of seconds as azure-ai-ml writes it: 600 is PT10M.
// Anything else, a reference for instance, stays.
func isoDuration(seconds string) string {
	f, err := strconv.ParseFloat(seconds, 64)
	if err != nil || f < 0 || f > 1e10 || f != float64(int64(f)) {
		return seconds
	}
	s := int64(f)
	var b strings.Builder
	b.WriteString("P")
	if d := s / 86400; d > 0 {
		fmt.Fprintf(&b, "%dD", d)
	}
	if s %= 86400; s == 0 && b.Len() > 1 {
		return b.String()
	}
	b.WriteString("T")
	for _, part := range []struct {
		size int64
		word string
	}{{3600, "H"}, {60, "M"}} {
		if n := s / part.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, part.word)
		}
		s %= part.size
	}
	if s > 0 || strings.HasSuffix(b.String(), "T") {
		fmt.Fprintf(&b, "%dS", s)
	}
	return b.String()
}

// seconds is the number of seconds of a duration such as PT10M; anything else
// stays, and whole numbers are seconds already.
func seconds(iso string) string {
	rest, ok := strings.CutPrefix(strings.ToUpper(iso), "P")
	if !ok {
		return iso
	}
	days, clock, _ := strings.Cut(rest, "T")
	var total time.Duration
	if days != "" {
		n, err := strconv.ParseUint(strings.TrimSuffix(days, "D"), 10, 15)
		if err != nil || !strings.HasSuffix(days, "D") {
			return iso
		}
		total = time.Duration(n) * 24 * time.Hour
	}
	if clock != "" {
		d, err := time.ParseDuration(strings.ToLower(clock))
		if err != nil {
			return iso
		}
		total += d
	}
	return strconv.FormatInt(int64(total/time.Second), 10)
}

// wireMode is a mode on the wire.
func wireMode(m pipeline.Mode) string { return toWire(modes(), string(m)) }
