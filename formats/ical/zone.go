package ical

import (
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // Windows has no zoneinfo of its own, and containers may have none

	"sidekeep/formats/contentline"
)

// maxCached bounds each of the two caches of zones; a full one starts anew.
const maxCached = 512

// zoneCache remembers zones by name or by the text of their rules. A nil value
// remembers that there is none.
type zoneCache struct {
	mu sync.Mutex
	m  map[string]*time.Location
}

func (c *zoneCache) get(key string, make_ func() *time.Location) *time.Location {
	c.mu.Lock()
	loc, ok := c.m[key]
	c.mu.Unlock()
	if ok {
		return loc
	}
	loc = make_()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= maxCached {
		c.m = make(map[string]*time.Location)
	}
	c.m[strings.Clone(key)] = loc
	return loc
}

var byName, byRules zoneCache

// Location resolves the name of a time zone, without any object's rules: an IANA
// name, one with a maker's prefix ("/mozilla.org/20050126_1/Europe/Berlin"), a
// Windows name ("W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern,
// Rome, Stockholm, Vienna"), UTC or an offset ("GMT+0200"). false: not known.
func Location(tzid string) (*time.Location, bool) {
	if len(tzid) > 256 {
		return nil, false
	}
	loc := byName.get(tzid, func() *time.Location { return lookup(tzid) })
	return loc, loc != nil
}

// lookup tries the ways a zone may be spelled, the surest first.
func lookup(tzid string) *time.Location {
	s := strings.TrimSpace(strings.Trim(strings.TrimSpace(tzid), `"`))
	switch strings.ToUpper(s) {
	case "":
		return nil
	case "UTC", "Z", "GMT", "ETC/UTC", "ETC/GMT", "UCT", "ZULU":
		return time.UTC
	}
	if z, ok := named[fold(s)]; ok { // before IANA: "CST" and "EST" mean the zone with summer time to those who write them
		return load(z)
	}
	if loc := load(s); loc != nil {
		return loc
	}
	if loc := lookupWords(s); loc != nil {
		return loc
	}
	for _, t := range []string{s, strings.Replace(s, "_", "/", 1), strings.Replace(s, "-", "/", 1)} {
		for rest := t; rest != ""; { // drop prefixes piece by piece
			if i := strings.IndexByte(rest, '/'); i > 0 {
				if loc := loadArea(rest); loc != nil {
					return loc
				}
			}
			i := strings.IndexAny(rest, "/_ ")
			if i < 0 {
				break
			}
			rest = rest[i+1:]
		}
	}
	if loc := load(capitals(s)); loc != nil {
		return loc
	}
	return fixed(s)
}

// capitals spells "europe/berlin" and "EUROPE/BERLIN" as the zone database does.
func capitals(s string) string {
	b := []byte(strings.ToLower(s))
	for i, c := range b {
		if (i == 0 || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == '-') && c >= 'a' && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return strings.NewReplacer("_Of_", "_of_", "_Es_", "_es_", "-Au-", "-au-").Replace(string(b))
}

// lookupWords reads "(UTC+01:00) Amsterdam, Berlin" and its like: the words
// first, then one place after the other, then the offset in the brackets.
func lookupWords(s string) *time.Location {
	words, bracket := s, ""
	if strings.HasPrefix(s, "(") {
		if i := strings.IndexByte(s, ')'); i > 0 {
			bracket, words = s[1:i], strings.TrimSpace(s[i+1:])
		}
	}
	if z, ok := named[fold(words)]; ok {
		return load(z)
	}
	if bracket != "" && strings.Contains(words, "/") {
		if loc := loadArea(words); loc != nil {
			return loc
		}
	}
	for c := range strings.FieldsFuncSeq(words, func(r rune) bool { return r == ',' || r == '/' || r == ';' }) {
		if z, ok := cities[fold(c)]; ok && (bracket != "" || strings.Contains(words, ",")) {
			return load(z)
		}
	}
	if bracket != "" {
		return fixed(bracket)
	}
	return nil
}

// loadArea loads a zone that has an area in its name ("Europe/Berlin").
func loadArea(s string) *time.Location {
	if loc := load(s); loc != nil {
		return loc
	}
	if strings.ContainsRune(s, ' ') {
		return load(strings.ReplaceAll(s, " ", "_"))
	}
	return nil
}

// load asks the zone database; nil where it has no such name.
func load(name string) *time.Location {
	if name == "" || strings.EqualFold(name, "local") || strings.HasPrefix(name, "/") || strings.HasPrefix(name, ".") {
		return nil
	}
	for i := 0; i < len(name); i++ {
		if c := name[i]; c <= ' ' || c >= 0x7F || c == '\\' || c == ':' {
			return nil
		}
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	return loc
}

// fixed reads an offset with or without a word before it: "UTC+2", "GMT-05.00",
// "GMT +0100 (Standard) / GMT +0200 (Daylight)", "+01:00". The first counts.
func fixed(s string) *time.Location {
	t := strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	for _, p := range []string{"UTC", "GMT"} {
		t = strings.TrimPrefix(t, p)
	}
	if t == "" || (t[0] != '+' && t[0] != '-') {
		return nil
	}
	sign, digits := 1, ""
	if t[0] == '-' {
		sign = -1
	}
	i := 1
	for ; i < len(t) && len(digits) < 4; i++ {
		if c := t[i]; c >= '0' && c <= '9' {
			digits += string(c)
		} else if c != ':' && c != '.' {
			break
		}
	}
	if len(digits) == 0 {
		return nil
	}
	if len(digits) <= 2 {
		digits += "00"
	}
	n, _ := strconv.Atoi(digits)
	h, m := n/100, n%100
	if h > 14 || m > 59 {
		return nil
	}
	return time.FixedZone(s, sign*(h*3600+m*60))
}

// maxRulesOf bounds how many VTIMEZONEs of one object are counted out.
const maxRulesOf = 64

// Zones resolves the time zones of one object. It is not safe for concurrent use.
type Zones struct {
	own  map[string]*contentline.Component // VTIMEZONEs by TZID
	locs map[*contentline.Component]*time.Location
}

// rules gives what a VTIMEZONE of the object says; nil where it can't be followed.
func (z *Zones) rules(tz *contentline.Component, tzid string) *time.Location {
	loc, ok := z.locs[tz]
	if !ok && len(z.locs) < maxRulesOf {
		if z.locs == nil {
			z.locs = make(map[*contentline.Component]*time.Location)
		}
		loc = rulesOf(tz, tzid)
		z.locs[tz] = loc
	}
	return loc
}

// ZonesOf collects the VTIMEZONEs of an object; root is what contentline.Parse
// gave, or a VCALENDAR.
func ZonesOf(root *contentline.Component) *Zones {
	z := &Zones{}
	z.collect(root)
	for cal := range root.Components("VCALENDAR") {
		z.collect(cal)
	}
	return z
}

func (z *Zones) collect(c *contentline.Component) {
	for tz := range c.Components("VTIMEZONE") {
		if z.own == nil {
			z.own = make(map[string]*contentline.Component)
		}
		id := zoneKey(contentline.UnescapeText(tz.Value("TZID")))
		if _, ok := z.own[id]; !ok {
			z.own[id] = tz
		}
	}
}

func zoneKey(tzid string) string {
	return strings.ToLower(strings.TrimSpace(strings.Trim(strings.TrimSpace(tzid), `"`)))
}

// Zone resolves a TZID as the object means it: by its own VTIMEZONE where it has
// one with that name (RFC 5545 section 3.6.5 gives it the say), else by name,
// else by the only VTIMEZONE there is. false: not known; read it as local time.
func (z *Zones) Zone(tzid string) (*time.Location, bool) {
	key := zoneKey(tzid)
	if tz, ok := z.own[key]; ok {
		if loc := z.rules(tz, tzid); loc != nil {
			return loc, true
		}
	}
	if loc, ok := Location(tzid); ok {
		return loc, true
	}
	if len(z.own) == 1 {
		for _, tz := range z.own {
			if loc := z.rules(tz, tzid); loc != nil {
				return loc, true
			}
		}
	}
	return nil, false
}

// Zone resolves a TZID of an object given as its bytes; see Zones.Zone.
func Zone(tzid string, body []byte) (loc *time.Location, ok bool) {
	defer func() {
		if recover() != nil {
			loc, ok = nil, false
		}
	}()
	return ZonesOf(contentline.Parse(body)).Zone(tzid)
}
