package arm

import "testing"

// TestDurations: seconds are written as durations, and read back.
func TestDurations(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ seconds, iso string }{
		{"600", "PT10M"}, {"100", "PT1M40S"}, {"7200", "PT2H"}, {"86400", "P1D"}, {"90061", "P1DT1H1M1S"}, {"0", "PT0S"},
		{"${{parent.inputs.t}}", "${{parent.inputs.t}}"}, {"-1", "-1"},
	} {
		if got := isoDuration(tt.seconds); got != tt.iso {
			t.Errorf("isoDuration(%q) = %q, want %q", tt.seconds, got, tt.iso)
		}
		if got := seconds(tt.iso); got != tt.seconds {
			t.Errorf("seconds(%q) = %q, want %q", tt.iso, got, tt.seconds)
		}
	}
	for iso, want := range map[string]string{"PT0.5H": "1800", "P1Y": "P1Y", "600": "600", "PT": "0", "P": "0"} {
		if got := seconds(iso); got != want {
			t.Errorf("seconds(%q) = %q, want %q", iso, got, want)
		}
	}
}

// TestKeys: keys change between the two ways of writing them.
func TestKeys(t *testing.T) {
	t.Parallel()
	for snakeKey, camelKey := range map[string]string{"instance_count": "instanceCount", "type": "type", "job_limits_type": "jobLimitsType"} {
		if got := camel(snakeKey); got != camelKey {
			t.Errorf("camel(%q) = %q", snakeKey, got)
		}
		if got := snake(camelKey); got != snakeKey {
			t.Errorf("snake(%q) = %q", camelKey, got)
		}
	}
}
