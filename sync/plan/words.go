package plan

import (
	"fmt"

	"sidekeep/sync/pim"
)

// GoneReason says in one line that a collection is no longer there, where
// nothing of it is missing: it was empty, or all of it is elsewhere.
func GoneReason(kind pim.Kind, live int) string {
	what := "calendar"
	if kind == pim.Contacts {
		what = "address book"
	}
	if live == 0 {
		return fmt.Sprintf("Your server no longer has this %s. It was empty.", what)
	}
	return fmt.Sprintf("Your server no longer has this %s. What was in it is in another one now.", what)
}
