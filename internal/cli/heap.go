package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// fewCollections suits commands that live for moments and allocate little:
	// collecting garbage less often saves a tenth of the time of a run in which
	// nothing changed.
	fewCollections = 400
	// moreCollections hold once there is much in use: a file of ten thousand
	// jobs shall not cost five times its size.
	moreCollections = 200
	// usualCollections are Go's own, for commands that live long.
	usualCollections = 100
	// muchInUse is where the one becomes the other, in bytes.
	muchInUse = 24 << 20
)

// spareCollections sets how often garbage is collected, by what each
// collection finds in use, until a command sets it to what is usual.
func spareCollections() {
	debug.SetGCPercent(fewCollections)
	var each func(*[16]byte)
	each = func(*[16]byte) {
		percent := fewCollections
		if inUse() > muchInUse {
			percent = moreCollections
		}
		if debug.SetGCPercent(percent) == usualCollections {
			debug.SetGCPercent(usualCollections)
			return
		}
		runtime.SetFinalizer(new([16]byte), each)
	}
	runtime.SetFinalizer(new([16]byte), each)
}

// inUse is what the last collection left.
func inUse() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	if live[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return live[0].Value.Uint64()
}
