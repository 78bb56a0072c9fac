package archtest

import "strings"

// Ban is one thing that only certain packages may touch, or that certain
// packages may not. Tests, and packages for tests only, are free.
type Ban struct {
	// Uses are import paths ("os/exec"), whole families ("net/..."), packages
	// of ours ("internal/sqlite"), or functions ("os.Exit").
	Uses []string
	// Only lists those who may; everybody else may not. From lists those who
	// may not. Exactly one is given; "x/..." is x and all below it.
	Only, From []string
	// Why is the reason, told to whoever breaks the rule.
	Why string
}

// Bans are the rules of ARCHITECTURE.md that floors alone cannot say.
func Bans() []Ban {
	return append(append(seams(), purity()...), libraries()...)
}

// seams keep doors, client and ledger apart.
func seams() []Ban {
	return []Ban{{
		Uses: []string{"internal/workspace", "internal/local", "internal/server"},
		From: []string{"internal/azure"},
		Why:  "the client speaks ARM and cannot tell who answers",
	}, {
		Uses: []string{"internal/sqlite", "internal/sched", "internal/executor/...", "internal/plan", "internal/cache"},
		From: []string{"internal/armapi", "internal/mlflowapi", "internal/studio", "internal/blobapi"},
		Why:  "doors translate what the ledger says; they decide and run nothing",
	}, {
		Uses: []string{"internal/sqlite", "internal/armapi", "internal/mlflowapi", "internal/blobapi", "net/http", "database/sql"},
		From: []string{"internal/workspace"},
		Why:  "the ledger knows neither how it is written nor who asks",
	}, {
		Uses: []string{"internal/sqlite"},
		Only: []string{"internal/local"},
		Why:  "only local wires",
	}, {
		Uses: []string{"internal/view", "internal/output"},
		Only: []string{"internal/cli"},
		Why:  "how a result looks is the command line's business",
	}}
}

// purity keeps what can be tested without a machine free of the machine.
func purity() []Ban {
	return []Ban{{
		Uses: []string{"os", "net/http", "log/slog", "time.Now"},
		From: []string{"pipeline", "internal/plan", "internal/expr"},
		Why:  "these are pure, so that their results can be compared with golden files",
	}, {
		Uses: []string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "os.Setenv", "os.Unsetenv"},
		Only: []string{
			"internal/cli", "driver", "internal/local",
			"internal/executor/process", // its markers travel in the environment, from process to process
		},
		Why: "the environment is read at the top and handed in",
	}, {
		Uses: []string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln"},
		Only: []string{"cmd/...", "bench/..."},
		Why:  "below main an error is returned, so that what was opened gets closed",
	}, {
		Uses: []string{"os/exec"},
		Only: []string{
			"internal/executor/process", "internal/executor/container", "internal/environ", "internal/gitinfo", "internal/cli",
			"bench", "bench/doors", "bench/submit", // it ends the process group of whatever it measures
		},
		Why: "whoever starts a process must also know how to end its whole tree",
	}}
}

// libraries keeps each dependency behind one of our packages, where it can be
// replaced.
func libraries() []Ban {
	const sdk = "github.com/Azure/azure-sdk-for-go/sdk/"
	return []Ban{{
		Uses: []string{"go.yaml.in/yaml/...", "gopkg.in/yaml.v2", "gopkg.in/yaml.v3", "github.com/goccy/go-yaml/..."},
		Only: []string{"internal/yamlnode"},
		Why:  "yamlnode resolves scalars as Azure's loader does, and finds duplicate keys",
	}, {
		Uses: []string{"database/sql/...", "modernc.org/sqlite/..."},
		Only: []string{"internal/sqlite"},
		Why:  "the ledger is written in one place",
	}, {
		Uses: []string{sdk + "resourcemanager/..."},
		Only: []string{"internal/arm", "internal/armapi", "internal/azure"},
		Why:  "nobody but the ARM door and the ARM client sees ARM's types",
	}, {
		Uses: []string{sdk + "storage/...", sdk + "security/...", sdk + "data/..."},
		Only: []string{"internal/remote", "internal/azure"},
		Why:  "data that lies elsewhere is remote's business",
	}, {
		Uses: []string{sdk + "azidentity/..."},
		Only: []string{"internal/identity"},
		Why:  "credentials are made in one place",
	}, {
		Uses: []string{"github.com/charmbracelet/..."},
		Only: []string{"internal/view"},
		Why:  "only the live view draws",
	}, {
		Uses: []string{"github.com/sourcegraph/jsonrpc2"},
		Only: []string{"internal/lsp"},
		Why:  "only editors are spoken to in JSON-RPC",
	}, {
		Uses: []string{"internal/output/jmespath"},
		Only: []string{"internal/output"},
		Why:  "--query is part of how a result is shown",
	}, {
		Uses: []string{"gonum.org/..."},
		Only: []string{"starter/..."},
		Why:  "machine learning is done by steps, not by us",
	}, {
		Uses: []string{
			"testing/...", "github.com/google/go-cmp/...", "github.com/rogpeppe/go-internal/...", "github.com/creack/pty",
			"github.com/jmespath/...", // what internal/output/jmespath is compared with
		},
		Only: []string{"internal/golden"}, // and its like, which no ban is for
		Why:  "it is for tests and would grow the binary",
	}}
}

// permits reports whether the package in dir may use what the ban names.
func (b Ban) permits(dir string) bool {
	if len(b.Only) > 0 {
		return within(b.Only, dir)
	}
	return !within(b.From, dir)
}

// names reports whether the ban is about use, an import path or a function.
func (b Ban) names(use string) bool { return within(b.Uses, use) }

// within reports whether name is one of patterns, or below one that ends in
// "/...".
func within(patterns []string, name string) bool {
	for _, pattern := range patterns {
		base, family := strings.CutSuffix(pattern, "/...")
		if name == base || family && strings.HasPrefix(name, base+"/") {
			return true
		}
	}
	return false
}
