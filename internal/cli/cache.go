package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/ischia-ml/ischia/internal/local"
	"github.com/ischia-ml/ischia/internal/output"
	"github.com/spf13/cobra"
)

// cacheFlags are those of all verbs of the noun cache.
type cacheFlags struct{ dir, format string }

func (a *app) cacheCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Verify, measure and trim what steps have made before",
		Long: "Verify, measure and trim the results of steps, and the content that they refer to: those of the home, or of a\n" +
			"folder that homes share.",
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	var f cacheFlags
	cmd.PersistentFlags().StringVar(&f.dir, "cache-dir", "", "the shared folder of step results (default: the home's own)")
	cmd.PersistentFlags().StringVarP(&f.format, "output", "o", "", "print as json, yaml, ... instead of text")
	cmd.AddCommand(a.cacheVerifyCommand(&f), a.cacheSizeCommand(&f), a.cacheGCCommand(&f))
	return cmd
}

// withoutArgs refuses arguments.
func withoutArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError(fmt.Errorf("%s takes no arguments: %q", cmd.CommandPath(), args[0]))
	}
	return nil
}

func (a *app) cacheVerifyCommand(f *cacheFlags) *cobra.Command {
	var fix bool
	cmd := &cobra.Command{
		Use: "verify", Short: "Read all that is stored and compare it with its digest",
		Long: "Read every entry, and all content that entries and the records of jobs refer to, and report what is damaged or\n" +
			"missing. Exit status: 0 nothing is wrong (or all of it was fixed), 1 something is.",
		Args: withoutArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.cacheVerify(cmd.Context(), f, fix) },
	}
	cmd.Flags().BoolVar(&fix, "fix", false, "remove what is damaged, so that its steps run again")
	return cmd
}

func (a *app) cacheSizeCommand(f *cacheFlags) *cobra.Command {
	return &cobra.Command{
		Use: "size", Short: "Tell how much is stored, and who holds it",
		Args: withoutArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.cacheSize(cmd.Context(), f) },
	}
}

func (a *app) cacheGCCommand(f *cacheFlags) *cobra.Command {
	var size, age string
	var o local.CollectOptions
	cmd := &cobra.Command{
		Use: "gc", Short: "Remove the results used longest ago, and what nobody refers to",
		Long: "Remove the results used longest ago until they, and what only they hold, are within the bound; then the content\n" +
			"that nobody refers to and nobody used for two hours. What the records of jobs refer to stays. While a job of the\n" +
			"home runs, nothing is removed.",
		Example: "  ischia cache gc --max-size 5GB --max-age 30d\n" +
			"  ischia cache gc --cache-dir /shared/ischia --dry-run",
		Args: withoutArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if o.MaxBytes, err = parseBytes(size); err != nil {
				return usageError(fmt.Errorf("--max-size: %w", err))
			}
			if o.MaxAge, err = parseAge(age); err != nil {
				return usageError(fmt.Errorf("--max-age: %w", err))
			}
			return a.cacheGC(cmd.Context(), f, o)
		},
	}
	cmd.Flags().StringVar(&size, "max-size", "20GB", "keep at most `SIZE` that nobody else holds: 500MB, 20GB, 8GiB")
	cmd.Flags().StringVar(&age, "max-age", "", "also remove results that were not used for `AGE`: 12h, 30d")
	cmd.Flags().BoolVar(&o.DryRun, "dry-run", false, "say what would be removed, and remove nothing")
	return cmd
}

// inCache opens the folder that the flags name, and prints what do finds: with
// -o in that format, else as text does.
func (a *app) inCache(ctx context.Context, f *cacheFlags, do func(*local.CacheFolder) (any, error), text func(io.Writer)) error {
	o, err := output.Parse(f.format, "", a.color(a.Out))
	if err != nil {
		return err
	}
	folder, done, err := a.openCache(ctx, f.dir)
	if err != nil {
		return err
	}
	defer done()
	v, err := do(folder)
	if err != nil {
		return err
	}
	if f.format != "" {
		return output.Print(a.Out, v, o, "")
	}
	text(a.Out)
	return nil
}

func (a *app) openCache(ctx context.Context, dir string) (*local.CacheFolder, func(), error) {
	if dir != "" {
		folder, err := local.OpenSharedCache(dir)
		if errors.Is(err, local.ErrNoCache) {
			err = &statusError{exitNotFound, fmt.Errorf("--cache-dir: %w", err)}
		}
		return folder, func() {}, err
	}
	l, err := a.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	folder, err := l.Cache()
	if err != nil {
		return nil, nil, errors.Join(err, l.Close())
	}
	return folder, func() { _ = l.Close() }, nil
}

func (a *app) cacheVerify(ctx context.Context, f *cacheFlags, fix bool) error {
	var v local.Verified
	err := a.inCache(ctx, f, func(c *local.CacheFolder) (any, error) {
		var err error
		v, err = c.Verify(ctx, fix)
		return v, err
	}, func(w io.Writer) { printVerified(w, v) })
	if err == nil && !v.Sound() {
		return silent(exitFailed)
	}
	return err
}

func printVerified(w io.Writer, v local.Verified) {
	for _, p := range v.Problems {
		fmt.Fprintf(w, "%s %s is %s", p.What, p.Name, p.Kind)
		if p.NeededBy != "" {
			fmt.Fprintf(w, ", needed by %s", p.NeededBy)
		}
		if p.Fixed {
			fmt.Fprint(w, " (fixed)")
		}
		if p.Note != "" {
			fmt.Fprintf(w, "\n  %s", p.Note)
		}
		fmt.Fprintln(w)
	}
	found := "nothing is wrong"
	if n := len(v.Problems); n > 0 {
		found = counted(n, "problem", "problems")
	}
	fmt.Fprintf(w, "%s, %s (%s) read: %s\n",
		counted(v.Entries, "entry", "entries"), counted(v.Blobs, "blob", "blobs"), bytesText(v.Bytes), found)
}

func (a *app) cacheSize(ctx context.Context, f *cacheFlags) error {
	var s local.CacheSize
	return a.inCache(ctx, f, func(c *local.CacheFolder) (any, error) {
		var err error
		s, err = c.Size(ctx)
		return s, err
	}, func(w io.Writer) {
		line := func(what string, n int, bytes int64) { fmt.Fprintf(w, "%-32s %8d  %10s\n", what, n, bytesText(bytes)) }
		line("entries", s.Entries, s.EntryBytes)
		line("blobs", s.Blobs, s.BlobBytes)
		line("  held by the records of jobs", s.LedgerBlobs, s.LedgerBytes)
		line("  held by entries only", s.CacheBlobs, s.CacheBytes)
		line("  held by nobody", s.LooseBlobs, s.LooseBytes)
	})
}

func (a *app) cacheGC(ctx context.Context, f *cacheFlags, o local.CollectOptions) error {
	var c local.Collected
	return a.inCache(ctx, f, func(folder *local.CacheFolder) (any, error) {
		var err error
		c, err = folder.Collect(ctx, o)
		return c, err
	}, func(w io.Writer) { printCollected(w, c) })
}

func printCollected(w io.Writer, c local.Collected) {
	verb := "removed"
	if c.DryRun {
		verb = "would remove"
	}
	fmt.Fprintf(w, "%s %s and %s: %s\n", verb, counted(c.Entries, "entry", "entries"), counted(c.Blobs, "blob", "blobs"), bytesText(c.Bytes))
	if c.Spared > 0 {
		fmt.Fprintf(w, "spared %s, used less than two hours ago: %s\n", counted(c.Spared, "blob", "blobs"), bytesText(c.SparedBytes))
	}
	fmt.Fprintf(w, "kept %s: %s that nobody else holds\n", counted(c.KeptEntries, "entry", "entries"), bytesText(c.KeptBytes))
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// bytesText is a size for people: 1.5 GB.
func bytesText(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, unit := float64(n), 0
	for ; v >= 999.95 && unit < 5; unit++ {
		v /= 1000
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + [...]string{"B", "kB", "MB", "GB", "TB", "PB"}[unit]
}

// parseBytes reads 1000, 10GB or 8 GiB.
func parseBytes(s string) (int64, error) {
	number := strings.TrimRightFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	unit := strings.ToLower(strings.TrimSpace(s[len(number):]))
	factors := map[string]float64{
		"": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "t": 1e12, "tb": 1e12,
		"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
	}
	v, err := strconv.ParseFloat(number, 64)
	factor, ok := factors[unit]
	if err != nil || !ok || v < 0 || v*factor >= 1<<62 {
		return 0, fmt.Errorf("%q is not a size: write 500MB, 20GB or 8GiB", s)
	}
	return int64(v * factor), nil
}

// parseAge reads 12h or 30d; nothing is 0.
func parseAge(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	days, isDays := strings.CutSuffix(s, "d")
	if isDays {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || !(n > 0 && n < 36500) {
			return 0, fmt.Errorf("%q is not an age: write 12h or 30d", s)
		}
		return time.Duration(n * float64(24*time.Hour)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not an age: write 12h or 30d", s)
	}
	return d, nil
}
