package driver

import (
	"fmt"
	"io"
	"io/fs"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/internal/config"
	"github.com/ischia-ml/ischia/load"
	"github.com/ischia-ml/ischia/pipeline"
)

// Env is what a driver knows when it defines its pipeline.
type Env struct {
	// WorkspaceName and Name are --workspace_name and --env; with --local
	// they may be empty.
	WorkspaceName, Name string
	// Action is what will be done with the pipeline.
	Action Action
	// FS is the file system that definitions are read from, rooted at the
	// volume. Dir is the name of the driver's folder in it.
	FS  fs.FS
	Dir string
	// Config is default_ischia_config.json with the overrides of the command
	// line.
	Config Config
	// Parameters are those of --parameter NAME=VALUE. The driver gives them to
	// the inputs of the pipeline by itself.
	Parameters map[string]string
	// Out is for results, Err for everything else.
	Out, Err io.Writer

	warnings *diag.List
}

// ExperimentName is the name under which runs are recorded and pipelines
// published: WORKSPACE-ENV.
func (e Env) ExperimentName() string { return e.WorkspaceName + "-" + e.Name }

// Component reads a component from a YAML file; a relative path starts in the
// driver's folder.
func (e Env) Component(file string) (*pipeline.Component, error) {
	c, list := load.Component(e.FS, pipeline.ResolveName(e.Dir, file))
	return c, e.report(list)
}

// report keeps the warnings of a reading for later, and returns its errors.
func (e Env) report(list diag.List) error {
	if e.warnings != nil {
		for _, d := range list {
			if d.Severity != diag.Error {
				*e.warnings = append(*e.warnings, d)
			}
		}
	}
	return list.Err()
}

// Config says which Azure resources to work with. Empty fields are not given.
type Config struct {
	SubscriptionID, ResourceGroup, Location, TenantID string
	Auth                                              Auth
}

// Auth names a service principal, and where its secret lies.
type Auth struct {
	ClientID, EnvSecretName, KeyvaultURL, KeyvaultSecretName string
}

// env is what is known from the command line alone.
func (d *driver) env(dir string) Env {
	parameters := map[string]string{}
	for _, p := range d.flags.parameters {
		parameters[p.name] = p.value
	}
	return Env{
		WorkspaceName: d.flags.workspace, Name: d.flags.env, Action: d.flags.action,
		FS: d.volume, Dir: load.Name(dir), Parameters: parameters,
		Out: d.streams.Out, Err: d.streams.Err, warnings: &diag.List{},
	}
}

// configure reads the configuration and puts the overrides over it.
func (d *driver) configure(env *Env) error {
	c, faults := config.Load(d.volume, pipeline.ResolveName(env.Dir, config.FileName))
	// No lines of this file are shown: one of them may hold a secret.
	if err := d.show(faults, false); err != nil {
		return err
	}
	for name, value := range d.flags.overrides {
		if err := c.Set(name, value); err != nil {
			return &usageError{fmt.Errorf("--%w", err)}
		}
	}
	if err := c.Check(); err != nil {
		return fmt.Errorf("%s: %w", config.FileName, err)
	}
	if c.ResourceGroup == "" && !d.flags.ownGroup {
		c.ResourceGroup = env.WorkspaceName
	}
	env.Config = Config{
		SubscriptionID: c.SubscriptionID, ResourceGroup: c.ResourceGroup, Location: c.Location, TenantID: c.TenantID,
		Auth: Auth(c.Auth),
	}
	return nil
}
