package present

// Every sentence about a failure. %s is a host, a path or one of the words at
// the end. Plain, calm, and never to blame.
const (
	msgOffline      = "%s could not be reached."
	msgNoHost       = "There is no server called %s."
	msgRefused      = "%s is not answering."
	msgTimeout      = "%s took too long to answer."
	msgBusy         = "%s is busy and asked us to wait."
	msgBusyUntil    = "%s asked us to wait until %s."
	msgVaultBusy    = "Another Sidekeep is writing to this vault."
	msgDenied       = "%s did not accept the user name or the password."
	msgOAuth        = "%s only lets programs in that sign in through its own web page."
	msgNoPassword   = "There is no password for %s on this computer."
	msgForbidden    = "%s does not allow this login to read here."
	msgNotReadable  = "The collection %s is on the server, but this login may not read it."
	msgUnreadable   = "The collection %s is on the server, but could not be read (status %d)."
	msgNotWritable  = "%s does not let this login write here."
	msgServerFull   = "%s has no room left for this account."
	msgUntrusted    = "The certificate of %s is not trusted."
	msgPlainHTTP    = "The connection to %s would not be encrypted."
	msgGone         = "%s is no longer on the server. Your copy is kept."
	msgGoneFrom     = "What was mirrored from %s is no longer on the server. Your copy is kept."
	msgProtocol     = "%s sent an answer that could not be understood."
	msgNoTLS        = "What answers at %s does not speak TLS, so https:// can't be used there."
	msgNotDAV       = "No contacts or calendars were found at %s."
	msgServerError  = "%s had a problem of its own (status %d)."
	msgBadObject    = "%s could not be fetched."
	msgHeld         = "Your server lost a large part of a collection. Nothing was removed here."
	msgStorage      = "%s could not be written or read."
	msgDiskFull     = "The disk is full: %s could not be written."
	msgDiskFails    = "The disk could not be read or written: %s."
	msgNoPermission = "Sidekeep may not write to %s."
	msgVaultNewer   = "A newer Sidekeep wrote %s."
	msgVaultDamaged = "The vault is damaged: %s can't be read as it was written."
	msgVaultForeign = "%s is not a Sidekeep vault."
	msgKeychain     = "The keychain of this computer could not be opened."
	msgInvalid      = "Something that was entered can't be used."
	msgStopped      = "Stopped."
	msgInternal     = "Something went wrong inside Sidekeep."

	hintOffline      = "Check the network. Sidekeep tries again by itself; everything mirrored stays readable."
	hintNoHost       = "Check the spelling of the address."
	hintBusy         = "Nothing to do: Sidekeep tries again by itself."
	hintVaultBusy    = "Wait until it has finished, or close it."
	hintDenied       = "Sign in again. Many providers want an app password made for this purpose."
	hintNoPassword   = "Sign in again with the account's password."
	hintNotReadable  = "Ask whoever runs the server. What was mirrored of it before is kept."
	hintNotWritable  = "Choose another collection or account, or ask whoever runs the server."
	hintServerFull   = "Make room on the server, then go on: what was put back stays, and nothing is put back twice."
	hintUntrusted    = "If the server is your own, install its certificate authority on this computer. Otherwise don't go on."
	hintPlainHTTP    = "Use an address that starts with https://."
	hintGone         = "If you deleted it yourself, there is nothing to do."
	hintProtocol     = "Try again later. If it stays, copy the details and send them to the server's operator."
	hintNotDAV       = "Check the address. Your provider's help page names it as the CardDAV or CalDAV address."
	hintServerError  = "Try again later."
	hintBadObject    = "It is tried again at the next mirroring; everything else is safe."
	hintHeld         = "See on the server what became of it. Everything stays in the vault and in every export."
	hintStorage      = "Check the disk and the permissions of the folder, then start Sidekeep again."
	hintDiskFull     = "Free some space, then try again. Nothing that was mirrored is lost."
	hintDiskFails    = "Check the disk and its cable, then try again: what is on it may well be whole."
	hintNoPermission = "Choose another folder, or change its permissions."
	hintVaultNewer   = "Install the newest Sidekeep. The vault was not touched."
	hintVaultForeign = "Choose another folder. Nothing was changed there."
	hintKeychain     = "Unlock the keychain, or keep passwords in a file (not encrypted) with --secrets file."
	hintInvalid      = "Change it and try again."
	hintStopped      = "Everything fetched so far is kept."
	hintInternal     = "Try again. If it stays, copy the details and report them."

	certUnknown   = "No authority that this computer trusts has signed it."
	certWrongHost = "It belongs to another server."
	certHost      = "It belongs to %s."
	certExpired   = "It has expired, or the clock of this computer is wrong."
	certInvalid   = "It may not be used for this."
	certDates     = "Valid from %s to %s. Fingerprint (SHA-256): %s"

	exportLacking  = "This export lacks %s that can't be read: %s."
	exportLack     = "%s (%s)"
	exportLackMore = "and %s more"

	wordServer      = "The server"
	wordThis        = "This collection"
	wordThisAddress = "this address"
	wordOneItem     = "One item"
	wordAccount     = "this account"
	wordVault       = "the vault"
)

// providers is what a refused login means in the provider's own terms.
var providers = []struct{ domain, hint string }{
	{"icloud.com", "Make an app-specific password at account.apple.com (Sign-In and Security) and use it here."},
	{"me.com", "Make an app-specific password at account.apple.com (Sign-In and Security) and use it here."},
	{"fastmail.com", "Make an app password in Fastmail under Settings, Privacy & Security, and use it here."},
	{"yahoo.com", "Make an app password in your Yahoo account's security page and use it here."},
	{"aol.com", "Make an app password in your AOL account's security page and use it here."},
	{"zoho.com", "Make an application-specific password in your Zoho account's security page and use it here."},
	{"posteo.de", "Use your Posteo address and password, or an app password if you have two-factor login."},
	{"mailbox.org", "Make an application password in the mailbox.org settings and use it here."},
	{"google.com", "Google wants its own sign-in, which this version does not have. An export from Google Contacts still works."},
	{"googleapis.com", "Google wants its own sign-in, which this version does not have. An export from Google Contacts still works."},
}
