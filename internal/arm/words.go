package arm

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/pipeline"
)

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
