package local_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// signed is a link that run history gives, what can be read there, and what a
// link that does not hold is answered.
type signed struct {
	what, link, text string
	refusal          int
}

// links are all that run history gives to a step that runs, or to one that has
// ended.
func (v *leaver) links() []signed {
	v.Helper()
	var step, run struct{ LogFiles map[string]string }
	v.history("/runs/"+v.step+"/details", &step)
	v.history("/runs/"+v.run+"/details", &run)
	const log, oldLog, execution = "user_logs/std_log.txt", "azureml-logs/70_driver_log.txt", "logs/azureml/executionlogs.txt"
	return []signed{
		{"a log", step.LogFiles[log], log, http.StatusUnauthorized},
		{"a log by its old name", step.LogFiles[oldLog], oldLog, http.StatusUnauthorized},
		{"the log of a pipeline", run.LogFiles[execution], "Submitting 1 runs", http.StatusUnauthorized},
	}
}

// A link of run history is good for a day, and not a second longer.
func TestLinksOfHistoryEnd(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.begin()
	v.write("user_logs/std_log.txt", "azureml-logs/70_driver_log.txt", "outputs/model.txt")
	links := v.links()
	var content struct{ ContentURI string }
	v.history("/runs/"+v.step+"/artifacts/contentinfo?path=user_logs/std_log.txt", &content)
	links = append(links, signed{"a log as an artifact", content.ContentURI, "user_logs/std_log.txt", http.StatusUnauthorized})
	v.end()
	for _, name := range []string{"outputs/model.txt", "user_logs/std_log.txt"} {
		links = append(links, signed{"the artifact " + name, v.content(name), name, http.StatusForbidden})
	}
	for _, tt := range []struct {
		ahead time.Duration
		good  bool
	}{{0, true}, {24*time.Hour - time.Minute, true}, {24*time.Hour + time.Minute, false}, {48 * time.Hour, false}, {0, true}} {
		v.clock.set(tt.ahead)
		for _, l := range links {
			status, text := v.send("GET", l.link, false)
			if tt.good && (status != http.StatusOK || !strings.Contains(text, l.text)) {
				t.Errorf("%s after %s: got %d %.200q, want %q", l.what, tt.ahead, status, text, l.text)
			}
			if !tt.good && (status != l.refusal || strings.Contains(text, l.text)) {
				t.Errorf("%s after %s: got %d %.200q, want %d", l.what, tt.ahead, status, text, l.refusal)
			}
		}
	}
	// A later end cannot be written into the link, with the time over or not.
	for _, ahead := range []time.Duration{0, 48 * time.Hour} {
		v.clock.set(ahead)
		for _, l := range links {
			u, err := url.Parse(l.link)
			if err != nil {
				t.Fatal(err)
			}
			q := u.Query()
			later := v.clock.now().Add(240 * time.Hour).UTC()
			end := later.Format(time.RFC3339)
			if !strings.Contains(q.Get("se"), "T") {
				end = strings.Repeat("9", 10)
			}
			q.Set("se", end)
			u.RawQuery = q.Encode()
			if status, _ := v.send("GET", u.String(), false); status != l.refusal {
				t.Errorf("%s with another end: got %d, want %d", l.what, status, l.refusal)
			}
		}
	}
	// Whoever asks again gets one that is good.
	v.clock.set(48 * time.Hour)
	if status, _ := v.send("GET", v.content("outputs/model.txt"), false); status != http.StatusOK {
		t.Errorf("a new link: got %d", status)
	}
}

// A link leads to the one thing that it was made for, and only to be read.
func TestLinksOfHistoryOpenNothingElse(t *testing.T) {
	t.Parallel()
	v := newLeaver(t)
	v.begin()
	v.write("user_logs/std_log.txt", "azureml-logs/70_driver_log.txt", "user_logs/other.txt", "outputs/model.txt", "outputs/model.txt2")
	links := v.links()
	v.end()
	links = append(links, signed{"an artifact", v.content("outputs/model.txt"), "outputs/model.txt", http.StatusForbidden})
	for _, l := range links {
		if status, text := v.send("GET", l.link, false); status != http.StatusOK || !strings.Contains(text, l.text) {
			t.Fatalf("%s: got %d %.200q, want %q", l.what, status, text, l.text)
		}
		tried := 0
		for _, swap := range [][2]string{
			{v.step, v.run}, {v.run, v.step}, {"std_log.txt", "other.txt"}, {"70_driver_log.txt", "std_log.txt"}, {"model.txt?", "model.txt2?"},
			{"outputs/model.txt", "user_logs/std_log.txt"}, {"/logs/azureml/executionlogs.txt", "/details"}, {"/logs/azureml/executionlogs.txt", "/artifacts"},
			{"/logs/azureml/executionlogs.txt", ""}, {"/log/", "/"}, {"sp=r", "sp=rw"}, {"sr=b", "sr=c"}, {"sig=", "sig=A"}, {"sig=", "was="},
			{"/history/v1.0/", "/pipelines/v1.0/"}, {"wsid=", "wsid=x"}, {"/azureml/", "/azureml-blobstore/"}, {"executionlogs.txt", "executionlogs.txt/"},
		} {
			other := strings.Replace(l.link, swap[0], swap[1], 1)
			if other == l.link {
				continue
			}
			tried++
			if status, text := v.send("GET", other, false); status != http.StatusUnauthorized && status != http.StatusForbidden {
				t.Errorf("%s with %q for %q: got %d %.200q, want to be refused", l.what, swap[1], swap[0], status, text)
			}
		}
		if tried < 3 {
			t.Errorf("%s: only %d changes were tried on %s", l.what, tried, l.link)
		}
		for _, method := range []string{"PUT", "POST", "DELETE", "PATCH"} {
			if status, _ := v.send(method, l.link, false); status != http.StatusUnauthorized && status != http.StatusForbidden {
				t.Errorf("%s %s: got %d, want to be refused", method, l.what, status)
			}
		}
	}
}
