package asset

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Validate checks what the compute means; see [Validator].
func (k *Compute) Validate(fsys fs.FS) diag.List {
	c := &checker{fsys: fsys}
	typ := strings.ToLower(k.Type.Value)
	c.name(k.Name, "name", computeName(typ))
	c.ordered(k.MinInstances, k.MaxInstances, "min_instances", "max_instances")
	c.network(k.Network)
	c.ssh(k, typ)
	c.attached(k, typ)
	c.identity(k.Identity, "identity", maxIdentities(typ))
	c.shutdown(k)
	c.applications(k.CustomApplications)
	if k.Schedules != nil {
		for i, s := range k.Schedules.StartStop {
			c.trigger(s.Trigger, fmt.Sprintf("schedules.compute_start_stop[%d].trigger", i), false)
		}
	}
	return c.errs
}

// maxIdentities is how many managed identities a compute may have. An instance
// has one. Source: reference-yaml-compute-instance.
func maxIdentities(typ string) int {
	if typ == "computeinstance" {
		return 1
	}
	return 0
}

// network checks that the subnet has a network to be in.
// Source: reference-yaml-compute-aml, network_settings.
func (c *checker) network(n *Network) {
	if n == nil {
		return
	}
	if !n.Subnet.IsZero() && n.VNet.IsZero() && !blank(n.Subnet) && !strings.Contains(n.Subnet.Value, "/") {
		c.errorf(n.Subnet.Range, diag.CodeMissingField, "network_settings.vnet_name", "subnet %s has no network: vnet_name is missing", n.Subnet.Value).Hint =
			"add vnet_name, or give the whole id of the subnet"
	}
	if strings.Contains(n.Subnet.Value, "/") {
		c.armID(n.Subnet, "network_settings.subnet")
	}
	if !n.VNet.IsZero() && n.Subnet.IsZero() {
		c.errorf(n.VNet.Range, diag.CodeMissingField, "network_settings.subnet", "network %s is given without a subnet", n.VNet.Value).Hint = "add subnet"
	}
}

// ssh checks that there is a way to log in.
// Sources: reference-yaml-compute-aml and -vm: one of the two is required.
func (c *checker) ssh(k *Compute, typ string) {
	s := k.SSH
	if s == nil {
		return
	}
	switch typ {
	case "amlcompute":
		if s.AdminUsername.IsZero() {
			c.errorf(s.Range, diag.CodeMissingField, "ssh_settings.admin_username", "ssh_settings has no admin_username").Hint = "add the user who may log in"
		}
		if s.AdminPassword.IsZero() && s.Key.IsZero() {
			c.errorf(s.Range, diag.CodeMissingField, "ssh_settings", "ssh_settings has neither admin_password nor ssh_key_value").Hint = "add one of them"
		}
	case "virtualmachine":
		if s.AdminPassword.IsZero() && s.PrivateKeyFile.IsZero() {
			c.errorf(s.Range, diag.CodeMissingField, "ssh_settings", "ssh_settings has neither admin_password nor ssh_private_key_file").Hint = "add one of them"
		}
		c.file(s.PrivateKeyFile, "ssh_settings.ssh_private_key_file", "private key file")
	}
}

// attached checks the id of what is attached.
func (c *checker) attached(k *Compute, typ string) {
	switch typ {
	case "virtualmachine", "kubernetes", "synapsespark":
		c.armID(k.ResourceID, "resource_id")
	}
}

// identity checks that a user's identity is named where one is said to be. of
// max identities none may be too many; zero: any number.
func (c *checker) identity(i *Identity, at string, most int) {
	if i == nil || blank(i.Type) {
		return
	}
	typ := strings.ReplaceAll(strings.ToLower(i.Type.Value), "_", "")
	n := len(i.UserAssigned.List) + len(i.UserAssigned.Named)
	switch user := strings.Contains(typ, "userassigned"); {
	case user && n == 0:
		c.errorf(i.Type.Range, diag.CodeMissingField, join(at, "user_assigned_identities"), "identity of type %s names no identity", i.Type.Value).Hint =
			"add user_assigned_identities"
	case !user && n > 0:
		c.errorf(i.Type.Range, diag.CodeBadValue, join(at, "type"), "user_assigned_identities are for type user_assigned, but the type is %s", i.Type.Value)
	case most > 0 && n > most:
		c.errorf(i.Range, diag.CodeOutOfRange, join(at, "user_assigned_identities"), "%d user assigned identities are given, at most %d is taken", n, most)
	}
}

// shutdown checks the time after which an idle instance stops: from 15 minutes
// to 3 days. Source: "Manage a compute instance" of the Azure ML documentation.
func (c *checker) shutdown(k *Compute) {
	const low, high = 15, 3 * 24 * 60
	if n, ok := whole(k.IdleBeforeShutdownMinutes); ok && (n < low || n > high) {
		c.errorf(k.IdleBeforeShutdownMinutes.Range, diag.CodeOutOfRange, "idle_time_before_shutdown_minutes",
			"an instance stops after 15 minutes to 3 days without work, not after %d minutes", n)
	}
	t := k.IdleBeforeShutdown
	if n, ok := minutes(t.Value); ok && (n < low || n > high) {
		c.errorf(t.Range, diag.CodeOutOfRange, "idle_time_before_shutdown",
			"an instance stops after 15 minutes to 3 days without work, not after %s", t.Value)
	}
	if !t.IsZero() && !k.IdleBeforeShutdownMinutes.IsZero() {
		c.warnf(t.Range, diag.CodeBadValue, "idle_time_before_shutdown", "idle_time_before_shutdown and idle_time_before_shutdown_minutes say the same").Hint = "keep one of them"
	}
}

// minutes is the number of a duration such as PT30M.
func minutes(s string) (int, bool) {
	rest, ok := strings.CutPrefix(s, "PT")
	if !ok || !strings.HasSuffix(rest, "M") {
		return 0, false
	}
	return whole(pipeline.Text{Value: strings.TrimSuffix(rest, "M")})
}

// applications checks the containers of an instance: their names and their
// ports are unique. Source: azure-ai-ml, entities/_compute/_custom_applications.py.
func (c *checker) applications(list []CustomApplication) {
	names, ports := map[string]diag.Range{}, map[string]diag.Range{}
	for i, a := range list {
		at := fmt.Sprintf("custom_applications[%d]", i)
		c.unique(names, a.Name, join(at, "name"), "two applications are named %s")
		for j, p := range a.Endpoints {
			c.unique(ports, p.Published, fmt.Sprintf("%s.endpoints[%d].published", at, j), "port %s is published twice")
		}
	}
}

// unique reports the second of two equal texts.
func (c *checker) unique(seen map[string]diag.Range, t pipeline.Text, at, message string) {
	if t.IsZero() {
		return
	}
	if first, ok := seen[t.Value]; ok {
		d := c.errorf(t.Range, diag.CodeDuplicateName, at, message, t.Value)
		d.Related = append(d.Related, diag.Related{Range: first, Message: "the first"})
		return
	}
	seen[t.Value] = t.Range
}
