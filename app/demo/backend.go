package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-vcard"
	"github.com/emersion/go-webdav/caldav"
	"github.com/emersion/go-webdav/carddav"
)

// bookBackend serves address books from memory.
type bookBackend struct {
	principal
	books   []carddav.AddressBook
	objects map[string][]carddav.AddressObject // by book path
	byPath  map[string]*carddav.AddressObject
}

func (b *bookBackend) AddressBookHomeSetPath(context.Context) (string, error) { return booksPath, nil }

func (b *bookBackend) ListAddressBooks(context.Context) ([]carddav.AddressBook, error) {
	return b.books, nil
}

func (b *bookBackend) GetAddressBook(_ context.Context, p string) (*carddav.AddressBook, error) {
	for i := range b.books {
		if sameFolder(b.books[i].Path, p) {
			return &b.books[i], nil
		}
	}
	return nil, missing(p)
}

func (b *bookBackend) GetAddressObject(_ context.Context, p string, _ *carddav.AddressDataRequest) (*carddav.AddressObject, error) {
	if o, ok := b.byPath[p]; ok {
		return o, nil
	}
	return nil, missing(p)
}

func (b *bookBackend) ListAddressObjects(_ context.Context, p string, _ *carddav.AddressDataRequest) ([]carddav.AddressObject, error) {
	return b.objects[folder(p)], nil
}

func (b *bookBackend) QueryAddressObjects(_ context.Context, p string, q *carddav.AddressBookQuery) ([]carddav.AddressObject, error) {
	return carddav.Filter(q, b.objects[folder(p)])
}

func (b *bookBackend) CreateAddressBook(context.Context, *carddav.AddressBook) error {
	return refused()
}
func (b *bookBackend) DeleteAddressBook(context.Context, string) error   { return refused() }
func (b *bookBackend) DeleteAddressObject(context.Context, string) error { return refused() }
func (b *bookBackend) PutAddressObject(context.Context, string, vcard.Card, *carddav.PutAddressObjectOptions) (*carddav.AddressObject, error) {
	return nil, refused()
}

// add puts a card into a book; its ETag is what its bytes hash to.
func (b *bookBackend) add(book string, o Options, uid string, card vcard.Card) error {
	var buf bytes.Buffer
	if err := vcard.NewEncoder(&buf).Encode(card); err != nil {
		return err
	}
	obj := carddav.AddressObject{
		Path: book + uid + ".vcf", ModTime: day(o.Now), ContentLength: int64(buf.Len()), ETag: etag(buf.Bytes()), Card: card,
	}
	b.objects[book] = append(b.objects[book], obj)
	b.byPath[obj.Path] = &obj
	return nil
}

// calendarBackend serves calendars from memory.
type calendarBackend struct {
	principal
	calendars []caldav.Calendar
	objects   map[string][]caldav.CalendarObject // by calendar path
	byPath    map[string]*caldav.CalendarObject
}

func (c *calendarBackend) CalendarHomeSetPath(context.Context) (string, error) {
	return calendarsPath, nil
}

func (c *calendarBackend) ListCalendars(context.Context) ([]caldav.Calendar, error) {
	return c.calendars, nil
}

func (c *calendarBackend) GetCalendar(_ context.Context, p string) (*caldav.Calendar, error) {
	for i := range c.calendars {
		if sameFolder(c.calendars[i].Path, p) {
			return &c.calendars[i], nil
		}
	}
	return nil, missing(p)
}

func (c *calendarBackend) GetCalendarObject(_ context.Context, p string, _ *caldav.CalendarCompRequest) (*caldav.CalendarObject, error) {
	if o, ok := c.byPath[p]; ok {
		return o, nil
	}
	return nil, missing(p)
}

func (c *calendarBackend) ListCalendarObjects(_ context.Context, p string, _ *caldav.CalendarCompRequest) ([]caldav.CalendarObject, error) {
	return c.objects[folder(p)], nil
}

func (c *calendarBackend) QueryCalendarObjects(_ context.Context, p string, q *caldav.CalendarQuery) ([]caldav.CalendarObject, error) {
	return caldav.Filter(q, c.objects[folder(p)])
}

func (c *calendarBackend) CreateCalendar(context.Context, *caldav.Calendar) error { return refused() }
func (c *calendarBackend) DeleteCalendarObject(context.Context, string) error     { return refused() }
func (c *calendarBackend) PutCalendarObject(context.Context, string, *ical.Calendar, *caldav.PutCalendarObjectOptions) (*caldav.CalendarObject, error) {
	return nil, refused()
}

func (c *calendarBackend) add(cal string, o Options, uid string, data *ical.Calendar) error {
	var buf bytes.Buffer
	if err := ical.NewEncoder(&buf).Encode(data); err != nil {
		return err
	}
	obj := caldav.CalendarObject{
		Path: cal + uid + ".ics", ModTime: day(o.Now), ContentLength: int64(buf.Len()), ETag: etag(buf.Bytes()), Data: data,
	}
	c.objects[cal] = append(c.objects[cal], obj)
	c.byPath[obj.Path] = &obj
	return nil
}

func etag(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:12])
}

func folder(p string) string { return path.Clean(p) + "/" }

func sameFolder(a, b string) bool {
	return strings.TrimSuffix(a, "/") == strings.TrimSuffix(b, "/")
}
