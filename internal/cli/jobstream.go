package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ischia-ml/ischia/internal/workspace"
	"github.com/spf13/cobra"
)

func (a *app) jobStreamCommand(r *resultFlags) *cobra.Command {
	var name nameFlag
	cmd := &cobra.Command{
		Use: "stream [NAME]", Short: "Show what a job writes until it ends; fail if it fails",
		RunE: func(cmd *cobra.Command, args []string) error {
			ref, _, err := name.take(args, 0)
			if err != nil {
				return err
			}
			if _, err := a.options(r); err != nil {
				return err
			}
			ctx := cmd.Context()
			return a.inJobs(ctx, r, func(h *jobHome) error {
				job, err := h.find(ctx, ref)
				if err != nil {
					return err
				}
				return h.stream(ctx, job)
			})
		},
	}
	name.add(cmd)
	return cmd
}

// streamInterrupted is what az says after Ctrl-C, and how to go on here.
const streamInterrupted = "The output streaming for the run interrupted.\n" +
	"But the run is still executing on the compute target. \n" +
	"Details for canceling the run can be found here: ischia job cancel --name "

// stream is az ml job stream. There is no line Web View, because nobody serves
// a page of the job while only the command line is there.
func (h *jobHome) stream(ctx context.Context, job *workspace.Job) error {
	fmt.Fprintf(h.Out, "RunId: %s\n", job.Name)
	if !job.Status.Terminal() {
		logs := &logReader{h: h, w: h.Out, tail: -1, header: streamHeader(job)}
		ended, err := h.follow(ctx, job, logs)
		err = errors.Join(err, logs.end())
		if errors.Is(context.Cause(ctx), errInterrupted) {
			return &statusError{exitFailed, azText(streamInterrupted + job.Root)}
		}
		if err != nil {
			return fmt.Errorf("stream job %s: %w", job.Name, err)
		}
		job = ended
	}
	fmt.Fprintf(h.Out, "\nExecution Summary\n=================\nRunId: %s\n\n", job.Name)
	if job.Status == workspace.Failed {
		return &statusError{exitFailed, azText("Exception : \n " + errorText(job))}
	}
	return nil
}

// streamHeader is az's header of a log file.
func streamHeader(job *workspace.Job) func(io.Writer, string, bool) {
	return func(w io.Writer, title string, _ bool) {
		if job.Type == "pipeline" {
			title += "/user_logs/std_log.txt"
		}
		line := "Streaming " + title
		fmt.Fprintf(w, "\n%s\n%s\n\n", line, strings.Repeat("=", len(line)))
	}
}

// errorText is the error of a failed job as the service words it.
func errorText(job *workspace.Job) string {
	e := workspace.JobError{Code: "UserError", Message: "the job failed"}
	if job.Error != nil {
		e = *job.Error
	}
	body := object{"error": e}
	body.time("time", job.Ended)
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "    ")
	if err := enc.Encode(body); err != nil {
		return e.Message // text and numbers always print
	}
	return strings.TrimSuffix(b.String(), "\n")
}
