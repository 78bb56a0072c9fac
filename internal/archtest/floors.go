package archtest

// Floors is the storey on which each package stands. A package imports lower
// floors only, and the same floor never meets. Keys are folders relative to
// the module's root; ARCHITECTURE.md tells what each is for.
//
// Packages that are not built yet have their place already. Floor -1 is the
// ground: yamlnode gives every node a diag.Range, so diag lies below floor 0.
// Where this table differs from the first layout, docs/adr/0008 says why.
func Floors() map[string]int {
	return map[string]int{
		".":    0, // the module's overview: doc.go
		"diag": -1,

		"internal/archtest":        0,
		"internal/blob":            0,
		"internal/executor":        0,
		"internal/gitinfo":         0,
		"internal/golden":          0,
		"internal/entra":           0,
		"internal/har":             0,
		"internal/hosts":           0,
		"internal/lease":           0,
		"internal/mask":            0,
		"internal/output/jmespath": 0,
		"internal/yamlnode":        0,
		"starter":                  0, // embed.go; the folders below it are users' programs

		"internal/adf":                   1,
		"internal/cache":                 1,
		"internal/config":                1,
		"internal/environ":               1,
		"internal/executor/container":    1,
		"internal/executor/executortest": 1,
		"internal/executor/process":      1,
		"internal/expr":                  1,
		"internal/home":                  1,
		"internal/identity":              1,
		"internal/remote":                1,
		"internal/schema":                1,

		"pipeline": 2,

		"asset":          3, // it has pipeline's words for texts and paths
		"internal/codec": 3,
		"internal/plan":  3,

		"load":              4,
		"internal/parallel": 4,
		"internal/sched":    4,
		"internal/step":     5,
		"internal/sweep":    4,

		"internal/arm":       5, // it prints and reads definitions as load does
		"internal/schedule":  5,
		"internal/workspace": 5,

		"internal/armapi":                  6,
		"internal/azure":                   6,
		"internal/blobapi":                 6,
		"internal/mlflowapi":               6,
		"internal/pipelinesapi":            6,
		"internal/sqlite":                  6,
		"internal/studio":                  6,
		"internal/workspace/workspacetest": 6,

		"internal/proxy":  7,
		"internal/server": 7,

		"internal/local": 8,

		"driver":          9,
		"internal/lsp":    9,
		"internal/output": 9,
		"internal/view":   9,

		"internal/cli": 10,
		"cmd/ischia":   11,
		"bench":        11, // drives the built command; imports nothing of ours
		"bench/doors":  11, // the server, from outside
		"bench/fill":   11,
		"bench/submit": 11, // submissions, beside azure-ai-ml
	}
}

// public are the packages that users' programs import.
func public() []string {
	return []string{"asset", "diag", "driver", "load", "pipeline"}
}
