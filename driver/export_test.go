package driver

import (
	"context"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// RunIn is Run in an environment, with a way of its own to other machines.
func RunIn(ctx context.Context, args []string, s Streams, p Program, getenv func(string) string, t policy.Transporter) int {
	return RunTrying(ctx, args, s, p, getenv, t, nil)
}

// RunTrying is RunIn that says how often what failed is tried.
func RunTrying(
	ctx context.Context, args []string, s Streams, p Program, getenv func(string) string, t policy.Transporter, retry *policy.RetryOptions,
) int {
	f, err := parseFlags(args)
	if err != nil {
		panic(err)
	}
	d := &driver{program: p, flags: f, streams: s, getenv: getenv, transport: t, interval: 50 * time.Millisecond, retry: retry}
	return d.status(ctx, d.run(ctx))
}
