package asset

import (
	"io/fs"
	"strings"

	"github.com/ischia-ml/ischia/diag"
)

// Validate checks what the endpoint means; see [Validator].
func (e *BatchEndpoint) Validate(fs.FS) diag.List {
	c := &checker{}
	c.endpointHead(&e.Endpoint)
	if m := e.AuthMode; !blank(m) && !strings.EqualFold(strings.ReplaceAll(m.Value, "_", ""), "aadtoken") {
		c.errorf(m.Range, diag.CodeBadValue, "auth_mode", "a batch endpoint takes tokens of Microsoft Entra only, not auth_mode %s", m.Value).Hint =
			"write auth_mode: aad_token"
	}
	if e.Defaults != nil {
		c.name(e.Defaults.DeploymentName, "defaults.deployment_name", endpointName("a deployment"))
	}
	return c.errs
}

// Validate checks what the endpoint means; see [Validator].
func (e *OnlineEndpoint) Validate(fs.FS) diag.List {
	c := &checker{}
	c.endpointHead(&e.Endpoint)
	c.compute(e.Compute, "compute")
	c.traffic(e.Traffic)
	c.mirror(e.Mirror)
	return c.errs
}

func (c *checker) endpointHead(e *Endpoint) {
	c.name(e.Name, "name", endpointName("an endpoint"))
	c.identity(e.Identity, "identity", 0)
}

// traffic checks the shares of deployments: together 100 percent, or 0 when
// nobody is to be answered. Source: azure-ai-ml,
// _schema/_endpoint/online/online_endpoint.py, for more than 100.
func (c *checker) traffic(shares []Share) {
	sum := 0
	for _, s := range shares {
		n, ok := whole(s.Percent)
		if !ok {
			return
		}
		sum += n
	}
	switch {
	case sum > 100:
		c.errorf(shares[0].Deployment.Range, diag.CodeOutOfRange, "traffic", "the shares of traffic are %d percent together, more than 100", sum)
	case sum > 0 && sum < 100:
		c.warnf(shares[0].Deployment.Range, diag.CodeOutOfRange, "traffic", "the shares of traffic are %d percent together, not 100", sum)
	}
}

// mirror checks the copies of traffic: for one deployment, at most half.
// Source: azure-ai-ml, the same file.
func (c *checker) mirror(shares []Share) {
	if len(shares) > 1 {
		c.errorf(shares[1].Deployment.Range, diag.CodeOutOfRange, "mirror_traffic", "mirror_traffic is for one deployment, %d are given", len(shares))
	}
	for _, s := range shares {
		if n, ok := whole(s.Percent); ok && n > 50 {
			c.errorf(s.Percent.Range, diag.CodeOutOfRange, "mirror_traffic."+s.Deployment.Value, "%d percent is more than the 50 that can be mirrored", n)
		}
	}
}
