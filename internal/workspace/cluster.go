package workspace

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Cluster is a compute of the type AmlCompute.
type Cluster struct {
	// Name as it was registered.
	Name string
	// Size is the size of a node: STANDARD_DS3_V2.
	Size string
	// Min and Max bound how many nodes there are.
	Min, Max int
	// Idle is how long a node without work stays.
	Idle time.Duration
	// Tier is "dedicated" or "low_priority".
	Tier string
}

// What a cluster is that does not say it, as on Azure.
const (
	defaultMaxNodes = 4
	defaultIdle     = 2 * time.Minute
)

// amlCompute is what of a compute's body makes the cluster.
type amlCompute struct {
	Properties struct {
		ComputeType string `json:"computeType"`
		Properties  struct {
			Size     string `json:"vmSize"`
			Priority string `json:"vmPriority"`
			Scale    struct {
				Max  *int   `json:"maxNodeCount"`
				Min  int    `json:"minNodeCount"`
				Idle string `json:"nodeIdleTimeBeforeScaleDown"`
			} `json:"scaleSettings"`
		} `json:"properties"`
	} `json:"properties"`
}

// ClusterOf is the cluster that a resource of [Computes] describes. ErrInvalid
// when it is another kind of compute, or says what no cluster can be.
func ClusterOf(r *Resource) (Cluster, error) {
	c, err := clusterOf(r)
	if err != nil {
		return Cluster{}, fmt.Errorf("compute %s: %w", r.Name, err)
	}
	return c, nil
}

func clusterOf(r *Resource) (Cluster, error) {
	var b amlCompute
	if err := json.Unmarshal(r.Body, &b); err != nil {
		return Cluster{}, fmt.Errorf("%w: %w", err, ErrInvalid)
	}
	if !strings.EqualFold(b.Properties.ComputeType, "AmlCompute") {
		return Cluster{}, fmt.Errorf("it is of type %q, not AmlCompute: %w", b.Properties.ComputeType, ErrInvalid)
	}
	p := b.Properties.Properties
	c := Cluster{Name: r.Name, Size: p.Size, Min: p.Scale.Min, Max: defaultMaxNodes, Idle: defaultIdle, Tier: "dedicated"}
	if strings.EqualFold(p.Priority, "LowPriority") {
		c.Tier = "low_priority"
	}
	if p.Scale.Max != nil {
		c.Max = *p.Scale.Max
	}
	if p.Scale.Idle != "" {
		var err error
		if c.Idle, err = isoDuration(p.Scale.Idle); err != nil {
			return Cluster{}, fmt.Errorf("nodeIdleTimeBeforeScaleDown: %w", err)
		}
	}
	if c.Min < 0 || c.Max < c.Min {
		return Cluster{}, fmt.Errorf("it cannot have from %d to %d nodes: %w", c.Min, c.Max, ErrInvalid)
	}
	return c, nil
}

// isoForm has no years and months, whose length nobody knows.
var isoForm = regexp.MustCompile(`^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$`)

// isoDuration reads a duration as ISO 8601 writes it: PT120S, P1DT12H.
func isoDuration(text string) (time.Duration, error) {
	parts := isoForm.FindStringSubmatch(strings.ToUpper(text))
	if parts == nil || strings.Join(parts[1:], "") == "" {
		return 0, fmt.Errorf("%q is not an ISO 8601 duration such as PT120S: %w", text, ErrInvalid)
	}
	const day = 24 * time.Hour
	total := 0.0
	for i, unit := range []time.Duration{7 * day, day, time.Hour, time.Minute, time.Second} {
		if parts[i+1] == "" {
			continue
		}
		n, err := strconv.ParseFloat(parts[i+1], 64)
		if err != nil {
			return 0, fmt.Errorf("duration %q: %w: %w", text, err, ErrInvalid)
		}
		total += n * unit.Seconds()
	}
	// A longer one is as good as for ever, and does not fit.
	const most = 100 * 365 * day
	return time.Duration(min(total, most.Seconds()) * float64(time.Second)), nil
}

// Cluster is a cluster by name. ErrNotFound when there is no compute of that
// name, ErrInvalid when it is no cluster.
func (w *Workspace) Cluster(ctx context.Context, scope Scope, name string) (Cluster, error) {
	r, err := w.store.Resources().Resource(ctx, ResourceKey{Scope: scope, Collection: Computes, Name: name})
	if err != nil {
		return Cluster{}, err
	}
	return ClusterOf(r)
}
