package plan

import (
	"fmt"

	"sidekeep/sync/pim"
)

// Every sentence of this package that a person may read is here.

func lossReason(kind pim.Kind, missing, live int) string {
	if missing >= live {
		return fmt.Sprintf("The server no longer lists any of %s. Nothing was removed here.", theThings(kind, live))
	}
	return fmt.Sprintf("The server no longer lists %d of %s. Nothing was removed here.", missing, things(kind, live))
}

// VanishedReason says that a collection is no longer listed by its home-set.
func VanishedReason(kind pim.Kind, live int) string {
	what := "calendar"
	if kind == pim.Contacts {
		what = "address book"
	}
	if live == 0 {
		return fmt.Sprintf("The server no longer lists this %s. It was empty.", what)
	}
	return fmt.Sprintf("The server no longer lists this %s. Your copy of %s is kept.", what, theThings(kind, live))
}

// EmptyHomeReason says that a home-set lists no collection any more.
func EmptyHomeReason(kind pim.Kind, live int) string {
	s := "The server no longer lists any address book or calendar of this account."
	if live == 0 {
		return s + " This one was empty."
	}
	return fmt.Sprintf("%s Your copy of %s is kept.", s, theThings(kind, live))
}

func theThings(kind pim.Kind, n int) string {
	if n == 1 {
		return "the " + things(kind, 1)[2:]
	}
	return "the " + things(kind, n)
}
