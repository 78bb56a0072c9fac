package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ischia-ml/ischia/internal/output"
	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

// computeColumns are az's for compute list -o table.
const computeColumns output.TableTransform = `[].{name: name, "compute type": type, state: provisioning_state, "Instance type": size}`

func (a *app) computeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "compute", Short: "Show and list the clusters of a workspace",
		Long: "Show and list the clusters of a workspace.\nFlags and output are those of az ml compute.",
		Args: cobra.ArbitraryArgs,
		RunE: group,
	}
	var r resultFlags
	r.add(cmd)
	a.addScopeFlags(cmd)
	cmd.SetFlagErrorFunc(flagError)
	cmd.AddCommand(a.computeListCommand(&r), a.computeShowCommand(&r))
	return cmd
}

func (a *app) computeListCommand(r *resultFlags) *cobra.Command {
	var typ string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Short: "List them, by name", Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := a.options(r)
			if err != nil {
				return err
			}
			if limit < 0 {
				return usageError(fmt.Errorf("argument --max-results/-r: invalid int value: '%d'", limit))
			}
			return a.inJobs(cmd.Context(), r, func(h *jobHome) error {
				q := workspace.ResourceQuery{Scope: h.scope, Collection: workspace.Computes}
				found, err := h.Ledger().Resources().Resources(cmd.Context(), q)
				if err != nil {
					return err
				}
				list := []object{}
				for _, c := range found {
					item := computeObject(c)
					if (typ == "" || strings.EqualFold(typ, fmt.Sprint(item["type"]))) && (limit == 0 || len(list) < limit) {
						list = append(list, item)
					}
				}
				return a.print(list, o, computeColumns)
			})
		},
	}
	cmd.Flags().StringVar(&typ, "type", "", "list those of this type: AmlCompute, ...")
	cmd.Flags().IntVarP(&limit, "max-results", "r", 0, "list at most this many (default: all)")
	return cmd
}

func (a *app) computeShowCommand(r *resultFlags) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "show", Short: "Show one", Args: noMoreArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := a.options(r)
			if err != nil {
				return err
			}
			if name == "" {
				return required("--name/-n")
			}
			if err := workspace.CheckName(name); err != nil {
				return usageError(err)
			}
			return a.inJobs(cmd.Context(), r, func(h *jobHome) error {
				key := workspace.ResourceKey{Scope: h.scope, Collection: workspace.Computes, Name: name}
				c, err := h.Ledger().Resources().Resource(cmd.Context(), key)
				if errors.Is(err, workspace.ErrNotFound) {
					text := fmt.Sprintf("Compute %s was not found.", name)
					return &statusError{exitNotFound, azText("(ComputeNotFound) " + text + "\nCode: ComputeNotFound\nMessage: " + text)}
				}
				if err != nil {
					return err
				}
				return a.print(computeObject(c), o, "")
			})
		},
	}
	cmd.Flags().StringVarP(&name, "name", "n", "", "its name")
	return cmd
}

// computeObject is a compute as az prints it. Of one that is no cluster there
// is only what all have.
func computeObject(r *workspace.Resource) object {
	var b struct {
		Location   string            `json:"location"`
		Tags       map[string]string `json:"tags"`
		Properties struct {
			ComputeType string `json:"computeType"`
			Description string `json:"description"`
			Properties  struct {
				PublicIP *bool `json:"enableNodePublicIp"`
			} `json:"properties"`
		} `json:"properties"`
	}
	_ = json.Unmarshal(r.Body, &b) // what cannot be read is not shown
	o := object{
		"name": r.Name, "id": r.Scope.ARMID() + "/computes/" + r.Name, "type": strings.ToLower(b.Properties.ComputeType),
		"provisioning_state": "Succeeded", "tags": texts(b.Tags),
	}
	o.text("location", b.Location)
	o.text("description", b.Properties.Description)
	c, err := workspace.ClusterOf(r)
	if err != nil {
		return o
	}
	o["min_instances"], o["max_instances"], o["tier"] = c.Min, c.Max, c.Tier
	o["idle_time_before_scale_down"] = int(c.Idle.Seconds())
	o["enable_node_public_ip"] = b.Properties.Properties.PublicIP == nil || *b.Properties.Properties.PublicIP
	o["network_settings"], o["ssh_public_access_enabled"] = object{}, false
	o.text("size", c.Size)
	return o
}
