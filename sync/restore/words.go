package restore

import (
	"errors"
	"fmt"

	"sidekeep/sync/pim"
)

// What can be tried next; each stands in a step's Detail after why it failed.
const (
	offerInto  = "Choose another collection (--into), or have one made (--make)."
	offerUID   = "Plan it again with a new UID (--new-uids): the two are then different objects."
	offerPlan  = "Plan it again to see what the server has now; --overwrite puts the older state over it."
	offerAgain = "Try again later: the plan can be made again, and skips what is there."
	offerAnew  = "Make a new plan: what is there is skipped, and nothing is doubled."
	offerFile  = "Export it as a file: the copy here is whole."
)

// failure words why an object was not stored, and what can be tried.
func (s *session) failure(it *item) []string {
	why := s.r.words(it.err)
	switch reasonOf(it.err) {
	case pim.ReasonUIDConflict:
		var c *pim.UIDConflict
		why = "its UID is in use on the server"
		if errors.As(it.err, &c) && c.Bin {
			why = "its UID is in the server's trash bin: put it back there, or empty the bin"
		} else if errors.As(it.err, &c) && c.Href != "" {
			why = fmt.Sprintf("its UID is in use on the server (%s)", c.Href)
		}
		return []string{why, offerUID}
	case pim.ReasonReadOnly, pim.ReasonComponent:
		return []string{why, offerInto}
	case pim.ReasonTooLarge, pim.ReasonData, pim.ReasonMediaType:
		return []string{why, offerFile}
	}
	if pim.FaultOf(it.err) == pim.Gone {
		return []string{why, offerInto}
	}
	return []string{why, offerAgain}
}

// Explain splits the Detail of a step: why it has its result, what can be tried
// next, and which lines the server altered. Empty where there is nothing to say.
func Explain(st pim.RestoreStep) (why, offer string, lines []string) {
	switch {
	case st.Result == pim.DoneAltered:
		return "", "", st.Detail
	case len(st.Detail) == 0:
		return "", "", nil
	case len(st.Detail) == 1:
		return st.Detail[0], "", nil
	}
	return st.Detail[0], st.Detail[1], nil
}
