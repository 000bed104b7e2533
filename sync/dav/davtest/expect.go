package davtest

import (
	"slices"

	"sidekeep/sync/pim"
)

// Info says of a quirk who does it and what a mirror is expected to achieve
// in a Scenario: run once, call Between, run again.
type Info struct {
	Quirk Quirk
	Who   string // servers seen to do it

	// Outcomes are the acceptable outcomes of the second run, the best first.
	Outcomes []pim.Outcome
	// Faults are the acceptable faults where the outcome is Failed.
	Faults []pim.Fault
	// AtDiscovery says that adding the account fails already.
	AtDiscovery bool
	// Reworded says that stored bytes may differ from the server's own.
	Reworded bool
	// OneCollection says that only the collection at the scene's Address is
	// mirrored.
	OneCollection bool
	// FirstFine says that the first run is complete though the second fails.
	FirstFine bool
}

// Fails says that a mirror can't succeed.
func (i Info) Fails() bool { return i.Outcomes[0] == pim.Failed }

// Accepts says whether an outcome and, where it failed, its fault are as expected.
func (i Info) Accepts(o pim.Outcome, f pim.Fault) bool {
	return slices.Contains(i.Outcomes, o) && (o != pim.Failed || slices.Contains(i.Faults, f))
}

func complete(who string, quirks ...Quirk) []Info {
	var all []Info
	for _, q := range quirks {
		all = append(all, Info{Quirk: q, Who: who, Outcomes: []pim.Outcome{pim.Complete}})
	}
	return all
}

func fails(who string, q Quirk, faults ...pim.Fault) []Info {
	return []Info{{Quirk: q, Who: who, Outcomes: []pim.Outcome{pim.Failed}, Faults: faults}}
}

func with(all []Info, change func(*Info)) []Info {
	for i := range all {
		change(&all[i])
	}
	return all
}

// Quirks lists every quirk. All of them end complete and equal unless their
// Info says otherwise.
func Quirks() []Info { return slices.Clone(table) }

func partly(i *Info)    { i.Outcomes = []pim.Outcome{pim.Partial, pim.Complete} }
func discovery(i *Info) { i.AtDiscovery = true }

var table = slices.Concat(
	// XML and HTTP
	complete("many servers behind proxies", WrongContentType, NoContentType, ConnectionClose),
	complete("older Java and PHP servers", CharsetUTF8NoDash, Latin1, XML11, ByteOrderMark, LeadingNewline, DefaultNamespace),
	complete("servers that DAVx5's dav4jvm knows", PropstatWithoutStatus, StatusWithoutReason, MissingHref),
	complete("iCloud", EmptyHrefs),
	complete("servers that vdirsyncer knows", DuplicateEntries, UnsolicitedEntries, OddContentTypes),
	complete("Google", NoResourceType),
	complete("servers that store what was put", ControlCharacters, InvalidUTF8),
	complete("iCloud, Zimbra, old telephones", OddData),
	complete("sabre/dav and others", DataAsCharRefs, DataAsCDATA),
	complete("Radicale", LengthRequired),
	// hrefs
	complete("servers that dav4jvm knows", RelativeHrefs),
	complete("iCloud", AbsoluteHrefs, PercentAt),
	complete("Google", VerbatimHrefs),
	complete("servers that compare hrefs by bytes", LowerCaseEscapes),
	complete("SOGo", RespelledAnswers),
	complete("Zimbra", RawSpaces, OneHrefTwice),
	complete("DavMail and Kerio", MailHrefs, CaseInsensitive, EqualUIDs),
	complete("any server on a case-sensitive store", CaseTwins),
	complete("Fastmail, Cyrus and servers behind nginx", SlashRedirect),
	// ETags
	complete("Apache mod_deflate in front", GzipETags),
	complete("Posteo and purely static servers", NoETags, SomeETags, NoValidators),
	complete("mailbox.org (OX) and Kerio", UnquotedETags),
	complete("servers behind nginx with gzip", WeakETags),
	complete("DavMail and SOGo", TimestampETags),
	complete("a misconfigured cluster", FlakyETags),
	// fetching
	complete("ownCloud", GetForbidden),
	complete("small servers without the report", MultigetBroken, NoQuery),
	with(complete("ownCloud", MultigetDeadHref), partly),
	with(complete("iCloud", ListedButGone), partly),
	complete("several servers, silently", MultigetOmits),
	complete("servers with a request limit", MultigetTooLarge),
	complete("Xandikos", SlowMultiget),
	with(complete("mailbox.org (OX)", DoubleEscape), partly),
	complete("mailbox.org (OX)", WindowedQuery),
	complete("Bedework", QueryHidesPast),
	complete("GMX", ETagRequired),
	with(complete("Cyrus, sabre/dav, Nextcloud", ConvertsVCard4), func(i *Info) { i.Reworded = true }),
	// sync-collection and ctags
	complete("Posteo and go-webdav", NoSync),
	complete("servers behind a filtering proxy", SyncOnlyAdvertised),
	complete("Google CardDAV", SyncDepthOne),
	complete("servers that lose their log", TokenRefused, TokenBadRequest),
	complete("Xandikos", TokenError500),
	complete("Radicale", TokensForgotten),
	complete("iCloud", OpaqueTokens),
	complete("Cyrus, Google, Yandex", PagedSync),
	complete("Nextcloud", LimitRefused),
	complete("Yandex", SyncTooBig),
	complete("Stalwart", EmptyTokenSelfOnly),
	complete("several servers", SelfInSync, GoneInSync),
	complete("SOGo", CreatedInSync),
	with(complete("RustiCal", UnrelatedDeletions), func(i *Info) {
		i.Outcomes = []pim.Outcome{pim.Complete, pim.HeldBack}
	}),
	with(fails("Google, as a rate limit", RateLimited403, pim.Busy), func(i *Info) {
		i.FirstFine = true
	}),
	complete("plain CalDAV servers", NoCTag),
	complete("Yandex", FlappingCTag),
	// discovery
	complete("iCloud", NoOptions),
	complete("Yahoo", NoChallenge),
	with(fails("Baikal by choice", DigestOnly, pim.Denied), func(i *Info) {
		i.Outcomes = append(i.Outcomes, pim.Complete)
		i.AtDiscovery = true
	}),
	complete("many servers", AbsoluteRedirect, WellKnownMissing),
	complete("SOGo", WellKnown405),
	complete("misconfigured proxies", WellKnownLoop, WellKnownHTML),
	complete("Google CardDAV", WellKnownToCollection),
	with(complete("Synology", NoPrincipal), func(i *Info) { i.OneCollection = true }),
	complete("GMX", NoHomeSet),
	complete("servers with groups", SeveralHomeSets),
	// Another port of a loopback address may be another person's program,
	// so a client may also refuse it.
	with(complete("iCloud", CrossHost), func(i *Info) {
		i.Outcomes = append(i.Outcomes, pim.Failed)
		i.Faults = []pim.Fault{pim.Protocol, pim.Denied}
		i.AtDiscovery = true
	}),
	with(fails("an attacker, or a broken proxy", ForeignHost, pim.Denied, pim.Untrusted, pim.Protocol, pim.Invalid), discovery),
	complete("servers with shares", ForbiddenChild),
	complete("sabre/dav, Cyrus, DAViCal", SchedulingBoxes),
	complete("Nextcloud", Subscriptions, TrashBin),
	complete("purelymail", NoComponentSet),
	complete("small servers", NoReportSet),
	complete("Xandikos", ReportSetWithoutReport),
	// refusals
	fails("Zoho, captive portals", HTML200, pim.Protocol),
	fails("Zoho", HTML207, pim.Protocol),
	fails("proxies with a time limit", Truncated, pim.Protocol, pim.Offline),
	fails("an attacker", GzipBomb, pim.Protocol),
	complete("Google, Nextcloud", TooManyOnce),
	fails("Nextcloud after failed logins", TooMany, pim.Busy),
	fails("any server under maintenance", Unavailable, pim.Busy),
	complete("SOGo", BusyParallel),
)

// InfoOf gives what is known of a quirk.
func InfoOf(q Quirk) Info {
	for _, i := range Quirks() {
		if i.Quirk == q {
			return i
		}
	}
	panic("davtest: no such quirk: " + string(q))
}
