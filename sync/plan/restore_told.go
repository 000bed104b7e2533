package plan

import (
	"slices"

	"sidekeep/sync/pim"
)

// told are the people that hear of an update, however quiet its bytes are: what
// stands there has left telling them to the server, and where that is taken from
// it, it tells attendees that the event is cancelled and an organiser that the
// invitation is declined (RFC 6638 sections 3.2.1 and 3.2.2; so does Cyrus 3.6).
func (p *planner) told(s pim.RestoreStep, there *pim.Present) []string {
	if s.Action != pim.Update || s.Kind != pim.Calendar || p.f.Told == nil || !p.mails || p.heeds && !p.f.Ask.AsIs {
		return nil
	}
	return p.f.Told(*there)
}

func union(a, b []string) []string {
	if len(b) == 0 {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
