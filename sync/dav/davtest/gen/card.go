package gen

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// photoPercent is how many of a hundred cards have a photo, where asked for.
const photoPercent = 30

// photoSize is the size of a photo before base64.
const photoSize = 12 << 10

// Card makes a vCard of about 700 bytes without a photo, 3.0 or 4.0.
func Card(dst []byte, seed uint64, i int) []byte { return card(dst, seed, i, 0, nil) }

// CardWithPhoto is Card, and 30 in a hundred have a 12 KB JPEG-like photo:
// right in its first and last bytes, noise between.
func CardWithPhoto(dst []byte, seed uint64, i int) []byte { return card(dst, seed, i, 0, jpegLike) }

// Card2K makes a vCard of about 2 KB: a card with a long note.
func Card2K(dst []byte, seed uint64, i int) []byte { return card(dst, seed, i, 2048, nil) }

// CardsWith gives a Maker of cards of which 30 in a hundred have the photo
// that photo gives (JPEG bytes), made from seed and index; for programs that
// draw one a person can look at.
func CardsWith(photo func(seed uint64, i int) []byte) Maker {
	return func(dst []byte, seed uint64, i int) []byte { return card(dst, seed, i, 0, photo) }
}

// HasPhoto says whether card i of a series with photos has one.
func HasPhoto(seed uint64, i int) bool { return newRNG(seed, i, 7).chance(photoPercent) }

// Person is who a card is about.
type Person struct {
	Given, Family, Full string
	UID                 string
	Email               string
	City, Country       string
}

// PersonOf gives the person of card i, so that events can invite them.
func PersonOf(seed uint64, i int) Person {
	r := newRNG(seed, i, 1)
	// Half of a real address book is of one script.
	c := &cultures[0]
	if r.chance(55) {
		c = &cultures[r.n(len(cultures))]
	}
	p := Person{Given: pick(r, c.given), Family: pick(r, c.family), City: pick(r, c.cities), Country: c.country}
	p.Full = p.Given + " " + p.Family
	if c.familyFirst {
		p.Full = p.Family + " " + p.Given
		if len(p.Family) == 3*len([]rune(p.Family)) { // ideographs are written without a space
			p.Full = p.Family + p.Given
		}
	}
	p.UID = uid(seed, i, 'c')
	p.Email = "person" + strconv.Itoa(i) + "@" + pick(r, []string{"example.org", "example.com", "mail.example.net"})
	return p
}

// uid makes a UUID-shaped identifier.
func uid(seed uint64, i int, kind byte) string {
	r := newRNG(seed, i, uint64(kind))
	a, b := r.next(), r.next()
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(a), uint16(a>>32), uint16(a>>48)&0xfff, uint16(b)&0xfff, b>>16)
}

func card(dst []byte, seed uint64, i, size int, photo func(uint64, int) []byte) []byte {
	p := PersonOf(seed, i)
	r := newRNG(seed, i, 2)
	w := writer{b: dst}
	start := len(dst)
	v4 := r.chance(35)
	w.line("BEGIN:VCARD")
	if v4 {
		w.line("VERSION:4.0")
	} else {
		w.line("VERSION:3.0")
	}
	w.line("PRODID:-//Sidekeep//Generator//EN")
	w.line("UID:" + p.UID)
	w.line("FN:" + text(p.Full))
	w.line("N:" + text(p.Family) + ";" + text(p.Given) + ";;" + pick(r, []string{"", "", "", "Dr.", "Prof."}) + ";")
	contactLines(&w, r, p, v4)
	w.line("REV:2026" + fmt.Sprintf("%02d%02dT%02d%02d00Z", 1+r.n(10), 1+r.n(28), r.n(24), r.n(60)))
	if size > 0 {
		w.long("NOTE", r, size-(len(w.b)-start)-len("END:VCARD\r\n"))
	} else if r.chance(40) {
		w.line("NOTE:" + text(pick(r, sentences)) + "\\n" + text(pick(r, sentences)))
	}
	if photo != nil && HasPhoto(seed, i) {
		data := base64.StdEncoding.EncodeToString(photo(seed, i))
		if v4 {
			w.line("PHOTO:data:image/jpeg;base64," + data)
		} else {
			w.line("PHOTO;ENCODING=b;TYPE=JPEG:" + data)
		}
	}
	w.line("END:VCARD")
	return w.b
}

func contactLines(w *writer, r *rng, p Person, v4 bool) {
	w.line("EMAIL;TYPE=INTERNET,HOME:" + p.Email)
	if r.chance(40) {
		w.line("item1.EMAIL;TYPE=INTERNET:work." + p.Email)
		w.line("item1.X-ABLabel:_$!<Other>!$_")
	}
	phone := cultures[0].phone
	for _, c := range cultures {
		if c.country == p.Country {
			phone = c.phone
		}
	}
	number := fmt.Sprintf("%s%03d", phone, r.n(1000))
	if v4 {
		w.line(`TEL;VALUE=uri;TYPE="cell,voice":tel:` + strings.ReplaceAll(number, " ", "-"))
	} else {
		w.line("TEL;TYPE=CELL,VOICE:" + number)
	}
	if r.chance(50) {
		w.line(fmt.Sprintf("TEL;TYPE=WORK:%s%03d", phone, r.n(1000)))
	}
	if r.chance(60) {
		w.line("ORG:" + text(pick(r, organisations)) + pick(r, []string{"", ";Second Department", ";Verwaltung;Haus B"}))
		w.line("TITLE:" + text(pick(r, titles)))
	}
	if r.chance(50) {
		w.line(fmt.Sprintf("ADR;TYPE=HOME:;;%d %s;%s;;%05d;%s", 1+r.n(200), pick(r, []string{"High Street", "Mill Lane", "Gartenweg", "Rue du Four"}), text(p.City), r.n(100000), text(p.Country)))
	}
	if r.chance(45) {
		if r.chance(20) && v4 {
			w.line(fmt.Sprintf("BDAY:--%02d%02d", 1+r.n(12), 1+r.n(28)))
		} else {
			w.line(fmt.Sprintf("BDAY:%d-%02d-%02d", 1940+r.n(75), 1+r.n(12), 1+r.n(28)))
		}
	}
	if r.chance(30) {
		w.line("CATEGORIES:" + pick(r, categories) + "," + pick(r, categories))
	}
	if r.chance(15) {
		w.line("URL:https://www.example.org/~" + strings.SplitN(p.Email, "@", 2)[0] + "?a=1&b=<2>")
	}
	if r.chance(15) {
		w.line("NICKNAME:" + text(p.Given) + " the " + pick(r, []string{"Great", "Small", "Quiet"}))
	}
}

// jpegLike is a photo's worth of bytes that starts and ends as a JPEG does.
func jpegLike(seed uint64, i int) []byte {
	r := newRNG(seed, i, 3)
	b := make([]byte, photoSize)
	for j := 0; j+8 <= len(b); j += 8 {
		v := r.next()
		for k := range 8 {
			b[j+k] = byte(v >> (8 * k))
		}
	}
	copy(b, "\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	copy(b[len(b)-2:], "\xff\xd9")
	return b
}

// writer folds content lines at 75 octets (RFC 6350 section 3.2, RFC 5545
// section 3.1), never inside a character.
type writer struct{ b []byte }

func (w *writer) line(s string) { w.b = fold(w.b, s) }

func fold[T string | []byte](dst []byte, s T) []byte {
	room := 75
	for len(s) > room {
		cut := room
		for cut > 0 && s[cut]&0xC0 == 0x80 {
			cut--
		}
		dst = append(append(dst, s[:cut]...), "\r\n "...)
		s = s[cut:]
		room = 74
	}
	return append(append(dst, s...), "\r\n"...)
}

// escaped holds the sentences as they stand in a value.
var escaped = func() []string {
	var all []string
	for _, s := range sentences {
		all = append(all, text(s)+"\\n")
	}
	return all
}()

// long writes a property of sentences that takes about size bytes.
func (w *writer) long(name string, r *rng, size int) {
	if size < 100 {
		return
	}
	size -= size/75*3 + len(name) + 3 // what folding adds
	b := append(append(make([]byte, 0, size+100), name...), ':')
	for len(b) < size {
		b = append(b, pick(r, escaped)...)
	}
	w.b = fold(w.b, b)
}

var escaper = strings.NewReplacer(",", `\,`, ";", `\;`)

// text escapes a value's text.
func text(s string) string { return escaper.Replace(s) }
