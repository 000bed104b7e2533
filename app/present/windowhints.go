package present

import (
	"strings"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/pim"
)

// ExplainInWindow is ExplainAt for a person in front of the window: no hint
// speaks of options or commands, which are not there.
func ExplainInWindow(err error, now time.Time) service.ErrorInfo {
	info := ExplainAt(err, now)
	if isKeychain(err) {
		info.Message = msgKeychain // the desktop's own words are in the details
	}
	return inWindow(info)
}

// inWindow rewords the hint of an error that may have been worded for the
// command line, or stored by it.
func inWindow(info service.ErrorInfo) service.ErrorInfo {
	if !forCommands(info.Hint) {
		return info
	}
	for _, h := range windowHints {
		if strings.Contains(info.Hint, h.has) {
			info.Hint = h.hint
			return info
		}
	}
	fault := pim.ParseFault(info.Fault)
	info.Hint = faultCase{fault: fault, pe: &pim.Error{Fault: fault}}.words().Hint
	return info
}

// rescueAnew is in the hint of a vault of which nothing is left.
const rescueAnew = "`sidekeep rescue --anew`"

// damages reports an error that says that the vault itself is damaged.
func damages(e *service.ErrorInfo) bool {
	return e != nil && strings.Contains(e.Hint, "`sidekeep rescue --to")
}

// forCommands reports whether a hint speaks of an option or a command.
func forCommands(hint string) bool {
	return strings.Contains(hint, " --") || strings.Contains(hint, "(--") || strings.HasPrefix(hint, "--") ||
		strings.Contains(strings.ToLower(hint), "`sidekeep") || strings.Contains(hint, "SIDEKEEP_")
}

// windowHints are the next steps in the window, by a part of the same step on
// the command line. The first that fits is taken; what fits none gets the
// general hint of its fault.
var windowHints = []struct{ has, hint string }{
	{"`sidekeep rescue --to", hintWindowRescue},
	{"disk and its cable", hintDiskFails},
	{rescueAnew, hintWindowAnew},
	{"--secrets file", hintWindowKeychain},
	{"secrets keychain", hintWindowKeychain},
	{"delete this file and give every password", hintWindowPasswordFile},
	{"Delete this file and give every password", hintWindowPasswordFile},
	{"account password", hintNoPassword},
	{"--password-stdin", needPassword},
	{"--user", hintWindowUser},
	{"shorter name", hintWindowShorter},
	{"--name", hintWindowName},
	{"--allow-http", hintPlainHTTP},
	{"decided about it", hintWindowLossOpen},
	{"--keep-data", hintWindowPurge},
	{"--force", hintWindowReplace},
	{"--kind", hintInvalid},
	{"--to", exportNeedTo},
	{"`sidekeep status`", hintWindowNothing},
	{"who removed it", hintWindowRemoved},
	{"mirror an account first", hintWindowMirror},
	{"Mirror an account first", hintWindowMirror},
	{"Update Sidekeep", hintVaultNewer},
	{"file was left as it is", hintVaultForeign},
	{"names them all", hintWindowVerify},
	{"names what is damaged", hintWindowRescue},
	{"write permission", hintNoPermission},
	{"may write to", hintNoPermission},
	{"whose vault it is", hintWindowOther},
	{"restore it from a backup", hintWindowDamaged},
}

const (
	hintWindowKeychain     = "Unlock the keychain of this desktop and try again, or keep the password in a file."
	hintWindowPasswordFile = "Delete this file, then sign in again to every account. What was mirrored is not touched."
	hintWindowUser         = "Enter the user name in its own field."
	hintWindowName         = "Choose another name."
	hintWindowShorter      = "Choose a shorter name."
	hintWindowLossOpen     = "Review the loss on Overview first. Once you have decided about it, the data can be deleted."
	hintWindowPurge        = "To delete its data too, remove it again in the settings."
	hintWindowReplace      = "Choose another place, or replace what is there."
	hintWindowNothing      = "Choose something else to export."
	hintWindowMirror       = "Mirror an account first."
	hintWindowRemoved      = "See who removed it, then mirror again: what was fetched just now is not kept."
	hintWindowOther        = "Start Sidekeep as the person whose vault it is, or choose another folder."
	hintWindowRescue       = "On Overview, save what is readable, then start anew beside it. The damaged file is left as it is."
	hintWindowVerify       = "Verify names them all."
	hintWindowAnew         = "Start anew beside it: whatever the servers have is fetched again, and this one is left as it is. If there is a second copy, it can be opened from the new one’s settings."
	hintWindowDamaged      = "Keep a copy of the vault's folder, then restore it from a backup."
)
