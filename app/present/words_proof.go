package present

// Every sentence about proof: checks, copies, thinning, damage, and a copy that
// is opened for reading.
const (
	ActVerify    = "Verify now"
	ActCopyNow   = "Copy now"
	ActOpenCopy  = "Open a copy…"
	ActRescue    = "Save what is readable…"
	ActBeside    = "Start anew beside it"
	ActThin      = "Thin the history"
	ActCloseCopy = "Close"

	proofGood      = "Restorable, proven %s."
	proofWhole     = "Whole, checked %s."
	proofNone      = "No restore was rehearsed yet."
	proofNoneText  = "It is done once a week by itself, and can be done now, too."
	proofNoneRead  = "Verify looks at every byte that is kept here."
	proofWholeText = "No restore was rehearsed yet."
	proofGoodText  = "Everything was loaded into a server and read back, byte for byte."
	proofBad       = "%s found."
	proofBadText   = "Everything else is as it was written. See what it is, then verify again."
	proofBadAgain  = "Everything else is as it was written. Verify names what it is."
	proofAlso      = "%s See below."
	proofWorking   = "Checking"
	proofMore      = "and %s more"
	proofStopped   = "Stopped before the end. Nothing was changed."
	proofCopied    = "Second copy: %s."
	proofNoCopy    = "There is no second copy yet: see Settings."
	proofCopyBad   = "The second copy could not be made. %s"

	proofOver       = "Damaged since the last check."
	proofUnread     = "A part of the vault can't be read."
	proofOverText   = "Verify names what is damaged."
	damageFound     = "The vault is damaged."
	damageTitle     = "The vault is damaged. Nothing is written to it any more."
	damageText      = "What can be read stays readable, and can be saved as standard files. Then start anew beside it: whatever the servers have is fetched again, and the damaged file is left as it is."
	noticeOlder     = "Your vault had lost its last %s of a collection."
	noticeOlderOne  = "Your vault had lost its last mirroring of a collection."
	noticeOlderText = "A file of it was lost, or an older one was put in its place. What your servers still have comes back by itself with the next mirroring. What only the lost mirrorings held, such as states in between, may be in a second copy, if there was one: open it in Settings."
	lostTitle       = "The vault that was here is gone."
	lostText        = "%s had been kept in %s, and the file with them is not there any more. If there is a second copy, open it: everything in it can be looked at and exported. Sign in below, and what your server still has is fetched again."
	noticeDrill     = "The weekly proof failed."
	noticeCopy      = "The second copy could not be made."
	noticeTitle     = AppName + ": look at your vault"
	proofOlder      = "Not proven since the vault lost something."
	proofOlderText  = "Verify checks everything that is here now."
	rescueWorking   = "Saving what can be read"
	rescueDone      = "Saved %s."
	rescueText      = "They are standard files that every program reads."
	rescueBad       = "%s could not be read."
	rescueName      = "Sidekeep rescue %s"
	anewWorking     = "Making a new vault..."
	anewTitle       = "A new vault was made beside this one."

	SetCopy       = "Second copy"
	SetCopyText   = "A copy of the whole vault on another disk, or in a folder that is synchronised. Of older ones, the last of each of 7 days, 4 weeks and 12 months is kept."
	SetCopyTo     = "Folder"
	SetCopyEvery  = "Copy by itself"
	copyNone      = "No folder is chosen yet"
	copyNever     = "No copy yet"
	copyLast      = "Last copy: %s, opened again and checked."
	copyWorking   = "Copying"
	copyDone      = "Copied to %s, %s, opened again and checked."
	copyNeedTo    = "Choose a folder first."
	copyFailed    = "The last copy failed: %s"
	SetHistory    = "History"
	SetThin       = "Thin out old states by age"
	SetThinText   = "Everything is kept for ever unless this is on. Then all of the last 90 days is kept, after that the last state of each day, and after two years that of each month."
	thinLooking   = "Counting what would go"
	thinTitle     = "Thin the history?"
	thinText      = "%s of %s would go, the oldest of %s: about %s. Nothing loses its last state, and nothing that an open loss needs goes. From then on it is done by itself. What is gone can't be brought back."
	thinNothing   = "Nothing is old enough to go yet. From now on old states are thinned out by themselves once they are."
	thinDo        = "Thin it"
	thinLater     = "Turn it on"
	thinWorking   = "Thinning"
	thinDone      = "%s were let go, about %s."
	thinStateOne  = "old state"
	thinStateMany = "old states"

	CopyTitle     = AppName + ": a copy"
	CopyStrip     = "This is a copy, opened for reading only. Nothing in it is changed, and no server is asked."
	CopyStripFrom = "%s · %s"

	readingFull       = "The disk with your vault is full"
	readingFullText   = "You can look at everything, and export it elsewhere. Mirroring waits for room."
	readingLocked     = "The folder with your vault can't be written to"
	readingLockedText = "You can look at everything, and export it. Mirroring waits until it can."
)

// CopyIntervals are the choices for copies that are made by themselves.
var CopyIntervals = []struct {
	Days  int
	Words string
}{
	{0, "only when I ask"},
	{1, "every day"},
	{7, "every week"},
}
