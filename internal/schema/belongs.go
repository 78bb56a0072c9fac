package schema

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

// owned are fields that only some types of a kind have.
type owned struct{ types, fields []string }

// only: the types, divided by spaces, and no others have the fields.
func only(types string, fields ...string) owned { return owned{strings.Fields(types), fields} }

// belongs is the rule of a kind whose types, told by key, have fields of their
// own: a field of another type is unknown.
func belongs(key, noun string, groups ...owned) Rule {
	doc := "Some fields belong to certain values of " + key + ": "
	for i, g := range groups {
		if i > 0 {
			doc += "; "
		}
		doc += "`" + strings.Join(g.fields, "`, `") + "` to " + strings.Join(g.types, ", ")
	}
	return test(doc+".", func(n *yamlnode.Node) []Fault {
		return foreign(n, key, noun, groups)
	})
}

// foreign are the fields of n that belong to other types than its own.
func foreign(n *yamlnode.Node, key, noun string, groups []owned) []Fault {
	typ := n.Get(key)
	if typ == nil || typ.Kind != yamlnode.Scalar || !someType(groups, typ.Text) {
		return nil
	}
	var out []Fault
	for _, g := range groups {
		if hasType(g.types, typ.Text) {
			continue
		}
		for _, f := range g.fields {
			if n.Get(f) == nil || inOther(groups, f, typ.Text) {
				continue
			}
			out = append(out, Fault{
				Key: f, AtKey: true,
				Message: "unknown field " + strconv.Quote(f) + " in " + noun + " of " + key + " " + clip(typ.Text),
				Hint:    "it is a field of " + key + " " + strings.Join(g.types, ", "),
			})
		}
	}
	return out
}

func hasType(types []string, typ string) bool {
	return slices.ContainsFunc(types, func(t string) bool { return same(t, typ, Snake) })
}

// someType: typ is known; an unknown one is another fault.
func someType(groups []owned, typ string) bool {
	return slices.ContainsFunc(groups, func(g owned) bool { return hasType(g.types, typ) })
}

// inOther: a group of the type has the field too.
func inOther(groups []owned, field, typ string) bool {
	return slices.ContainsFunc(groups, func(g owned) bool { return hasType(g.types, typ) && slices.Contains(g.fields, field) })
}

// secretless: a service principal without what proves that it is one.
func secretless(n *yamlnode.Node) []Fault {
	if !there(n, "tenant_id") && !there(n, "client_id") || there(n, "client_secret") || there(n, "thumbprint") || there(n, "certificate") {
		return nil
	}
	key := "client_id"
	if !there(n, key) {
		key = "tenant_id"
	}
	return []Fault{{Key: key, AtKey: true, Message: "credentials of a service principal have neither client_secret nor thumbprint", Hint: "add client_secret"}}
}

// credentialsFit: the sorts of credentials that a type of datastore takes.
// Source: azure-ai-ml: _schema/_datastore.
func credentialsFit() Rule {
	return test("Storage accounts are opened by `account_key` or `sas_token`, data lakes by a service principal, Hadoop by Kerberos.",
		func(n *yamlnode.Node) []Fault {
			typ, creds := n.Get("type"), n.Get("credentials")
			if typ == nil || typ.Kind != yamlnode.Scalar || creds == nil || creds.Kind != yamlnode.Mapping {
				return nil
			}
			return misfit(typ.Text, creds)
		})
}

// misfit finds a secret of the wrong sort.
func misfit(typ string, creds *yamlnode.Node) []Fault {
	var takes []string
	switch {
	case same("azure_blob", typ, Snake), same("azure_file", typ, Snake):
		takes = []string{"account_key", "sas_token"}
	case same("azure_data_lake_gen1", typ, Snake), same("azure_data_lake_gen2", typ, Snake):
		takes = []string{"client_secret", "thumbprint"}
	case same("one_lake", typ, Snake):
		takes = []string{"client_secret"}
	case same("hdfs", typ, Snake):
		takes = []string{"kerberos_password", "kerberos_keytab"}
	default:
		return nil
	}
	for _, secret := range []string{"account_key", "sas_token", "client_secret", "thumbprint", "kerberos_password", "kerberos_keytab"} {
		if there(creds, secret) && !slices.Contains(takes, secret) {
			return []Fault{{
				Key: "credentials", Message: "a datastore of type " + typ + " is not opened by " + secret,
				Hint: "give " + strings.Join(takes, " or ") + ", or no credentials",
			}}
		}
	}
	return nil
}

// needsInstanceType: a managed deployment, which one without a type is, has to
// say on which machines it runs.
// Source: azure-ai-ml: ManagedOnlineDeploymentSchema.
func needsInstanceType(n *yamlnode.Node) []Fault {
	if typ := n.Get("type"); there(n, "instance_type") || typ != nil && !same("managed", typ.Text, Lower) {
		return nil
	}
	return []Fault{{Key: "type", Message: "the managed online deployment has no instance_type", Hint: "add instance_type: Standard_DS3_v2"}}
}
