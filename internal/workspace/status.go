package workspace

import "fmt"

// follows is the table of states: what may come after what. A terminal state
// has no row. NotStarted cannot become Completed: what is said to have
// completed has run, unless the change says that it was reused.
//
// CancelRequested is entered by [Workspace.RequestCancel], or by a runner for
// the steps it is ending. A step that ends by itself before the signal reaches
// it is Completed or Failed all the same: the record says what happened.
func follows(from Status) []Status {
	switch from {
	case NotStarted:
		return []Status{Queued, Preparing, Running, CancelRequested, Failed, Canceled}
	case Queued:
		return []Status{Preparing, Running, CancelRequested, Failed, Canceled}
	case Preparing:
		return []Status{Queued, Running, CancelRequested, Failed, Canceled}
	case Running:
		return []Status{Finalizing, CancelRequested, Completed, Failed, Canceled}
	case Finalizing:
		return []Status{CancelRequested, Completed, Failed, Canceled}
	case CancelRequested:
		return []Status{Completed, Failed, Canceled}
	}
	return nil
}

// checkStep says whether job may go from one state to the other. To stay in a
// state that is not terminal is fine: a caller whose last write was
// acknowledged but whose answer was lost says it again.
func checkStep(job string, from, to Status) error {
	if from == to && !from.Terminal() {
		return nil
	}
	for _, s := range follows(from) {
		if s == to {
			return nil
		}
	}
	return fmt.Errorf("job %s: %s cannot follow %s: %w", job, to, from, ErrInvalid)
}

// live are the states that a job may still leave.
func live() []Status {
	return []Status{NotStarted, Preparing, Queued, Running, Finalizing, CancelRequested}
}
