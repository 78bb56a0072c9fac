// Command startup measures how long a command takes from start to end: it runs
// it -n times, prints the median, and fails when that is over three times the
// limit (machines differ; a change of that size is a change of ours).
//
//	startup -n 20 -limit 20ms ischia version
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

func main() {
	n := flag.Int("n", 20, "number of runs")
	limit := flag.Duration("limit", 20*time.Millisecond, "what the median should stay under")
	flag.Parse()
	if flag.NArg() == 0 || *n < 1 {
		flag.Usage()
		os.Exit(2)
	}
	times, err := measure(*n, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "startup:", err)
		os.Exit(1)
	}
	median := middle(times)
	fmt.Printf("%s: median %s of %d runs, fastest %s, slowest %s (limit %s)\n", strings.Join(flag.Args()[1:], " "),
		short(median), *n, short(slices.Min(times)), short(slices.Max(times)), *limit)
	if median > 3**limit {
		fmt.Fprintln(os.Stderr, "startup: over three times the limit")
		os.Exit(1)
	}
}

// measure runs the command once more than asked: the first run reads the
// program from the disk and does not count.
func measure(n int, command []string) ([]time.Duration, error) {
	var times []time.Duration
	for range n + 1 {
		begin := time.Now()
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("run %s: %w\n%s", strings.Join(command, " "), err, out)
		}
		times = append(times, time.Since(begin))
	}
	return times[1:], nil
}

func middle(times []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

func short(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
