package process

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sys/unix"
)

// family knows the children of this process: the leaders that an executor
// started, and the orphans that the kernel gave us as their subreaper.
type family struct {
	// list holds the children of our first thread; orphans are always given
	// to that one. It stays open, since a look at an open one takes a tenth of
	// the time; the file closes itself with the executor. Nil if there is none.
	list *os.File
	// search: the kernel keeps no such list, but /proc shows us.
	search bool
	sid    int // our own session

	mu      sync.Mutex // guards leaders
	leaders map[int]struct{}
}

// newFamily makes this process the subreaper of its descendants. That fails on
// no kernel that Go runs on; if it did, strays would be init's as elsewhere.
func newFamily() *family {
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	f := &family{leaders: map[int]struct{}{}}
	f.sid, _ = unix.Getsid(0)
	pid := strconv.Itoa(os.Getpid())
	// In a PID namespace with a foreign /proc the numbers there mean others.
	if self, err := os.Readlink("/proc/self"); err != nil || self != pid {
		return f
	}
	list, err := os.Open("/proc/self/task/" + pid + "/children")
	if err != nil {
		f.search = true
		return f
	}
	f.list = list
	return f
}

func (f *family) add(leader int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leaders[leader] = struct{}{}
}

func (f *family) remove(leader int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.leaders, leader)
}

// orphans returns our children that are not leaders of steps. Among them are
// children that other parts of this program started.
func (f *family) orphans() []int {
	pids := f.children()
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(pids, func(pid int) bool {
		_, leader := f.leaders[pid]
		return leader
	})
}

// children reads the list of children. The kernel may skip an entry when one
// before it is reaped meanwhile, so a list that is not empty counts when it
// was read twice alike.
func (f *family) children() []int {
	if f.search {
		return childrenByStat()
	}
	text := f.read()
	for range 8 {
		if len(text) == 0 {
			return nil
		}
		again := f.read()
		if bytes.Equal(text, again) {
			break
		}
		text = again
	}
	var pids []int
	for field := range bytes.FieldsSeq(text) {
		if pid, err := strconv.Atoi(string(field)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// read returns the list as it is now. It starts over until one reading takes
// all of it: the next piece would not fit a list that has changed.
func (f *family) read() []byte {
	if f.list == nil {
		return nil
	}
	for size := 512; ; size *= 4 {
		text := make([]byte, size)
		n, err := f.list.ReadAt(text, 0)
		if n < size || err != nil {
			return text[:n]
		}
	}
}

// childrenByStat finds our children on a kernel that does not list them.
func childrenByStat() []int {
	self := strconv.Itoa(os.Getpid())
	var children []int
	for _, pid := range processes() {
		if fields := stat(pid); len(fields) > statParent && fields[statParent] == self {
			children = append(children, pid)
		}
	}
	return children
}

// strays finds the processes of one step among the orphans.
type strays struct {
	family   *family
	mark     mark
	sessions map[int]struct{} // sessions that are the step's
	foreign  map[int]struct{} // became another user's: we may not end them
}

func (f *family) strays(g *group) *strays {
	return &strays{
		family:   f,
		mark:     mark{guard: g.guard},
		sessions: map[int]struct{}{g.pid: {}},
		foreign:  map[int]struct{}{},
	}
}

// find returns the orphans of the step, also dead ones that wait to be reaped.
//
// Who is in the step's session is the step's. Who is in ours is not: nobody
// comes back into a session, so it is a child of another part of this program,
// and reaping it would take its exit status away. For the rest the marker
// decides. A dead one has none: it is known by its session or it stays, a
// zombie until this process ends, since it could be somebody's child.
func (s *strays) find() []int {
	var found []int
	for _, pid := range s.family.orphans() {
		sid, err := unix.Getsid(pid)
		if _, foreign := s.foreign[pid]; foreign || err != nil || sid == s.family.sid {
			continue
		}
		if _, ours := s.sessions[sid]; ours {
			found = append(found, pid)
		} else if s.mark.on(pid) {
			s.sessions[sid] = struct{}{}
			found = append(found, pid)
		}
	}
	return found
}
