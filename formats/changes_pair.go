package formats

import (
	"strings"

	"sidekeep/formats/vcard"
)

// pairing is a field of older and the one of newer that is the same; -1: there is
// none.
type pairing struct {
	a, b  int
	equal bool // they say the same
}

// pairFields says which fields of one component of newer are which of older: of
// each property first those that are spelled the same, then those that say the
// same, then those with the same value (another label) or the same label (another
// value), and then the one that is left over on either side. They come in the
// order of older; what was added comes last.
func pairFields(older *document, as []int, newer *document, bs []int) []pairing {
	to := make(map[int]pairing, len(as))
	taken := map[int]bool{}
	byName := map[string][]int{}
	for _, b := range bs {
		byName[newer.out[b].Name] = append(byName[newer.out[b].Name], b)
	}
	left := map[string][]int{}
	for _, a := range as {
		left[older.out[a].Name] = append(left[older.out[a].Name], a)
	}
	for _, step := range []struct {
		equal, alone bool // alone: only where there is just one on either side
		key          func(d *document, i int) string
	}{
		{true, false, func(d *document, i int) string {
			return d.at[i].line.RawParams() + ":" + d.at[i].line.Value() + "\n" + d.out[i].Label
		}},
		{true, false, func(d *document, i int) string { return meaningKey(d, i) + "\n" + d.out[i].Label }},
		{false, false, meaningKey},
		{false, false, personKey},
		{false, true, func(d *document, i int) string { return d.out[i].Label }},
		{false, true, func(*document, int) string { return "" }},
	} {
		for name, list := range left {
			have, want := map[string][]int{}, map[string]int{}
			for _, b := range byName[name] {
				if !taken[b] {
					k := step.key(newer, b)
					have[k] = append(have[k], b)
				}
			}
			for _, a := range list {
				if _, done := to[a]; !done {
					want[step.key(older, a)]++
				}
			}
			for _, a := range list {
				k := step.key(older, a)
				_, done := to[a]
				if done || len(have[k]) == 0 || step.alone && (len(have[k]) != 1 || want[k] != 1) || strings.HasPrefix(k, noKey) {
					continue
				}
				b := have[k][0]
				have[k] = have[k][1:]
				to[a], taken[b] = pairing{a, b, step.equal}, true
			}
		}
	}
	out := make([]pairing, 0, len(as))
	for _, a := range as {
		p, ok := to[a]
		if !ok {
			p = pairing{a: a, b: -1}
		}
		out = append(out, p)
	}
	for _, b := range bs {
		if !taken[b] {
			out = append(out, pairing{a: -1, b: b})
		}
	}
	return out
}

// noKey begins the key of what has none.
const noKey = "\x00"

// meaningKey is what a field says, without its label.
func meaningKey(d *document, i int) string {
	l := d.at[i].line
	switch f := &d.out[i]; f.Name {
	case "RRULE", "EXRULE": // the words leave some parts out
		return strings.ToUpper(strings.TrimSpace(l.Value()))
	default:
		if vcard.Embedded(l) {
			if data, _, ok := vcard.Binary(l); ok {
				return string(data)
			}
			return l.Value()
		}
		return f.Value
	}
}

// personKey is who somebody is, whatever they are called or answered.
func personKey(d *document, i int) string {
	switch d.out[i].Name {
	case "ATTENDEE", "ORGANIZER", "X-ORGANIZER":
		if mail := strings.ToLower(personMail(d.at[i].line)); mail != "" {
			return mail
		}
	}
	return noKey
}
