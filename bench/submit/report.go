package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// count reads from an archive what each submission uploaded, in the order in
// which they were made: ours, ours again, theirs, theirs again.
func count(path string) ([]int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the archive of requests: %w", err)
	}
	var archive struct {
		Log struct {
			Entries []struct{ Request struct{ Method, URL string } }
		}
	}
	if err := json.Unmarshal(text, &archive); err != nil {
		return nil, fmt.Errorf("read the archive of requests: %w", err)
	}
	counts := []int{0}
	for _, e := range archive.Log.Entries {
		path, query, _ := strings.Cut(e.Request.URL, "?")
		switch {
		case e.Request.Method != "PUT":
		case strings.Contains(path, ".blob.") && !strings.Contains("&"+query, "&comp="):
			counts[len(counts)-1]++
		case strings.Contains(path, "/jobs/"):
			counts = append(counts, 0)
		}
	}
	if len(counts) != 5 {
		return nil, fmt.Errorf("%d jobs were submitted while uploads were counted, want 4", len(counts)-1)
	}
	return counts[:4], nil
}

func median(list []taken, client string, again bool) float64 {
	var seconds []float64
	for _, t := range list {
		if t.Client == client && t.Again == again {
			seconds = append(seconds, t.Seconds)
		}
	}
	slices.Sort(seconds)
	return (seconds[(len(seconds)-1)/2] + seconds[len(seconds)/2]) / 2
}

// report tells what was measured. It fails when a submission that is the same
// again uploads anything.
func report(ctx context.Context, o options, list []taken, uploads []int) error {
	var out strings.Builder
	commit, _ := exec.CommandContext(ctx, "git", "rev-parse", "--short=10", "HEAD").Output()
	fmt.Fprintf(&out, "# Submitting: one sitting of `go run ./bench/submit`\n\n%d CPUs, %s/%s, %s; commit %s; %s.\n\n",
		runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version(), strings.TrimSpace(string(commit)), time.Now().UTC().Format("2006-01-02"))
	fmt.Fprintf(&out, "A pipeline of %d steps with %d files of code, whole process, medians of %d rounds. Goal: azure-ai-ml takes at least 10 times as long.\n\n", o.Steps, o.Files, o.Rounds)
	fmt.Fprintln(&out, "| submission | ischia submit | azure-ai-ml | times as long | uploads, ischia | uploads, azure-ai-ml |")
	fmt.Fprintln(&out, "|---|--:|--:|--:|--:|--:|")
	for i, name := range []string{"all is new", "nothing has changed"} {
		a, b := median(list, ours, i == 1), median(list, theirs, i == 1)
		fmt.Fprintf(&out, "| %s | %.2f s | %.2f s | %.1f | %d | %d |\n", name, a, b, b/a, uploads[i], uploads[2+i])
	}
	fmt.Fprintln(&out, "\n| client | round | all is new, s | nothing has changed, s |\n|---|--:|--:|--:|")
	for i := 0; i+1 < len(list); i += 2 {
		fmt.Fprintf(&out, "| %s | %d | %.2f | %.2f |\n", list[i].Client, list[i].Round+1, list[i].Seconds, list[i+1].Seconds)
	}
	if _, err := io.WriteString(os.Stdout, out.String()); err != nil {
		return fmt.Errorf("tell the results: %w", err)
	}
	if o.Out != "" {
		if err := os.WriteFile(o.Out, []byte(out.String()), 0o600); err != nil {
			return fmt.Errorf("write the results: %w", err)
		}
	}
	if uploads[1] > 0 {
		return fmt.Errorf("the second submission uploaded %d files again", uploads[1])
	}
	return nil
}
