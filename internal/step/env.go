package step

import (
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/plan"
)

// inherited are the variables of the caller that a step gets; a name that
// ends in * is a prefix.
func inherited() []string {
	return []string{
		"PATH", "HOME", "USER", "SHELL", "LANG", "LC_*", "TZ", "TMPDIR", "VIRTUAL_ENV", "CONDA_*", "LD_LIBRARY_PATH", "CUDA_*",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
	}
}

func inheritedOnWindows() []string {
	return []string{
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP", "USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH",
		"APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE", "OS",
	}
}

// Inherit is the part of the caller's environment that steps get: an
// allow-list, what pass names, and never what deny names.
func Inherit(environ, pass, deny []string) []string {
	allow := slices.Concat(inherited(), pass)
	if runtime.GOOS == "windows" {
		allow = append(allow, inheritedOnWindows()...)
	}
	var out []string
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if name != "" && allowed(name, allow) && !slices.Contains(deny, name) {
			out = append(out, kv)
		}
	}
	return append(out, "PYTHONUNBUFFERED=1")
}

func allowed(name string, list []string) bool {
	name = strings.ToUpper(name)
	return slices.ContainsFunc(list, func(pattern string) bool {
		prefix, isPrefix := strings.CutSuffix(strings.ToUpper(pattern), "*")
		return name == strings.ToUpper(pattern) || isPrefix && strings.HasPrefix(name, prefix)
	})
}

// environment is the whole environment of the step. Later entries win, and
// what the definition declares comes last.
func (t *task) environment() []string {
	env := slices.Concat(t.Env, t.Vars(t.node))
	env = append(env,
		"AZUREML_CR_EXECUTION_WORKING_DIR_PATH="+t.wd,
		"AZUREML_CR_DATA_CAPABILITY_PATH="+filepath.Join(t.dir, runFolder),
		"PWD="+t.wd,
	)
	for _, in := range t.node.Inputs {
		text, ok := t.inputs[in.Name]
		switch {
		case !ok:
		case in.Value != nil:
			env = append(env, "AZUREML_PARAMETER_"+in.Name+"="+url.QueryEscape(text))
		default:
			env = append(env, "AZURE_ML_INPUT_"+in.Name+"="+text, "AZUREML_DATAREFERENCE_"+in.Name+"="+text)
		}
	}
	for _, out := range t.node.Outputs {
		env = append(env, "AZURE_ML_OUTPUT_"+out.Name+"="+t.outputs[out.Name])
	}
	env = append(env, distributed(t.node)...)
	for _, v := range t.node.EnvironmentVariables {
		env = append(env, v.Name+"="+v.Value)
	}
	return env
}

// distributed is what the launcher of a distributed job sets, for the one
// process that runs here.
// Source: Azure ML, how-to-train-distributed-gpu.
func distributed(n *plan.Node) []string {
	if n.Distribution == nil {
		return nil
	}
	switch n.Distribution.Type {
	case "pytorch":
		return []string{"MASTER_ADDR=127.0.0.1", "MASTER_PORT=6105", "WORLD_SIZE=1", "NODE_RANK=0", "RANK=0", "LOCAL_RANK=0"}
	case "mpi":
		return []string{
			"OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_SIZE=1", "OMPI_COMM_WORLD_LOCAL_RANK=0", "OMPI_COMM_WORLD_LOCAL_SIZE=1",
			"AZ_BATCH_MASTER_NODE=127.0.0.1:6105",
		}
	case "tensorflow":
		port := strconv.Itoa(6105)
		return []string{`TF_CONFIG={"cluster":{"worker":["127.0.0.1:` + port + `"]},"task":{"type":"worker","index":0},"environment":"cloud"}`}
	}
	return nil
}
