package plan

import "encoding/json"

// Memory is what is remembered of a server's roads between runs, one for each
// collection (pim.State.Road).
type Memory struct {
	V        int   `json:"v"`
	Inline   Speed `json:"inline,omitzero"`
	Query    Speed `json:"query,omitzero"`
	Multiget Speed `json:"multiget,omitzero"`
	Get      Speed `json:"get,omitzero"`
	Batch    int   `json:"batch,omitempty"`  // hrefs a multiget that paid best
	Conns    int   `json:"conns,omitempty"`  // connections that paid best
	NoSync   int   `json:"nosync,omitempty"` // relistings to go before sync-collection is asked for again
}

// Speed is how one road went.
type Speed struct {
	Rate  float64 `json:"rate,omitempty"`  // objects a second, smoothed; 0 unknown
	Cover float64 `json:"cover,omitempty"` // share of what was wanted that it gave, the last time; 0 unknown
	Bad   int     `json:"bad,omitempty"`   // failures in a row
}

// ForgoSync is for how many relistings a sync-collection that was refused is
// not asked for again.
const ForgoSync = 50

const (
	memoryVersion = 1
	// given up: so many failures in a row close a road until the next audit.
	badLimit = 3
)

func (s Speed) closed() bool { return s.Bad >= badLimit }

func (s *Speed) went(rate float64) {
	s.Bad = 0
	if s.Rate == 0 {
		s.Rate = rate
		return
	}
	s.Rate += (rate - s.Rate) / 2
}

// ParseMemory reads State.Road. What it can't understand, and what a later
// version wrote, is as good as nothing remembered.
func ParseMemory(s string) Memory {
	var m Memory
	if json.Unmarshal([]byte(s), &m) != nil || m.V != memoryVersion {
		return Memory{V: memoryVersion}
	}
	m.Batch = min(max(m.Batch, 0), maxBatch)
	m.Conns = min(max(m.Conns, 0), maxConns)
	m.NoSync = min(max(m.NoSync, 0), ForgoSync)
	for _, s := range []*Speed{&m.Inline, &m.Query, &m.Multiget, &m.Get} {
		if s.Rate < 0 || s.Cover < 0 || s.Bad < 0 {
			*s = Speed{}
		}
	}
	return m
}

// String writes State.Road.
func (m Memory) String() string {
	m.V = memoryVersion
	b, err := json.Marshal(m)
	if err != nil { // no float here can be NaN or infinite
		return ""
	}
	return string(b)
}

// Reopen forgets what was closed, so that a server that was repaired or
// replaced gets another chance: done at every audit.
func (m *Memory) Reopen() {
	for _, s := range []*Speed{&m.Inline, &m.Query, &m.Multiget, &m.Get} {
		s.Bad = 0
		s.Cover = 0
	}
	m.NoSync = 0
}
