package davtest

import (
	"bytes"
	"slices"
	"strings"

	"sidekeep/sync/pim"
)

// Quirks of writing. They concern only what is stored over HTTP, and a mirror
// never meets them: WriteQuirks lists them, Quirks does not.
const (
	// PutRenames stores what is put under a name of its own, without a word.
	PutRenames Quirk = "put-renames"
	// PutLocation stores it under a name of its own and says so by Location.
	PutLocation Quirk = "put-location"
	// OwnUIDs gives what is put a UID of its own, which stays when it is replaced.
	OwnUIDs Quirk = "own-uids"
	// DropsProperties loses photos and X- properties.
	DropsProperties Quirk = "drops-properties"
	// Reencodes writes properties in an order of its own, with its own folding.
	Reencodes Quirk = "reencodes"
	// NoPutETag has no ETag in the answer to a PUT.
	NoPutETag Quirk = "no-put-etag"
	// IgnoresIfNoneMatch replaces what is there in spite of If-None-Match: *.
	IgnoresIfNoneMatch Quirk = "ignores-if-none-match"
	// PutHTML answers a PUT with a web page and 200, and stores nothing.
	PutHTML Quirk = "put-html"

	// UIDBin refuses UIDs that were deleted, with 400 and a sentence.
	UIDBin Quirk = "uid-bin"
	// AccountUIDs wants a UID to stand once in all calendars: 403
	// unique-scheduling-object-resource with the href of the other.
	AccountUIDs Quirk = "account-uids"
	// CollectionUIDs wants it to stand once in a collection: 409 no-uid-conflict
	// without an href.
	CollectionUIDs Quirk = "collection-uids"
	// CollectionUIDs207 is CollectionUIDs told by 207 with 412 inside.
	CollectionUIDs207 Quirk = "collection-uids-207"

	// StrictComponents refuses components that the calendar does not name.
	StrictComponents Quirk = "strict-components"
	// StrictData refuses what is no vCard or iCalendar object.
	StrictData Quirk = "strict-data"
	// NoVCard4 refuses vCard 4.0 with 415.
	NoVCard4 Quirk = "no-vcard-4"
	// Locked answers 423 to every PUT.
	Locked Quirk = "locked"

	// Mails sends invitations for events with attendees when they are stored,
	// unless Schedule-Reply: F or SCHEDULE-AGENT=CLIENT says not to. Server.Mailed
	// tells who would have got one.
	Mails Quirk = "mails"
	// MailsAnyway is Mails that knows no Schedule-Reply, and tells people that an
	// event is cancelled when telling them is taken from it.
	MailsAnyway Quirk = "mails-anyway"

	// NoMake has neither MKCALENDAR nor MKCOL.
	NoMake Quirk = "no-make"
	// NoMkcalendar has extended MKCOL only.
	NoMkcalendar Quirk = "no-mkcalendar"
	// PlainMkcol answers 415 to a MKCOL with a body, and makes an address book by
	// PROPPATCH.
	PlainMkcol Quirk = "plain-mkcol"
	// MakeNoColor answers 403 to a MKCALENDAR or MKCOL that asks for a colour.
	MakeNoColor Quirk = "make-no-color"
	// MakeNoName makes collections without the name that was asked for.
	MakeNoName Quirk = "make-no-name"
	// MakeTaken answers 403 resource-must-be-null where there is one already,
	// in the place of 405.
	MakeTaken Quirk = "make-taken"
)

// WriteQuirks lists the quirks of writing, with who does each.
func WriteQuirks() map[Quirk]string {
	return map[Quirk]string{
		PutRenames: "Google contacts", PutLocation: "calendar servers that name objects by UID", OwnUIDs: "Google contacts",
		DropsProperties: "Google, Outlook gateways", Reencodes: "Radicale, Xandikos", NoPutETag: "sabre/dav when it repairs",
		IgnoresIfNoneMatch: "Google calendar", PutHTML: "captive portals", UIDBin: "Nextcloud, Zoho", AccountUIDs: "Cyrus, Fastmail",
		CollectionUIDs: "Radicale", CollectionUIDs207: "Xandikos", StrictComponents: "Cyrus", StrictData: "Cyrus",
		NoVCard4: "older servers", Locked: "servers with WebDAV locks", Mails: "sabre/dav, Nextcloud", MailsAnyway: "Cyrus, iCloud",
		NoMake: "Google, Posteo", NoMkcalendar: "servers of RFC 5689 alone", PlainMkcol: "servers without RFC 5689",
		MakeNoColor: "strict servers", MakeNoName: "DAViCal", MakeTaken: "Cyrus",
	}
}

// SetQuota bounds the bytes of all objects that were put, over HTTP or not, as
// long as they are not generated; what is over it is refused with 507. 0: none.
func (s *Server) SetQuota(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write.quota = bytes
}

// SetMaxSize bounds the bytes of one object; 0: none.
func (s *Server) SetMaxSize(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write.maxSize = bytes
}

// Mailed lists who would have been sent an invitation so far, in order.
func (s *Server) Mailed() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Clone(s.write.mailed)
}

// EmptyBin forgets the UIDs that UIDBin keeps.
func (s *Server) EmptyBin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write.bin = nil
}

// writing is what a server remembers for the quirks of writing.
type writing struct {
	quota, maxSize int64
	mailed         []string
	bin            map[string]bool // UIDs deleted while UIDBin was on, by collection
	names          int             // given so far
}

// lines gives the unfolded lines of an object, without their ends.
func lines(body []byte) []string {
	text := strings.ReplaceAll(string(body), "\r\n", "\n")
	text = strings.NewReplacer("\n ", "", "\n\t", "").Replace(text)
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

func property(line string) string {
	name, _, _ := strings.Cut(line, ":")
	name, _, _ = strings.Cut(name, ";")
	return strings.ToUpper(name)
}

// uidIn is the UID of a card, an event or a task.
func uidIn(body []byte) string {
	for _, l := range lines(body) {
		if property(l) == "UID" {
			_, v, _ := strings.Cut(l, ":")
			return v
		}
	}
	return ""
}

// componentIn is the first component of a calendar object that is no time zone.
func componentIn(body []byte) string {
	for _, l := range lines(body) {
		if v, ok := strings.CutPrefix(l, "BEGIN:"); ok && v != "VCALENDAR" && v != "VTIMEZONE" && v != "STANDARD" && v != "DAYLIGHT" {
			return v
		}
	}
	return ""
}

// kept is what a server with these quirks stores of what was put. was is what it
// replaces; nil: nothing.
func (c *call) kept(body []byte, was *object) []byte {
	if uid := uidIn(body); c.q[OwnUIDs] && uid != "" {
		own := ""
		if was != nil {
			own = uidIn(was.bytes(nil))
		} else {
			own = c.newName()
		}
		body = bytes.ReplaceAll(body, []byte("UID:"+uid), []byte("UID:"+own))
	}
	if !c.q[DropsProperties] && !c.q[Reencodes] {
		return body
	}
	all := lines(body)
	if c.q[DropsProperties] {
		all = slices.DeleteFunc(all, func(l string) bool {
			p := property(l)
			return p == "PHOTO" || p == "ATTACH" || strings.HasPrefix(p, "X-")
		})
	}
	if c.q[Reencodes] {
		reorder(all)
	}
	return []byte(strings.Join(all, "\r\n") + "\r\n")
}

// reorder sorts the properties between two lines that begin or end something.
func reorder(all []string) {
	from := 0
	for i, l := range all {
		if p := property(l); p == "BEGIN" || p == "END" {
			slices.SortStableFunc(all[from:i], func(a, b string) int { return strings.Compare(property(a), property(b)) })
			from = i + 1
		}
	}
}

// newName is a name that the server gives.
func (c *call) newName() string {
	c.s.write.names++
	return "given-" + string(rune('a'+c.s.write.names%26)) + strings.Repeat("x", c.s.write.names/26)
}

// mail notes who gets an invitation (RFC 6638 section 3.2.1): attendees of an
// event with an organiser, unless they are left to the client (section 7.1).
func (c *call) mail(body []byte) {
	if !c.q[Mails] && !c.q[MailsAnyway] || c.log.ScheduleReply == "F" && !c.q[MailsAnyway] {
		return
	}
	c.s.write.mailed = append(c.s.write.mailed, invited(body)...)
}

// mailCancelled notes who is told that an event is cancelled: whom the server had
// invited, and who is left to the client now, or no longer in it. So does Cyrus.
func (c *call) mailCancelled(was, now []byte) {
	if !c.q[MailsAnyway] {
		return
	}
	still := invited(now)
	for _, a := range invited(was) {
		if !slices.Contains(still, a) {
			c.s.write.mailed = append(c.s.write.mailed, a)
		}
	}
}

// invited are the attendees that the server is to tell.
func invited(body []byte) []string {
	var organised bool
	var to []string
	for _, l := range lines(body) {
		left := strings.Contains(strings.ToUpper(l), "SCHEDULE-AGENT=CLIENT") || strings.Contains(strings.ToUpper(l), "SCHEDULE-AGENT=NONE")
		switch property(l) {
		case "ORGANIZER":
			organised = !left
		case "ATTENDEE":
			if i := strings.LastIndex(strings.ToLower(l), "mailto:"); i >= 0 && !left {
				to = append(to, l[i+len("mailto:"):])
			}
		}
	}
	if !organised {
		return nil
	}
	return to
}

// refusal is why a PUT is refused: a status and an XML condition.
type refusal struct {
	status    int
	condition string
}

// refusePut judges a PUT by the quirks. The lock is held.
func (c *call) refusePut(t target) refusal {
	w := &c.s.write
	xml := "C:"
	if t.col.kind == pim.Contacts {
		xml = "A:"
	}
	size := int64(len(c.body))
	switch {
	case !t.col.writable(t.o != nil):
		return refusal{403, "<D:need-privileges/>"}
	case c.q[Locked]:
		return refusal{423, "<D:lock-token-submitted/>"}
	case w.maxSize > 0 && size > w.maxSize:
		return refusal{403, "<" + xml + "max-resource-size/>"}
	case w.quota > 0 && c.s.used()+size > w.quota:
		return refusal{507, "<D:quota-not-exceeded/>"}
	case c.q[NoVCard4] && bytes.Contains(c.body, []byte("VERSION:4.0")):
		return refusal{415, ""}
	case c.q[StrictData] && xml == "A:" && !bytes.HasPrefix(c.body, []byte("BEGIN:VCARD")):
		return refusal{403, "<A:valid-address-data/>"}
	case c.q[StrictData] && xml == "C:" && !bytes.HasPrefix(c.body, []byte("BEGIN:VCALENDAR")):
		return refusal{403, "<C:valid-calendar-data/>"}
	case c.q[StrictComponents] && xml == "C:" && !slices.Contains(t.col.components, componentIn(c.body)):
		return refusal{403, "<C:supported-calendar-component/>"}
	}
	return c.refuseUID(t, xml)
}

func (c *call) refuseUID(t target, xml string) refusal {
	uid := uidIn(c.body)
	if c.q[UIDBin] && c.s.write.bin[t.col.path+" "+uid] {
		return refusal{400, `<s:exception xmlns:s="http://sabredav.org/ns">Sabre\DAV\Exception\BadRequest</s:exception>` +
			`<s:message xmlns:s="http://sabredav.org/ns">Deleted calendar object with uid already exists in this calendar collection.</s:message>`}
	}
	account := c.q[AccountUIDs] && xml == "C:"
	if !account && !c.q[CollectionUIDs] && !c.q[CollectionUIDs207] {
		return refusal{}
	}
	if account && t.o != nil && uidIn(t.o.bytes(nil)) != uid {
		return refusal{403, "<C:no-uid-conflict><D:href>" + escapePath(t.path) + "</D:href></C:no-uid-conflict>"}
	}
	for _, col := range c.s.order {
		if col != t.col && (!account || col.kind != pim.Calendar) {
			continue
		}
		for _, o := range col.live() {
			if col == t.col && o.name == t.name || uidIn(o.bytes(nil)) != uid {
				continue
			}
			if account {
				return refusal{403, "<C:unique-scheduling-object-resource><D:href>" + escapePath(col.path+o.name) +
					"</D:href></C:unique-scheduling-object-resource>"}
			}
			return refusal{409, "<" + xml + "no-uid-conflict/>"}
		}
	}
	return refusal{}
}

// used counts the bytes that the quota is of.
func (s *Server) used() (n int64) {
	for _, col := range s.order {
		for _, o := range col.live() {
			n += int64(len(o.body))
		}
	}
	return n
}

// writable says whether the privileges let an object be replaced, or made.
func (c *Collection) writable(replace bool) bool {
	one := "bind"
	if replace {
		one = "write-content"
	}
	return c.special != "subscribed" && (c.privileges == nil || slices.Contains(c.privileges, one) ||
		slices.Contains(c.privileges, "write") || slices.Contains(c.privileges, "all"))
}
