package vault

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf8"

	"sidekeep/sync/pim"
)

// class groups components for lists; its number stands in the database.
type class int

const (
	classContact class = 1
	classEvent   class = 2
	classTask    class = 3
	classJournal class = 4
	classOther   class = 9
)

var classOf = map[string]class{"VCARD": classContact, "VEVENT": classEvent, "VTODO": classTask, "VJOURNAL": classJournal}

func classFor(component string) class {
	if c, ok := classOf[component]; ok {
		return c
	}
	return classOther
}

// detail is a summary as it is stored, in JSON with short names: it stands once
// for every blob. Notes and the like are not in it; they are only searched.
type detail struct {
	Title     string         `json:"T,omitempty"`
	Component string         `json:"c,omitempty"`
	UID       string         `json:"u,omitempty"`
	Format    string         `json:"f,omitempty"`
	Names     []string       `json:"n,omitempty"`
	Emails    []string       `json:"e,omitempty"`
	Phones    []string       `json:"t,omitempty"`
	Orgs      []string       `json:"o,omitempty"`
	Start     *when          `json:"s,omitempty"`
	End       *when          `json:"z,omitempty"`
	Due       *when          `json:"d,omitempty"`
	RRule     string         `json:"r,omitempty"`
	Recurs    bool           `json:"R,omitempty"`
	Status    string         `json:"S,omitempty"`
	Completed bool           `json:"C,omitempty"`
	Percent   *int           `json:"p,omitempty"`
	Priority  int            `json:"P,omitempty"`
	Location  string         `json:"l,omitempty"`
	HasPhoto  bool           `json:"h,omitempty"`
	Producer  string         `json:"w,omitempty"`
	Fields    map[string]int `json:"x,omitempty"`
	Problems  []string       `json:"y,omitempty"`
}

type when struct {
	At       int64  `json:"t"` // Unix seconds
	TZID     string `json:"z,omitempty"`
	DateOnly bool   `json:"d,omitempty"`
	Floating bool   `json:"f,omitempty"`
}

func (w *when) unpack() *pim.When {
	if w == nil {
		return nil
	}
	return &pim.When{At: time.Unix(w.At, 0).UTC(), TZID: w.TZID, DateOnly: w.DateOnly, Floating: w.Floating}
}

// limits keep one strange object from making every list slow.
const (
	maxTitle = 1 << 10
	maxList  = 64
	maxItem  = 512
)

// clip shortens s to at most n bytes, not inside a character.
func clip(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	return strings.ToValidUTF8(s, "\ufffd")
}

// packed is a summary on its way into the database.
type packed struct {
	class         class
	ord           []byte
	begins, until any // Unix seconds or NULL
	json          string
	words         string // for the search, but for the place
	digest        digest // of all this
}

// packer packs summaries, one at a time.
type packer struct {
	json  jsonText
	words wordList
}

func (p *packer) pack(s *pim.Summary) packed {
	c := classFor(s.Component)
	begins, until := spanOf(c, s)
	out := packed{class: c, ord: orderOf(c, s), begins: begins, until: until, json: p.json.of(s), words: p.words.of(s)}
	out.digest = digest{by: s.By, lists: listsSum(p.json.b, rowSum(c, out.ord, begins, until)), words: p.words.sum & digestMask, many: int32(p.words.count)}
	return out
}

func (d *detail) summary() pim.Summary {
	s := pim.Summary{
		Format: d.Format, Component: d.Component, UID: d.UID, Title: d.Title,
		Names: d.Names, Emails: d.Emails, Phones: d.Phones, Orgs: d.Orgs,
		Start: d.Start.unpack(), End: d.End.unpack(), Due: d.Due.unpack(), RRule: d.RRule, Recurs: d.Recurs,
		Status: d.Status, Completed: d.Completed, Percent: -1, Priority: d.Priority, Location: d.Location,
		HasPhoto: d.HasPhoto, Producer: d.Producer, Fields: d.Fields, Problems: d.Problems,
	}
	if d.Percent != nil {
		s.Percent = *d.Percent
	}
	return s
}

// orderOf gives bytes that sort as lists are shown: contacts and all else by
// folded title (so that é stands with e), events by start, tasks by due date
// and then priority. What has no title, start, due date or priority comes last.
func orderOf(c class, s *pim.Summary) []byte {
	title := fold(strings.TrimSpace(s.Title))
	if title == "" {
		title = "\U0010ffff"
	}
	cut := func(n int) string { return title[:min(n, len(title))] }
	switch c {
	case classEvent:
		return append(momentKey(s.Start), cut(8)...)
	case classTask:
		priority := byte(10)
		if s.Priority >= 1 && s.Priority <= 9 {
			priority = byte(s.Priority)
		}
		return append(append(momentKey(s.Due), priority), cut(8)...)
	}
	return []byte(cut(24))
}

// momentKey gives 5 bytes that sort by time, from the year 1 to beyond 9999
// (rounded to 16 seconds), nil after all others.
func momentKey(w *pim.When) []byte {
	if w == nil {
		return []byte{0xff, 0xff, 0xff, 0xff, 0xff}
	}
	const bias = 1 << 38
	n := min(max(w.At.Unix()+bias, 0), 1<<40-2)
	b := binary.BigEndian.AppendUint64(nil, uint64(n))
	return b[3:]
}

// spanOf gives the Unix seconds between which something may happen: from its
// first start until its end, or for ever where it recurs.
func spanOf(c class, s *pim.Summary) (begins, until any) {
	if c != classEvent && c != classTask && c != classJournal {
		return nil, nil
	}
	first, last := s.Start, s.End
	if first == nil {
		first = s.Due
	}
	if last == nil {
		last = s.Due
	}
	if first == nil {
		return nil, nil
	}
	from := first.At.Unix()
	if s.Recurs || s.RRule != "" {
		return from, int64(1) << 40
	}
	to := from
	if last != nil {
		to = max(from, last.At.Unix())
	}
	if first.DateOnly && to == from {
		to += 24 * 3600
	}
	return from, to
}
