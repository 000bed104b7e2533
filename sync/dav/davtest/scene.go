package davtest

import (
	"fmt"
	"slices"
	"strings"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// Scene is a server with one quirk and a population that shows it.
type Scene struct {
	*Server
	Info Info
	// Address is what the person types: the server's root, or where there is
	// no principal the address of a collection.
	Address string

	Book, Work, Tasks *Collection

	between []func()
	rounds  int
}

// Oddly is the name of an object that is in every collection of a scene: each
// character of it is spelled differently by some server.
const Oddly = "a:b@c+d é,f"

// Scenario starts a server with a quirk, an address book of 24 cards, a
// calendar of 24 events, one of 6 tasks, and what the quirk needs besides.
func Scenario(tb TB, q Quirk, opts ...Option) *Scene {
	if tb != nil {
		tb.Helper()
	}
	s := New(tb, append([]Option{WithQuirks(q)}, opts...)...)
	sc := &Scene{Server: s, Info: InfoOf(q), Address: s.URL()}
	sc.Book = s.AddCollection(pim.Contacts, "contacts", "Contacts")
	sc.Work = s.AddCollection(pim.Calendar, "work", "Work & Play")
	sc.Tasks = s.AddCollection(pim.Calendar, "tasks", "Tasks")
	sc.Tasks.SetComponents("VTODO")
	sc.Book.Fill(23, 11, gen.CardWithPhoto)
	sc.Work.Fill(23, 12, gen.Event)
	sc.Tasks.Fill(6, 13, gen.Task)
	sc.Book.Put(Oddly+".vcf", gen.Card(nil, 14, 1))
	sc.Work.Put(Oddly+".ics", gen.Event(nil, 14, 2))
	sc.plant(q)
	return sc
}

func (sc *Scene) plant(q Quirk) {
	tagged := func(mark string) []byte {
		return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:planted-" + fmt.Sprint(len(mark)) + "\r\nFN:Planted " + mark + "\r\nN:Planted;;;;\r\nEND:VCARD\r\n")
	}
	switch q {
	case DataAsCharRefs:
		sc.SetData(CharRefs)
	case DataAsCDATA:
		sc.SetData(CDATA)
		sc.Book.Put("cdata.vcf", tagged("]]> & <tag>"))
	case ControlCharacters:
		sc.Book.Put("control.vcf", tagged("vertical\x0btab \x01 and \x1f"))
		sc.Work.Put("control.ics", []byte(strings.Replace(string(gen.Event(nil, 15, 1)), "SUMMARY:", "SUMMARY:\x0b\x02", 1)))
	case InvalidUTF8:
		sc.Book.Put("latin.vcf", tagged("J\xfcrgen \xff"))
	case MailHrefs:
		sc.Work.Put("Meeting=3D1.EML", gen.Event(nil, 16, 1))
		sc.Book.Put("Card=2.EML", gen.Card(nil, 16, 2))
	case OddData:
		for i, body := range oddCards {
			sc.Book.Put(fmt.Sprintf("odd-%d.vcf", i), []byte(body))
		}
		for i, body := range oddEvents {
			sc.Work.Put(fmt.Sprintf("odd-%d.ics", i), []byte(body))
		}
	case DoubleEscape:
		sc.Book.Put("odd\x15name.vcf", gen.Card(nil, 16, 3))
	case CaseTwins:
		sc.Book.Put("Twin.vcf", gen.Card(nil, 17, 1))
		sc.Book.Put("twin.vcf", gen.Card(nil, 17, 2))
	case EqualUIDs:
		same := gen.Card(nil, 18, 1)
		sc.Book.Put("one.vcf", same)
		sc.Book.Put("other.vcf", slices.Concat(same[:len(same)-len("END:VCARD\r\n")], []byte("X-DIFFERS:yes\r\nEND:VCARD\r\n")))
	case MultigetDeadHref, ListedButGone:
		sc.Book.PutGhost("ghost.vcf")
		sc.Work.PutGhost("ghost.ics")
	case ConvertsVCard4:
		sc.Book.Put("four.vcf", []byte(strings.Replace(string(tagged("four")), "VERSION:3.0", "VERSION:4.0", 1)))
	case TokensForgotten, TokenError500:
		sc.between = append(sc.between, sc.ForgetTokens)
	case NoPrincipal:
		sc.Address = sc.Book.URL()
	case SeveralHomeSets:
		sc.AddHome(pim.Calendar, "/dav/calendars/team/")
		sc.AddHome(pim.Contacts, "/dav/addressbooks/team/")
		sc.AddCollection(pim.Calendar, "/dav/calendars/team/shared", "Shared").Fill(5, 19, gen.Event)
		sc.AddCollection(pim.Contacts, "/dav/addressbooks/team/all", "All of us").Fill(5, 20, gen.Card)
	case Subscriptions:
		c := sc.AddCollection(pim.Calendar, "holidays", "Holidays elsewhere")
		sc.mu.Lock()
		c.special, c.source, c.components = "subscribed", "https://example.org/holidays.ics", nil
		sc.mu.Unlock()
	}
}

// Between is what happens on the server between two runs: one object is
// added, one changed and one removed in every collection, and what the quirk
// does then. Every call changes other objects.
func (sc *Scene) Between() {
	sc.rounds++
	for _, c := range []*Collection{sc.Book, sc.Work, sc.Tasks} {
		make := map[*Collection]gen.Maker{sc.Book: gen.Card, sc.Work: gen.Event, sc.Tasks: gen.Task}[c]
		names := slices.DeleteFunc(c.Names(), func(n string) bool {
			return strings.HasPrefix(n, "ghost") || strings.HasPrefix(n, Oddly)
		})
		c.Put(fmt.Sprintf("new-%d%s", sc.rounds, c.ext()), make(nil, 30, sc.rounds))
		c.Put(names[1], make(nil, 31, sc.rounds))
		c.Delete(names[0])
	}
	for _, f := range sc.between {
		f()
	}
}

// Want is what a mirror should hold in the end, by compare key of the href.
func (sc *Scene) Want() map[string][]byte {
	if sc.Info.OneCollection {
		return sc.Book.Objects()
	}
	return sc.Objects()
}

// oddCards and oddEvents are objects as servers in the field hold them.
var oddCards = []string{
	"BEGIN:VCARD\nVERSION:3.0\nUID:odd-lf\nFN:Only LF\nEND:VCARD\n",
	"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:odd-end\r\nFN:No newline at the end\r\nEND:VCARD",
	"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:odd-cr\r\nFN:A bare \r inside\r\r\nNOTE:mixed\nEND:VCARD\r\n\r\n",
	"BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=\r\n=BCrgen\r\nEND:VCARD\r\n",
	"This is no card at all, & <never> was.",
}

var oddEvents = []string{
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:odd-stamps\r\nDTSTAMP:20260101T000000Z\r\nDTSTAMP:20260102T000000Z\r\nDTSTART:20260301T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:odd-length\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nDTEND:20260301T110000Z\r\nDURATION:PT2H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
	"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTODO\r\nUID:odd-done\r\nDTSTAMP:20260101T000000Z\r\nCOMPLETED:20260301\r\nEND:VTODO\r\nEND:VCALENDAR\r\n",
}
