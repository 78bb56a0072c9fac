package gitinfo

import (
	"context"
	"os/exec"
	"strings"
	"time"
)

// patience is how long git may take; a status of a huge tree on a cold disk
// is not worth a user's waiting.
const patience = 2 * time.Second

// Info describes a working tree. A field that git does not know is empty: a
// new repository has no commit, a detached head no branch, a private one no
// remote.
type Info struct {
	// RepositoryURL is the remote's URL without credentials.
	RepositoryURL string
	Branch        string
	Commit        string
	// Dirty: there are changes or untracked files in the folder asked about.
	Dirty bool
}

// Properties are the job properties that Azure ML knows the information by.
func (i *Info) Properties() map[string]string {
	properties := map[string]string{"azureml.git.dirty": "False"}
	if i.Dirty {
		properties["azureml.git.dirty"] = "True"
	}
	for _, p := range []struct{ azure, mlflow, value string }{
		{"azureml.git.repository_uri", "mlflow.source.git.repoURL", i.RepositoryURL},
		{"azureml.git.branch", "mlflow.source.git.branch", i.Branch},
		{"azureml.git.commit", "mlflow.source.git.commit", i.Commit},
	} {
		if p.value != "" {
			properties[p.azure], properties[p.mlflow] = p.value, p.value
		}
	}
	return properties
}

// Read asks git about dir, with two processes at the same time. It returns
// false when there is nothing to tell: no git, no working tree, no answer
// within two seconds, or ctx is done.
func Read(ctx context.Context, dir string) (*Info, bool) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()

	remote := make(chan string, 1)
	go func() {
		// No remote is no trouble; then there is no text.
		text, _ := run(ctx, git, dir, "ls-remote", "--get-url")
		remote <- text
	}()
	status, err := run(ctx, git, dir, "status", "--porcelain=v2", "--branch", "--untracked-files=normal", "--", ".")
	if err != nil {
		cancel()
	}
	url := <-remote
	if err != nil {
		return nil, false
	}
	info := parseStatus(status)
	info.RepositoryURL = cleanRemote(url)
	return info, true
}

func run(ctx context.Context, git, dir string, args ...string) (string, error) {
	// A file system monitor is a program named by the repository: not for us.
	cmd := exec.CommandContext(ctx, git, append([]string{"-c", "core.fsmonitor=false"}, args...)...)
	cmd.Dir = dir
	cmd.Env = environment(cmd.Environ())
	// Grandchildren of a killed git may keep the pipe open.
	cmd.WaitDelay = 100 * time.Millisecond
	out, err := cmd.Output()
	return string(out), err
}

// environment drops what would point git at another repository (we may be
// running inside a git hook), and adds what keeps it quiet and harmless.
func environment(inherited []string) []string {
	kept := []string{}
	for _, entry := range inherited {
		switch name, _, _ := strings.Cut(entry, "="); name {
		case "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE", "GIT_PREFIX":
		default:
			kept = append(kept, entry)
		}
	}
	return append(kept, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
}

// parseStatus reads the second version of git's porcelain status: headers
// start with #, every other line is a change.
func parseStatus(text string) *Info {
	var info Info
	for line := range strings.Lines(text) {
		header, isHeader := strings.CutPrefix(strings.TrimRight(line, "\r\n"), "# ")
		if !isHeader {
			info.Dirty = true
			continue
		}
		switch name, value, _ := strings.Cut(header, " "); {
		case name == "branch.oid" && value != "(initial)":
			info.Commit = value
		case name == "branch.head" && value != "(detached)":
			info.Branch = value
		}
	}
	return &info
}
