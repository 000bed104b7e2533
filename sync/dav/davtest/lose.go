package davtest

import (
	"bytes"
	"maps"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// Loss is a disaster on the server's side. None of them is an error to HTTP:
// the server answers well, and holds less.
type Loss string

// The losses.
const (
	// LoseEverything deletes every object of every collection; sync-collection
	// reports each as removed.
	LoseEverything Loss = "everything"
	// LoseHalf deletes every second object of every collection.
	LoseHalf Loss = "half"
	// LoseCollection takes the first collection off the server.
	LoseCollection Loss = "collection"
	// LoseCollections takes all collections off the server.
	LoseCollections Loss = "collections"
	// LoseContents keeps every object but for what was in it: names,
	// numbers, notes, times are gone.
	LoseContents Loss = "contents"
	// LoseHomeSet answers home-sets as if they held nothing.
	LoseHomeSet Loss = "home-set"
	// LosePrincipal logs the user in as somebody else, who has nothing.
	LosePrincipal Loss = "principal"
)

// Losses lists them all.
func Losses() []Loss {
	return []Loss{LoseEverything, LoseHalf, LoseCollection, LoseCollections, LoseContents, LoseHomeSet, LosePrincipal}
}

// Lose makes the losses happen. LoseHomeSet and LosePrincipal can be taken
// back with Find; for the others take a Snapshot first.
func (s *Server) Lose(losses ...Loss) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range losses {
		switch l {
		case LoseEverything, LoseHalf:
			for _, c := range s.order {
				for i, o := range c.live() {
					if l == LoseEverything || i%2 == 0 {
						c.remove(o.name)
					}
				}
			}
		case LoseCollection:
			if len(s.order) > 0 {
				s.drop(s.order[0])
			}
		case LoseCollections:
			for _, c := range slices.Clone(s.order) {
				s.drop(c)
			}
		case LoseContents:
			for _, c := range s.order {
				for _, o := range c.live() {
					body := hollow(o.bytes(nil))
					c.put(&object{name: o.name, body: body, etag: etagOf(body)})
				}
			}
		default:
			s.lost[l] = true
		}
	}
}

// Find takes LoseHomeSet and LosePrincipal back.
func (s *Server) Find() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.lost)
}

// Refuse answers whatever is asked of the collection with a status, and has its
// home-set list it with that alone: a right that was taken away, or a
// collection that the server can't open. 0 gives it back.
func (c *Collection) Refuse(status int) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.refused = status
}

func (c *Collection) refusal() int {
	c.s.mu.RLock()
	defer c.s.mu.RUnlock()
	return c.refused
}

// hollow keeps what an object must have to be one, and drops all else.
func hollow(body []byte) []byte {
	var out bytes.Buffer
	keep := false
	for line := range bytes.Lines(body) {
		if !strings.ContainsRune(" \t", rune(line[0])) {
			name, _, _ := strings.Cut(string(line), ":")
			name, _, _ = strings.Cut(name, ";")
			switch strings.ToUpper(strings.TrimSpace(name)) {
			case "BEGIN", "END", "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZID":
				keep = true
			case "FN":
				out.WriteString("FN:\r\n")
				keep = false
			default:
				keep = false
			}
		}
		if keep {
			out.Write(line)
		}
	}
	return out.Bytes()
}

// Snapshot is what a server held at one moment.
type Snapshot struct {
	homes []home
	order []*Collection // copies
	lost  map[Loss]bool
}

// Snapshot keeps everything the server holds now. It is cheap: objects are
// never changed, so only the lists are copied.
func (s *Server) Snapshot() Snapshot {
	s.mu.RLock()
	defer s.mu.RUnlock()
	snap := Snapshot{homes: slices.Clone(s.homes), lost: maps.Clone(s.lost)}
	for _, c := range s.order {
		snap.order = append(snap.order, c.copy())
	}
	return snap
}

func (c *Collection) copy() *Collection {
	d := *c
	d.list, d.idx, d.dead = slices.Clone(c.list), maps.Clone(c.idx), maps.Clone(c.dead)
	return &d
}

// Restore brings a snapshot back as a careful administrator does: all tokens
// given since are unknown afterwards, so clients list anew. *Collection values
// of collections in the snapshot stay valid, of those that were removed since too.
func (s *Server) Restore(snap Snapshot) {
	s.Rewind(snap)
	s.ForgetTokens()
}

// Rewind brings a snapshot back as a disk image does: the server's counters go
// back too. A token given since is refused while the counter is lower, and
// means something else once the counter has passed it.
func (s *Server) Rewind(snap Snapshot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.homes, s.lost = slices.Clone(snap.homes), maps.Clone(snap.lost)
	s.order = nil
	clear(s.cols)
	for _, saved := range snap.order {
		c := s.ever[saved.id]
		*c = *saved.copy()
		s.order = append(s.order, c)
		s.cols[c.path] = c
	}
}

// Collection gives the collection at a path (a single segment in the first
// home-set of its kind, or an absolute path), or nil.
func (s *Server) Collection(kind pim.Kind, path string) *Collection {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.cols[s.place(kind, path)]
}
