package ical

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sidekeep/formats/contentline"
)

// A VTIMEZONE's rules are counted out for these years; before and after them its
// nearest offset holds.
const (
	zoneFrom = 1900
	zoneTo   = 2120
)

// onset is the moment from which an offset holds.
type onset struct {
	at       int64 // Unix seconds
	from, to int   // offsets in seconds east
	dst      bool
	name     string
}

// rulesOf makes a zone of a VTIMEZONE; nil where it has no rules to follow.
func rulesOf(tz *contentline.Component, tzid string) *time.Location {
	sum := sha256.Sum256(tz.Bytes())
	return byRules.get(tzid+"\x00"+string(sum[:]), func() *time.Location {
		on, endless := onsets(tz)
		if len(on) == 0 {
			return nil
		}
		if !endless {
			on = extend(on, tz, tzid)
		}
		loc, err := time.LoadLocationFromTZData(strings.Clone(tzid), tzif(on))
		if err != nil {
			return nil
		}
		return loc
	})
}

// onsets counts out all STANDARD and DAYLIGHT parts (RFC 5545 section 3.6.5).
// endless: one of them goes on for ever.
func onsets(tz *contentline.Component) (on []onset, endless bool) {
	b := newBudget()
	for part := range tz.Components("STANDARD", "DAYLIGHT") {
		o, ok := onset{dst: part.Name() == "DAYLIGHT"}, true
		if o.from, ok = parseOffset(part.Value("TZOFFSETFROM")); !ok {
			continue
		}
		if o.to, ok = parseOffset(part.Value("TZOFFSETTO")); !ok {
			continue
		}
		start, ok := parseClock(part.Value("DTSTART"))
		if !ok {
			continue
		}
		o.name = abbreviation(contentline.UnescapeText(part.Value("TZNAME")), o.to)
		add := func(wall time.Time) bool {
			o.at = wall.Unix() - int64(o.from)
			on = append(on, o)
			return true
		}
		recurs := false
		for l := range part.All("RRULE") {
			r, err := parseRule(l.Value())
			if err != nil {
				continue
			}
			recurs = true
			until := r.until
			if r.utc {
				until = until.Add(time.Duration(o.from) * time.Second)
			}
			if r.dateOnly {
				until = until.AddDate(0, 0, 1).Add(-time.Second)
			}
			endless = endless || (!r.bounded && r.count == 0)
			from := time.Date(zoneFrom, 1, 1, 0, 0, 0, 0, time.UTC)
			if err := r.each(start.wall, from, time.Date(zoneTo, 1, 1, 0, 0, 0, 0, time.UTC), until, b, add); err != nil {
				return nil, false
			}
		}
		if !recurs {
			add(start.wall)
		}
		for l := range part.All("RDATE") {
			for v := range strings.SplitSeq(l.Value(), ",") {
				if c, ok := parseClock(v); ok {
					if c.utc {
						c.wall = c.wall.Add(time.Duration(o.from) * time.Second)
					}
					add(c.wall)
				}
			}
		}
	}
	slices.SortStableFunc(on, func(a, b onset) int { return int(max(-1, min(1, a.at-b.at))) })
	return slices.CompactFunc(on, func(a, b onset) bool { return a.at == b.at && a.to == b.to }), endless
}

// extend continues a VTIMEZONE that ends: programs that write out only the years
// around an event mean the zone of that name afterwards too. It is done only
// where the last changes of the two are the same, so that a zone that says
// something else keeps the say.
func extend(on []onset, tz *contentline.Component, tzid string) []onset {
	var changes []onset
	for _, o := range on {
		if o.from != o.to {
			changes = append(changes, o)
		}
	}
	iana, ok := Location(tzid)
	if !ok {
		iana, ok = Location(tz.Value("X-LIC-LOCATION"))
	}
	if !ok || len(changes) < 2 {
		return on
	}
	offset := func(unix int64) int {
		_, o := time.Unix(unix, 0).In(iana).Zone()
		return o
	}
	for _, o := range changes[max(0, len(changes)-4):] {
		if offset(o.at-1) != o.from || offset(o.at) != o.to {
			return on
		}
	}
	t := time.Unix(on[len(on)-1].at, 0).In(iana)
	for len(on) < 2000 {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.Year() >= zoneTo {
			return on
		}
		name, to := end.Zone()
		_, from := end.Add(-time.Second).Zone()
		on = append(on, onset{at: end.Unix(), from: from, to: to, dst: end.IsDST(), name: abbreviation(name, to)})
		t = end
	}
	return on
}

// parseOffset reads UTC-OFFSET (RFC 5545 section 3.3.14): "+0100", "-053000",
// and "+01:00" as some write it. Seconds east.
func parseOffset(s string) (int, bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	sign := 1
	if s != "" && (s[0] == '+' || s[0] == '-') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if len(s) != 4 && len(s) != 6 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, false
	}
	if len(s) == 4 {
		n *= 100
	}
	h, m, sec := int(n/10000), int(n/100%100), int(n%100)
	if h > 23 || m > 59 || sec > 59 {
		return 0, false
	}
	return sign * (h*3600 + m*60 + sec), true
}

// abbreviation is a short name that a zone file can hold.
func abbreviation(name string, offset int) string {
	ok := len(name) >= 3 && len(name) <= 10
	for i := 0; ok && i < len(name); i++ {
		c := name[i]
		ok = c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '+' || c == '-' || c >= '0' && c <= '9'
	}
	if ok {
		return name
	}
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	if offset%3600 == 0 {
		return fmt.Sprintf("%c%02d", sign, offset/3600)
	}
	return fmt.Sprintf("%c%02d%02d", sign, offset/3600, offset/60%60)
}

// tzif writes the onsets as a time zone file (RFC 8536, version 2), which is
// what package time can read. Its first type is the offset before them all.
func tzif(on []onset) []byte {
	type kind struct {
		offset int
		dst    bool
		name   string
	}
	kinds := []kind{{on[0].from, false, abbreviation("", on[0].from)}}
	var names []byte
	index := make([]byte, 0, len(on))
	times := make([]byte, 0, 8*len(on))
	for _, o := range on {
		k := kind{o.to, o.dst, o.name}
		i := slices.Index(kinds[1:], k) + 1
		if i == 0 {
			if len(kinds) > 200 {
				continue
			}
			kinds = append(kinds, k)
			i = len(kinds) - 1
		}
		index = append(index, byte(i))
		times = binary.BigEndian.AppendUint64(times, uint64(o.at))
	}
	var types []byte
	for _, k := range kinds {
		types = binary.BigEndian.AppendUint32(types, uint32(int32(k.offset)))
		var dst byte
		if k.dst {
			dst = 1
		}
		at := strings.Index(string(names), k.name+"\x00")
		if at < 0 && len(names) < 200 {
			at = len(names)
			names = append(append(names, k.name...), 0)
		}
		types = append(types, dst, byte(max(at, 0)))
	}
	header := func(times, types, chars int) []byte {
		h := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range []int{0, 0, 0, times, types, chars} {
			h = binary.BigEndian.AppendUint32(h, uint32(n))
		}
		return h
	}
	out := append(header(0, 1, 1), 0, 0, 0, 0, 0, 0, 0) // the version 1 part, which nobody reads
	out = append(out, header(len(index), len(kinds), len(names))...)
	for _, part := range [][]byte{times, index, types, names, []byte("\n\n")} {
		out = append(out, part...)
	}
	return out
}
