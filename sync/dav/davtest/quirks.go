package davtest

// Quirk is one way in which servers in the field differ from the RFCs or from
// each other. Quirks and Scenario say who does it and what a mirror is still
// expected to achieve.
type Quirk string

// Quirks of XML and HTTP answers.
const (
	// WrongContentType labels every 207 as text/html.
	WrongContentType Quirk = "wrong-content-type"
	// NoContentType sends no Content-Type at all.
	NoContentType Quirk = "no-content-type"
	// CharsetUTF8NoDash labels documents "UTF8", which is no registered charset name.
	CharsetUTF8NoDash Quirk = "charset-utf8-no-dash"
	// Latin1 writes and labels every document as iso-8859-1.
	Latin1 Quirk = "latin-1"
	// XML11 declares XML 1.1.
	XML11 Quirk = "xml-1.1"
	// ByteOrderMark starts documents with U+FEFF.
	ByteOrderMark Quirk = "byte-order-mark"
	// LeadingNewline puts empty lines in front of the XML declaration.
	LeadingNewline Quirk = "leading-newline"
	// DefaultNamespace writes DAV: elements without a prefix.
	DefaultNamespace Quirk = "default-namespace"
	// PropstatWithoutStatus leaves the status out of every propstat.
	PropstatWithoutStatus Quirk = "propstat-without-status"
	// StatusWithoutReason writes "HTTP/1.1 200" without its phrase.
	StatusWithoutReason Quirk = "status-without-reason"
	// MissingHref has a response without href in every listing.
	MissingHref Quirk = "missing-href"
	// EmptyHrefs has a response with an empty href in every multiget.
	EmptyHrefs Quirk = "empty-hrefs"
	// DuplicateEntries gives every entry of a listing twice.
	DuplicateEntries Quirk = "duplicate-entries"
	// UnsolicitedEntries lists a stray object of another folder and a plain
	// sub-folder, and multiget answers with an object nobody asked for.
	UnsolicitedEntries Quirk = "unsolicited-entries"
	// OddContentTypes gives objects content types that no filter expects.
	OddContentTypes Quirk = "odd-content-types"
	// NoResourceType has no resourcetype on objects.
	NoResourceType Quirk = "no-resourcetype"
	// ControlCharacters holds objects with characters that XML forbids, and
	// sends them inside XML all the same. GET gives the true bytes.
	ControlCharacters Quirk = "control-characters"
	// InvalidUTF8 holds an object with bytes that are not UTF-8, and sends
	// them inside XML all the same.
	InvalidUTF8 Quirk = "invalid-utf-8"
	// OddData holds objects that break the rules of their formats: bare LF
	// and CR, no newline at the end, quoted-printable, doubled properties, and
	// something that is no card at all.
	OddData Quirk = "odd-data"
	// DataAsCharRefs writes each CR of object data as &#13;.
	DataAsCharRefs Quirk = "data-as-char-refs"
	// DataAsCDATA writes object data in CDATA sections.
	DataAsCDATA Quirk = "data-as-cdata"
	// ConnectionClose ends the connection after every answer.
	ConnectionClose Quirk = "connection-close"
	// LengthRequired answers 411 to a request without Content-Length.
	LengthRequired Quirk = "length-required"
)

// Quirks of hrefs.
const (
	// RelativeHrefs gives only the last segment; with a colon in it, that
	// looks like a URL with a scheme ("a:b.vcf").
	RelativeHrefs Quirk = "relative-hrefs"
	// AbsoluteHrefs lists full URLs, and refuses them with 400 in a multiget.
	AbsoluteHrefs Quirk = "absolute-hrefs"
	// VerbatimHrefs escapes "@", ":" and "," and leaves "+" alone; an href
	// spelled otherwise is 404.
	VerbatimHrefs Quirk = "verbatim-hrefs"
	// LowerCaseEscapes writes %c3%a9; the upper-case spelling is 404.
	LowerCaseEscapes Quirk = "lower-case-escapes"
	// PercentAt lists %40 but answers 400 when it is asked for by GET.
	PercentAt Quirk = "percent-at"
	// RespelledAnswers answers a multiget with hrefs escaped in another way
	// than they were asked for.
	RespelledAnswers Quirk = "respelled-answers"
	// RawSpaces does not escape spaces in hrefs.
	RawSpaces Quirk = "raw-spaces"
	// DoubleEscape lists a control character as %15 and finds it as %2515 only.
	DoubleEscape Quirk = "double-escape"
	// MailHrefs has objects that end in .EML, with an escaped "=".
	MailHrefs Quirk = "mail-hrefs"
	// CaseInsensitive finds objects whatever their case, and answers a
	// multiget in upper case.
	CaseInsensitive Quirk = "case-insensitive"
	// CaseTwins holds two objects whose hrefs differ only in case.
	CaseTwins Quirk = "case-twins"
	// EqualUIDs holds different objects with one UID.
	EqualUIDs Quirk = "equal-uids"
	// OneHrefTwice lists some hrefs twice, with different ETags.
	OneHrefTwice Quirk = "one-href-twice"
	// SlashRedirect lists collections without their trailing slash and
	// redirects from there.
	SlashRedirect Quirk = "slash-redirect"
)

// Quirks of ETags.
const (
	// GzipETags compresses objects where the client takes it, and adds -gzip to the ETag.
	GzipETags Quirk = "gzip-etags"
	// NoETags has getlastmodified only.
	NoETags Quirk = "no-etags"
	// NoValidators has neither ETags nor getlastmodified.
	NoValidators Quirk = "no-validators"
	// SomeETags has an ETag for every second object only.
	SomeETags Quirk = "some-etags"
	// UnquotedETags writes ETags without quotes.
	UnquotedETags Quirk = "unquoted-etags"
	// WeakETags writes W/"...".
	WeakETags Quirk = "weak-etags"
	// TimestampETags uses the time of the last change, in whole seconds.
	TimestampETags Quirk = "timestamp-etags"
	// FlakyETags gives another ETag at every request.
	FlakyETags Quirk = "flaky-etags"
)

// Quirks of fetching.
const (
	// GetForbidden answers GET with 403; multiget works.
	GetForbidden Quirk = "get-forbidden"
	// MultigetBroken answers every multiget with 501.
	MultigetBroken Quirk = "multiget-broken"
	// MultigetDeadHref answers a whole multiget with 500 when one href in it is dead.
	MultigetDeadHref Quirk = "multiget-dead-href"
	// MultigetOmits leaves every fourth object out of a multiget without a word.
	MultigetOmits Quirk = "multiget-omits"
	// MultigetTooLarge answers 413 to a multiget of more than ten.
	MultigetTooLarge Quirk = "multiget-too-large"
	// SlowMultiget takes time with the square of the number of hrefs.
	SlowMultiget Quirk = "slow-multiget"
	// ListedButGone lists an object that is 404 for ever.
	ListedButGone Quirk = "listed-but-gone"
	// NoQuery answers an unfiltered query with 501.
	NoQuery Quirk = "no-query"
	// WindowedQuery leaves half of the objects out of an unfiltered query.
	WindowedQuery Quirk = "windowed-query"
	// QueryHidesPast leaves the oldest objects out of an unfiltered query.
	QueryHidesPast Quirk = "query-hides-past"
	// ETagRequired answers 500 to a REPORT that does not ask for getetag.
	ETagRequired Quirk = "etag-required"
	// ConvertsVCard4 serves vCard 4.0 as 3.0 unless 4.0 is asked for.
	ConvertsVCard4 Quirk = "converts-vcard-4"
)

// Quirks of sync-collection and ctags.
const (
	// NoSync has no sync-collection and no sync-token.
	NoSync Quirk = "no-sync"
	// SyncOnlyAdvertised advertises sync-collection and answers it with 501.
	SyncOnlyAdvertised Quirk = "sync-only-advertised"
	// SyncDepthOne wants Depth: 1 where RFC 6578 says 0.
	SyncDepthOne Quirk = "sync-depth-one"
	// TokenRefused answers every token with 403 valid-sync-token.
	TokenRefused Quirk = "token-refused"
	// TokenBadRequest answers every token with 400.
	TokenBadRequest Quirk = "token-bad-request"
	// TokenError500 answers an unknown token with 500.
	TokenError500 Quirk = "token-error-500"
	// TokensForgotten forgets all tokens between two runs.
	TokensForgotten Quirk = "tokens-forgotten"
	// OpaqueTokens has tokens that are no URIs, with characters to escape.
	OpaqueTokens Quirk = "opaque-tokens"
	// PagedSync ends answers after five entries with 507.
	PagedSync Quirk = "paged-sync"
	// LimitRefused answers 507 when a limit comes with an empty token.
	LimitRefused Quirk = "limit-refused"
	// SyncTooBig answers 507 to every sync-collection without a token.
	SyncTooBig Quirk = "sync-too-big"
	// EmptyTokenSelfOnly answers an empty token with nothing but the collection.
	EmptyTokenSelfOnly Quirk = "empty-token-self-only"
	// SelfInSync lists the collection itself among the changes.
	SelfInSync Quirk = "self-in-sync"
	// CreatedInSync uses 201 for every change.
	CreatedInSync Quirk = "created-in-sync"
	// GoneInSync uses 410 for removals.
	GoneInSync Quirk = "gone-in-sync"
	// UnrelatedDeletions reports half of the collection as removed though it is there.
	UnrelatedDeletions Quirk = "unrelated-deletions"
	// RateLimited403 answers every token with 403 and an empty error: a rate
	// limit, not a refusal of the token.
	RateLimited403 Quirk = "rate-limited-403"
	// NoCTag has no getctag.
	NoCTag Quirk = "no-ctag"
	// FlappingCTag has another ctag at every request.
	FlappingCTag Quirk = "flapping-ctag"
)

// Quirks of discovery and home-sets.
const (
	// NoOptions answers OPTIONS with 404.
	NoOptions Quirk = "no-options"
	// NoChallenge answers 401 without WWW-Authenticate.
	NoChallenge Quirk = "no-challenge"
	// DigestOnly takes Digest and nothing else.
	DigestOnly Quirk = "digest-only"
	// AbsoluteRedirect redirects .well-known to a full URL.
	AbsoluteRedirect Quirk = "absolute-redirect"
	// WellKnown405 answers .well-known with 405.
	WellKnown405 Quirk = "well-known-405"
	// WellKnownMissing answers .well-known with 404.
	WellKnownMissing Quirk = "well-known-missing"
	// WellKnownLoop redirects .well-known to itself.
	WellKnownLoop Quirk = "well-known-loop"
	// WellKnownHTML answers .well-known with a web page and 200.
	WellKnownHTML Quirk = "well-known-html"
	// WellKnownToCollection redirects .well-known to one collection.
	WellKnownToCollection Quirk = "well-known-to-collection"
	// NoPrincipal has no principal and no home-sets: the URL that a person
	// gives is the collection.
	NoPrincipal Quirk = "no-principal"
	// NoHomeSet has a principal without home-sets; collections lie below it.
	NoHomeSet Quirk = "no-home-set"
	// SeveralHomeSets has two home-sets of each kind.
	SeveralHomeSets Quirk = "several-home-sets"
	// CrossHost has the home-sets on another port of the same host.
	CrossHost Quirk = "cross-host"
	// ForeignHost has the home-sets on a host of another domain, which must
	// never see the credentials.
	ForeignHost Quirk = "foreign-host"
	// ForbiddenChild lists a child with 403 in every home-set.
	ForbiddenChild Quirk = "forbidden-child"
	// SchedulingBoxes lists inbox, outbox and notifications in every home-set.
	SchedulingBoxes Quirk = "scheduling-boxes"
	// Subscriptions lists a subscription to a calendar elsewhere.
	Subscriptions Quirk = "subscriptions"
	// TrashBin lists a trash bin in every home-set.
	TrashBin Quirk = "trash-bin"
	// NoComponentSet has no supported-calendar-component-set.
	NoComponentSet Quirk = "no-component-set"
	// NoReportSet has no supported-report-set.
	NoReportSet Quirk = "no-report-set"
	// ReportSetWithoutReport leaves the report element out of supported-report.
	ReportSetWithoutReport Quirk = "report-set-without-report"
)

// Quirks that a mirror can only refuse or wait for.
const (
	// HTML200 answers listings with a web page and 200.
	HTML200 Quirk = "html-200"
	// HTML207 answers listings with a web page and 207.
	HTML207 Quirk = "html-207"
	// Truncated ends listings in the middle of the document.
	Truncated Quirk = "truncated"
	// GzipBomb answers listings with a few megabytes that grow to gigabytes.
	GzipBomb Quirk = "gzip-bomb"
	// TooManyOnce answers the first listing with 429 and Retry-After: 1.
	TooManyOnce Quirk = "too-many-once"
	// TooMany answers every listing with 429 and Retry-After: 3600.
	TooMany Quirk = "too-many"
	// Unavailable answers every listing with 503 without Retry-After.
	Unavailable Quirk = "unavailable"
	// BusyParallel answers 501 when more than two requests come at once.
	BusyParallel Quirk = "busy-parallel"
)
