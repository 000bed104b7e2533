package present

// Every sentence about the past: the History page, a moment that is looked at,
// an object's states, and putting one back.
const (
	PageHistory = "History"

	ActThatDay     = "That day"
	ActLookAtDay   = "Look at this day"
	ActBackToNow   = "Back to now"
	ActHistory     = "History"
	ActHistoryHide = "Close the history"
	ActLook        = "Look at it"
	ActPutBack     = "Put back"
	ActPutBackAll  = "Put this version back"
	ActClose       = "Close"
	ActShowRemoved = "Show removed"
	ActHideRemoved = "Hide removed"
	ActToHistory   = "Back to its history"
	ActToRun       = "Back to the changes"

	historyAll       = "Everything"
	historyHeadline  = "Looked %s, found changes %s"
	historyEmpty     = "No history yet"
	historyEmptyText = "It begins with the first mirroring, and nothing of it is lost by itself."
	historyNow       = "Now"
	historyMoment    = "%s – %s"
	historyBefore    = "Nothing had been mirrored yet"
	HistoryNothing   = "Choose a change to see what it was."
	historyMore      = "and %s more"
	historyIncident  = "Since %s: %s"
	historyAlsoOpen  = "%s (and %s)"
	historyWasOpen   = "From %s to %s: %s"

	LegendObjects = "items"
	LegendAdded   = "added"
	LegendChanged = "changed"
	LegendRemoved = "removed"
	LegendHeld    = "loss or alarm"

	pastTitle     = "You are looking at %s."
	PastShort     = "The pages show what was there then."
	pastText      = "Contacts, Calendar, Tasks and Export show what was there then."
	pastExport    = "As it was on %s: "
	groupThatDay  = "That day"
	groupThatWeek = "Seven days after"

	SearchRemoved     = "Search removed contacts"
	removedBadge      = "removed %s"
	removedHeadline   = "%s removed, all kept here"
	emptyRemoved      = "Nothing was removed"
	emptyRemovedText  = "Contacts that are deleted on the server stay here and can be put back."
	oldTitle          = "As it was %s"
	oldNow            = "As it is now, %s"
	oldRemoved        = "Removed on the server"
	oldRemovedText    = "%s. This is how it was last."
	stateFirst        = "First seen"
	stateChanged      = "Changed"
	stateAgain        = "There again"
	stateRemoved      = "Removed on the server"
	stateForgotten    = "What it said was let go of"
	stateSame         = "Nothing that it says changed"
	stateNow          = "As it is now"
	stateSince        = "since %s"
	stateFromTo       = "%s to %s"
	objectStates      = "%s, newest first"
	askVersionTitle   = "Put this version back?"
	askVersionText    = "“%s” is written to the server as it was from %s on. What the server has now stays in its history here."
	askRemovedText    = "“%s” is written to the server again, as it was from %s on."
	putBackTitle      = "Put back"
	askFieldTitle     = "Put this back?"
	askFieldText      = "%s\n\nIt is written into “%s” on the server. Everything else in it stays as it is."
	askQuiet          = "Nobody is sent mail because of this: invitations are kept quiet."
	putBackStarting   = "Looking at what the server has"
	putBackDone       = "“%s” is back"
	putBackField      = "Put back into “%s”"
	putBackDoneText   = "Read again from the server, it is exactly what was sent."
	putBackSame       = "Nothing had to be done"
	putBackSameText   = "The server has “%s” exactly so already."
	putBackAltered    = "“%s” is back, with a difference"
	putBackAlteredMs  = "The server stored these lines in its own way:"
	putBackConflict   = "“%s” was not put back"
	putBackConflictMs = "It changed on the server in the meantime, and nothing was overwritten. Mirror now, look at it again, then decide."
	putBackFailedText = "The server did not take it."
	putBackNewUID     = "It has a new identifier, because the old one is in use elsewhere."
)

// words of the rows of a run: how many, then what happened to them.
const (
	whatAdded    = "added"
	whatChanged  = "changed"
	whatRemoved  = "removed"
	whatMissing  = "missing on the server, kept"
	whatReturned = "no longer missing"
)

// whatWords say what a run did to one object.
var whatWords = map[string]string{
	"created": "Added", "modified": "Changed", "deleted": "Removed", "held": "Missing on the server, kept here", "back": "There again",
}

// HistoryRanges are the stretches of time that the chart can show; 0 is all.
var HistoryRanges = []struct {
	Days  int
	Words string
}{
	{0, "All time"},
	{365, "Last year"},
	{30, "Last month"},
	{7, "Last week"},
	{1, "Last day"},
}
