package present

// Every sentence on the pages but those about failures. The window takes all
// of its words from here, so that they can be translated in one place.
const (
	AppName = "Sidekeep"
	Tagline = "A copy of your contacts, calendars and tasks that is yours."

	PageOverview = "Overview"
	PageContacts = "Contacts"
	PageCalendar = "Calendar"
	PageTasks    = "Tasks"
	PageExport   = "Export"
	PageSettings = "Settings"

	ActMirrorNow   = "Mirror now"
	ActCancel      = "Cancel"
	ActCopyDetails = "Copy details"
	ActCopied      = "Copied"
	ActSignIn      = "Sign in again"
	ActAddAccount  = "Add account"
	ActDemo        = "Try the demo account"
	ActBack        = "Back"
	ActToday       = "Today"
	ActPrevious    = "Earlier"
	ActNext        = "Later"
	ActExport      = "Export"
	ActChoose      = "Choose…"
	ActShowFolder  = "Show in folder"
	ActAgain       = "Export again"
	ActReplace     = "Replace it"
	ActCheck       = "Check"
	ActRemove      = "Remove…"
	ActRemoveKeep  = "Sign out, keep the data"
	ActRemovePurge = "Remove with all data"
	ActOpenFolder  = "Open folder"
	ActSave        = "Save"
	ActRawShow     = "Show the raw text"
	ActRawHide     = "Show the fields"
	ActCopy        = "Copy"
	ActOpen        = "Open Sidekeep"
	ActQuit        = "Quit"
	ActShowDone    = "Show done"
	ActHideDone    = "Hide done"
	ActTryAgain    = "Try again"

	TrayStarting = "Starting"

	headMirroring = "Looking at your accounts and fetching what changed."
	headEmpty     = "No account yet."
	headNever     = "%s so far. The first copy is not complete yet."
	headProven    = "%s on this computer, last proven complete %s."

	cardProven      = "Last proven complete: %s"
	cardNeverProven = "Not complete yet"
	cardHeldTitle   = "%s missing on the server. Nothing was removed here."
	cardHeldText    = "They stay in the vault and in every export."
	cardOwedTitle   = "%s could not be fetched yet."
	cardOwedText    = "They are tried first at the next mirroring. Everything else is here."

	stateGood      = "Everything is here"
	stateRunning   = "Mirroring"
	stateNew       = "Not mirrored yet"
	statePartial   = "Some items are still missing"
	stateHeld      = "A loss is held back"
	stateFailed    = "The last mirroring failed"
	stateOffline   = "Offline"
	stateBusy      = "The server asked us to wait"
	stateStopped   = "Stopped before the end"
	stateSignIn    = "Sign in again"
	stateKept      = "Signed out, the copy is kept"
	stateNoAccount = "No account yet"

	remarkVanished = "gone on the server, kept"
	remarkHeld     = "%s missing there, kept here"
	remarkOwed     = "%s not fetched yet"
	remarkNever    = "not complete yet"

	stepStarting = "Starting"
	stepStopping = "Stopping"

	FirstTitle        = "Keep your own copy"
	FirstText         = "Give the address of your account. Sidekeep only ever reads from it."
	AddTitle          = "Add an account"
	AddText           = "Sidekeep only ever reads from it."
	FieldAddress      = "Address"
	FieldAddressEx    = "https://… or your e-mail address"
	FieldUser         = "User name"
	FieldUserEx       = "as at your provider"
	FieldPassword     = "Password"
	FieldPasswordEx   = "or an app password"
	FieldName         = "Name"
	FieldNameEx       = "optional, for example Work"
	AddHTTP           = "Send the password without encryption"
	AddFile           = "Keep the password in a file on this computer instead. It is readable by you alone, but not encrypted."
	addSecretFile     = "The password goes into a file next to the vault, not encrypted."
	addSecretKeychain = "The password goes into this computer's keychain, never into the vault."
	DemoNote          = "No account at hand? The demo shows everything with made-up data on this computer."
	addWorking        = "Signing in and looking for your collections"
	addDemoWorking    = "Starting the demo account"
	needAddress       = "Enter the address of your account."
	needAddressForm   = "This does not look like an address. Try https://… or an e-mail address."
	needUser          = "Enter your user name."
	needPassword      = "Enter your password."
	needHTTPS         = "This address is not encrypted: anyone on the way could read the password."

	SearchContacts = "Search contacts"
	SearchEvents   = "Search events"
	SearchTasks    = "Search tasks"

	emptyContacts      = "No contacts yet"
	emptyContactsText  = "They appear here as soon as an account with an address book is mirrored."
	emptySearch        = "Nothing found for “%s”"
	emptySearchText    = "Try fewer letters, or the last digits of a number."
	emptyCalendar      = "Nothing in %s"
	emptyCalendarText  = "Move with Earlier and Later, or go back to today."
	emptyTasks         = "No tasks"
	emptyTasksText     = "Open tasks of your task lists appear here."
	emptyTasksDone     = "All done"
	emptyTasksDoneText = "There is no open task. Done ones can be shown above."
	SelectContact      = "Select a contact to see every field."
	SelectEvent        = "Select an event to see its details."
	SelectTask         = "Select a task to see its details."
	LoadingText        = "Loading"
	NothingToExport    = "Nothing to export yet"
	NothingToExportMsg = "Mirror an account first. Then everything can be written as standard files here."

	HeldItem       = "Missing on the server, kept here"
	heldBadge      = "missing on the server"
	sectionContact = "Contact"
	sectionMore    = "Also in this card"
	sectionMoreCal = "Also in this entry"
	sectionWhen    = "When"
	sectionVault   = "In the vault"
	labelIn        = "Collection"
	labelChanged   = "Seen like this since"
	labelRevisions = "Revisions"
	labelSize      = "Size"
	labelStarts    = "Starts"
	labelEnds      = "Ends"
	labelOriginal  = "As written"
	labelDue       = "Due"
	labelPriority  = "Priority"
	labelPercent   = "Done"
	labelRepeats   = "Repeats"
	labelProblems  = "Could not be understood"

	AllDay       = "all day"
	groupOverdue = "Overdue"
	groupToday   = "Today"
	groupWeek    = "Next seven days"
	groupLater   = "Later"
	groupNoDate  = "No date"
	groupDone    = "Done"

	ExportText      = "Standard .vcf and .ics files that every program reads, with a manifest and checksums."
	ExportWhat      = "What"
	ExportKind      = "Kind"
	ExportWhere     = "Where"
	ExportAs        = "As"
	ExportAsFolder  = "A folder of files"
	ExportAsZip     = "One zip file"
	exportAll       = "Everything"
	exportKindAll   = "Contacts and calendars"
	exportKindVCF   = "Contacts only"
	exportKindICS   = "Calendars and tasks only"
	exportNeedTo    = "Say where the export should go."
	exportAbsolute  = "Give the whole path, or start it with ~/."
	exportWorking   = "Writing"
	exportDoneTitle = "Exported %s"
	exportDoneText  = "%s in %s, %s. Counted again after writing."
	exportName      = "Sidekeep export %s"
	exportMore      = "and %s more"
	taskPercent     = "%d%% done"
	taskPriority    = "priority"

	SetAccounts   = "Accounts"
	SetMirroring  = "Mirroring"
	SetInterval   = "Look for changes"
	SetLogin      = "Start at login"
	SetLoginText  = "Sidekeep starts hidden and keeps the copy fresh."
	SetTray       = "Keep running when the window is closed"
	SetTrayText   = "It stays in the system tray; Quit is in its menu."
	SetTrayNone   = "This desktop shows no system tray, so closing the window quits."
	SetPrivacy    = "Passwords"
	SetVault      = "Vault"
	SetVaultText  = "One file with everything and its history. To back it up, quit Sidekeep, then copy it."
	SetAbout      = "About"
	setKeychain   = "In this computer's keychain"
	setFile       = "In a file next to the vault, not encrypted"
	setNoSecrets  = "None is kept yet"
	setVaultSize  = "%s · %s"
	setCheckOK    = "The login works: %s found."
	setChecking   = "Signing in"
	setPasswordOK = "The new password works and is saved."
	setSaved      = "Saved"
	RemoveTitle   = "Remove “%s”?"
	RemoveText    = "Signing out keeps its copy and history in the vault. You can still look at it and export it."
	RemoveKept    = "It is signed out. Its copy can still be looked at and exported; deleting it can’t be undone."
	RemovePurge   = "Also delete its copy and history here, for good"
	RemoveConfirm = "Type the account's name to delete its data: %s"
	PasswordTitle = "Sign in to “%s” again"
	PasswordText  = "Enter the new password. It is proved by a live request before it is saved."
)

// Intervals are the choices for background mirroring, in minutes; 0 is never.
var Intervals = []struct {
	Minutes int
	Words   string
}{
	{0, "only when I ask"},
	{5, "every 5 minutes"},
	{15, "every 15 minutes"},
	{30, "every 30 minutes"},
	{60, "every hour"},
	{360, "every 6 hours"},
	{1440, "once a day"},
}

// plainProperties come under "Also in this ...": they matter to programs.
var plainProperties = map[string]bool{
	"BEGIN": true, "END": true, "VERSION": true, "PRODID": true, "UID": true, "REV": true, "N": true, "FN": true,
	"SORT-STRING": true, "SOURCE": true, "KIND": true, "X-ABLABEL": true, "SUMMARY": true, "DTSTAMP": true,
	"CREATED": true, "LAST-MODIFIED": true, "SEQUENCE": true, "CALSCALE": true, "METHOD": true, "CLASS": true,
	"TRANSP": true, "TZID": true, "TZOFFSETFROM": true, "TZOFFSETTO": true, "TZNAME": true, "PHOTO": true,
	"DTSTART": true, "DTEND": true, "RRULE": true, "EXDATE": true, "RDATE": true, "RECURRENCE-ID": true,
	"DUE": true, "DURATION": true, "PRIORITY": true, "PERCENT-COMPLETE": true, "COMPLETED": true,
}
