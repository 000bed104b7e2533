package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/emersion/go-vcard"
	"github.com/emersion/go-webdav/carddav"
	"golang.org/x/text/unicode/norm"
)

// day is midnight UTC of the demo's today: what does not depend on the hour
// stays the same all day.
func day(now time.Time) time.Time {
	y, m, d := now.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

func makeBooks(o Options) (*bookBackend, error) {
	b := &bookBackend{objects: map[string][]carddav.AddressObject{}, byPath: map[string]*carddav.AddressObject{}}
	personal := booksPath + "personal/"
	work := booksPath + "work/"
	types := []carddav.AddressDataType{{ContentType: vcard.MIMEType, Version: "3.0"}}
	b.books = []carddav.AddressBook{
		{Path: personal, Name: "Personal", Description: "People made up by a seed", SupportedAddressData: types},
		{Path: work, Name: "Work", Description: "Colleagues who do not exist", SupportedAddressData: types},
	}
	r := rand.New(rand.NewPCG(o.Seed, 1))
	for i := range o.Contacts {
		book := personal
		if i%3 == 2 {
			book = work
		}
		uid := fmt.Sprintf("person-%04d", i+1)
		if err := b.add(book, o, uid, person(r, uid, o)); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// person makes one card. It is vCard 3.0 (RFC 2426), and only what survives
// go-vcard's encoder, which puts a backslash before every comma.
func person(r *rand.Rand, uid string, o Options) vcard.Card {
	s := pickScript(r)
	given, family := pick(r, s.given), pick(r, s.family)
	full := given + " " + family
	switch {
	case s.joined:
		full = family + given
	case s.familyFirst:
		full = family + " " + given
	}
	c := vcard.Card{}
	c.SetValue("VERSION", "3.0")
	c.SetValue("UID", uid+"@demo.example.org")
	c.SetValue("PRODID", "-//Sidekeep//Demo//EN")
	c.SetValue("FN", full)
	c.SetValue("N", family+";"+given+";;;")
	c.SetValue("REV", day(o.Now).Format("20060102T150405Z"))
	if r.IntN(6) == 0 {
		c.SetValue("NICKNAME", string([]rune(given)[:min(3, len([]rune(given)))]))
	}
	addMails(r, c, uid, given, family, s.latin)
	addPhones(r, c)
	if r.IntN(3) == 0 {
		c.SetValue("ORG", strings.TrimSuffix(pick(r, organisations)+";"+pick(r, units), ";"))
		if t := pick(r, titles); t != "" {
			c.SetValue("TITLE", t)
		}
	}
	if r.IntN(2) == 0 {
		p := s.cities[r.IntN(len(s.cities))]
		c.Add("ADR", &vcard.Field{Value: fmt.Sprintf(";;%d %s;%s;;%s;%s", 1+r.IntN(120), pick(r, streets), p.city, p.code, p.country),
			Params: vcard.Params{"TYPE": {"home"}}})
	}
	if r.IntN(3) == 0 {
		born := day(o.Now).AddDate(-18-r.IntN(60), 0, -r.IntN(365))
		c.SetValue("BDAY", born.Format("2006-01-02"))
	}
	for range r.IntN(3) {
		c.AddValue("CATEGORIES", pick(r, labels))
	}
	if r.IntN(4) == 0 {
		c.SetValue("NOTE", pick(r, notes))
	}
	if r.IntN(8) == 0 {
		c.SetValue("URL", "https://people.example.org/"+uid)
	}
	if r.IntN(5) < 2 {
		c.Add("PHOTO", &vcard.Field{Value: photo(r), Params: vcard.Params{"ENCODING": {"b"}, "TYPE": {"JPEG"}}})
	}
	return c
}

func addMails(r *rand.Rand, c vcard.Card, uid, given, family string, latin bool) {
	local := uid
	if latin {
		local = ascii(given) + "." + ascii(family)
	}
	domains := []string{"example.org", "example.com", "example.net"}
	for i := range r.IntN(3) {
		kind := "HOME"
		if i > 0 {
			kind = "WORK"
		}
		c.Add("EMAIL", &vcard.Field{Value: local + "@" + domains[r.IntN(len(domains))], Params: vcard.Params{"TYPE": {"INTERNET", kind}}})
	}
}

// addPhones uses only numbers set aside for fiction: 555-0100 to 0199 in North
// America, 020 7946 0xxx in London, 030 23125 xxx in Berlin.
func addPhones(r *rand.Rand, c vcard.Card) {
	kinds := []string{"CELL", "HOME", "WORK"}
	for i := range 1 + r.IntN(3) {
		var n string
		switch r.IntN(3) {
		case 0:
			n = fmt.Sprintf("+1 212 555-01%02d", r.IntN(100))
		case 1:
			n = fmt.Sprintf("+44 20 7946 0%03d", r.IntN(1000))
		default:
			n = fmt.Sprintf("+49 30 23125 %03d", r.IntN(1000))
		}
		f := &vcard.Field{Value: n, Params: vcard.Params{"TYPE": {kinds[i]}}}
		if r.IntN(15) == 0 {
			f.Group = fmt.Sprintf("item%d", i+1)
			c.Add("X-ABLABEL", &vcard.Field{Value: pick(r, phoneLabels), Group: f.Group})
		}
		c.Add("TEL", f)
	}
}

func pickScript(r *rand.Rand) script {
	total := 0
	for _, s := range scripts {
		total += s.weight
	}
	n := r.IntN(total)
	for _, s := range scripts {
		if n -= s.weight; n < 0 {
			return s
		}
	}
	return scripts[0]
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// ascii writes a name in plain letters, for an e-mail address: accents go, and
// so do letters that have no plain one.
func ascii(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' {
			return c
		}
		return -1
	}, strings.ToLower(norm.NFD.String(s)))
}
