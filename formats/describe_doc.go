// Package formats is everything between bytes and meaning: what a card or a
// calendar object says (Describe, Fields, Photo), and what is written out of the
// vault (WriteExport).
//
// The bytes that a server sent are the truth. Reading them for meaning never
// changes them, never fails and never panics: what can't be understood is kept
// and named. Three views are given. Describe is short, for lists, search and
// comparison. Fields is complete, every property in words, for a person to look
// at. Photo is a card's picture.
//
// Beneath lie contentline, which cuts bytes into lines and components without
// losing one of them; vcard, which decodes values; and ical, which knows time
// zones and recurrence.
package formats
