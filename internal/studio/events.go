package studio

import (
	"fmt"
	"net/http"
	"time"
)

// eventEvery is how often the ledger is asked for news while a page is open.
const eventEvery = 300 * time.Millisecond

// events tells a page, as server-sent events, that something about its job has
// changed, until the job has ended. The page then asks for itself again.
func (h *Handler) events(w http.ResponseWriter, r *http.Request) error {
	root, err := h.find(r.Context(), r)
	if err != nil {
		return err
	}
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(eventEvery)
	defer tick.Stop()
	var seen int64
	for first := true; ; first = false {
		news, err := h.Ledger.Events(r.Context(), root.Scope, root.Name, seen, 0)
		if err != nil {
			return fmt.Errorf("follow job %s: %w", root.Name, err)
		}
		if len(news) > 0 {
			seen = news[len(news)-1].Seq
		}
		if len(news) > 0 && !first {
			_, err = fmt.Fprintf(w, "id: %d\nevent: change\ndata: {}\n\n", seen)
		} else {
			_, err = fmt.Fprint(w, ": nothing new\n\n")
		}
		if err != nil || control.Flush() != nil {
			return nil //nolint:nilerr // whoever looked is gone
		}
		for _, e := range news {
			if e.Job == root.Name && e.Status.Terminal() {
				_, _ = fmt.Fprint(w, "event: end\ndata: {}\n\n")
				return nil
			}
		}
		select {
		case <-r.Context().Done():
			return nil
		case <-tick.C:
		}
	}
}
