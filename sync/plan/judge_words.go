package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"sidekeep/sync/pim"
)

// Every sentence of an incident is here. They are read by people who have just
// been told that something is wrong: what happened first, then that it is safe.

// wording is what a judgement found that its sentence needs.
type wording struct {
	classes  []string // words of field classes
	most     int      // objects that lost one of them
	troubles int
	slow     int
	peak     int
	since    time.Time
}

func (w *wording) lost(class string, n int) {
	w.classes = append(w.classes, fieldWords[class])
	w.most = max(w.most, n)
}

// fieldOrder is the order in which losses are named.
var fieldOrder = []string{pim.FieldPhoto, pim.FieldPhone, pim.FieldEmail, pim.FieldAddress, pim.FieldNote,
	pim.FieldDescription, pim.FieldAttendees, pim.FieldAlarm, pim.FieldRecurrence}

var fieldWords = map[string]string{
	pim.FieldPhoto: "photos", pim.FieldPhone: "telephone numbers", pim.FieldEmail: "e-mail addresses",
	pim.FieldAddress: "addresses", pim.FieldNote: "notes", pim.FieldDescription: "descriptions",
	pim.FieldAttendees: "attendees", pim.FieldAlarm: "alarms", pim.FieldRecurrence: "repetitions",
}

const (
	nothingRemoved = " Nothing was removed here."
	stateKept      = " What they held before is kept here and can be put back."
)

func (j *judge) message(v pim.Verdict) string {
	switch v {
	case pim.CollectionGone:
		return fmt.Sprintf("Your server no longer has %s. Your copy of its %s is kept here.", j.place(), things(j.Kind, j.lost))
	case pim.AccountEmptied:
		return EmptiedMessage(1, j.lost, j.Kind)
	case pim.HomeChanged:
		return fmt.Sprintf("Your account is at another place on the server now, and %s is not there. Your copy of its %s is kept here.",
			j.place(), things(j.Kind, j.lost))
	case pim.WrongAccount:
		if j.Missing == pim.WrongAccount {
			return stranger(j.Was, j.Is) + fmt.Sprintf(" Your copy of the %s of %s is kept here.", things(j.Kind, j.lost), j.place())
		}
		return fmt.Sprintf("Your server shows something else in place of %s: %s is in it.", j.place(), j.none()) + nothingRemoved
	case pim.EverythingGone:
		if !j.word.since.IsZero() && j.lost < HoldAll {
			_, peak, _, _ := j.window(slowly[0].span)
			return fmt.Sprintf("Your server has lost all of your %s, little by little. What was there last is kept here.", things(j.Kind, peak))
		}
		if j.Live == 1 {
			return fmt.Sprintf("Your server no longer lists your only %s.", strings.TrimPrefix(things(j.Kind, 1), "1 ")) + nothingRemoved
		}
		return fmt.Sprintf("Your server no longer lists any of your %s.", things(j.Kind, j.Live)) + nothingRemoved
	case pim.LargeDeletion:
		return j.lists()
	case pim.SlowLoss:
		if j.word.troubles > 0 {
			return fmt.Sprintf("After it had failed %s, your server no longer lists %s of your %s.", times(j.word.troubles), number(j.lost), things(j.Kind, j.Live)) + nothingRemoved
		}
		return fmt.Sprintf("Your server loses %s little by little: %s of %s since %s. The last of them are kept here, and those before can be put back from the history.",
			plural(j.Kind), number(j.word.slow), number(j.word.peak), day(j.word.since, j.Now))
	case pim.RolledBack:
		return j.backInTime()
	case pim.Emptied:
		return j.emptiedMessage()
	case pim.MassRewrite:
		s := fmt.Sprintf("%s of your %s were changed on the server at once", number(j.changed), things(j.Kind, j.Live))
		if j.Produced*10 >= j.changed*9 {
			s += ", all by the same program"
		}
		return s + "." + stateKept
	}
	return ""
}

// more tells of another loss where one was told of before.
func (j *judge) more() string {
	return fmt.Sprintf("Your server has lost more: another %s of your %s are missing now, and %s in all.", number(j.fresh), things(j.Kind, j.Live), number(j.lost)) + nothingRemoved
}

func (j *judge) lists() string {
	return fmt.Sprintf("Your server no longer lists %s of your %s.", number(j.lost), things(j.Kind, j.Live)) + nothingRemoved
}

func (j *judge) backInTime() string {
	s := "Your server has gone back to an older state"
	if !j.RevertedTo.IsZero() {
		s += ", of before " + day(j.RevertedTo, j.Now)
	}
	var parts []string
	if j.Reverted > 0 {
		parts = append(parts, fmt.Sprintf("%s %s as %s long ago", things(j.Kind, j.Reverted), are(j.Reverted), they(j.Reverted)))
	}
	if j.lost > 0 {
		parts = append(parts, fmt.Sprintf("%s %s missing there", things(j.Kind, j.lost), are(j.lost)))
	}
	return s + ": " + strings.Join(parts, ", and ") + ". What you had is kept here and can be put back."
}

func (j *judge) emptiedMessage() string {
	classes := join(j.word.classes)
	switch {
	case len(j.word.classes) == 0 || j.Hollow*2 >= j.changed && j.Hollow >= j.word.most/2:
		s := fmt.Sprintf("%s of your %s were emptied on the server: they are there, but what was in them is not", number(max(j.Hollow, j.word.most)), things(j.Kind, j.Live))
		if classes != "" {
			s += " (" + classes + ")"
		}
		return s + "." + stateKept
	case !j.word.since.IsZero():
		return fmt.Sprintf("%s of your %s have lost their %s on the server since %s.", number(j.word.most), things(j.Kind, j.Live), classes, day(j.word.since, j.Now)) + stateKept
	}
	return fmt.Sprintf("%s of your %s have lost their %s on the server.", number(j.word.most), things(j.Kind, j.Live), classes) + stateKept
}

// EmptiedMessage says that an account has lost everything. kind is "" where its
// collections are of both.
func EmptiedMessage(collections, objects int, kind pim.Kind) string {
	what := things(kind, objects)
	if collections > 1 {
		return fmt.Sprintf("Your account on the server is empty: all %s of its address books and calendars, with %s, are gone from it.", number(collections), what) + nothingRemoved
	}
	return fmt.Sprintf("Your account on the server is empty: %s gone from it.", what+" "+are(objects)) + nothingRemoved
}

// LacksMessage says how much of what an account had is missing on its server still.
func LacksMessage(missing, had int) string {
	return fmt.Sprintf("Your server still lacks %s of the %s that your account had.", number(missing), things("", had)) + nothingRemoved
}

// MoreMessage says that an account of which something was missing lacks more.
func MoreMessage(missing, had int) string {
	return fmt.Sprintf("Your server has lost more: it lacks %s of the %s that your account had.", number(missing), things("", had)) + nothingRemoved
}

// MovedMessage says that an account's home-sets are others than before.
func MovedMessage(collections, objects int) string {
	return fmt.Sprintf("Your account is at another place on the server now, and %s that you had are not there. Your copy of their %s is kept here.",
		count(collections, "address book or calendar", "address books and calendars"), things("", objects))
}

// OthersMessage says that what the login shows is another account's.
func OthersMessage(objects int) string {
	return fmt.Sprintf("Your login shows another account now: none of your %s is in it.", things("", objects)) + nothingRemoved
}

func (j *judge) place() string {
	what := "calendar"
	if j.Kind == pim.Contacts {
		what = "address book"
	}
	if j.Title == "" {
		return "this " + what
	}
	return "the " + what + " “" + j.Title + "”"
}

func (j *judge) none() string {
	if j.Common > 0 {
		return "next to none of your " + things(j.Kind, j.Live)
	}
	return "none of your " + things(j.Kind, j.Live)
}

// things counts contacts, calendar entries, or both.
func things(kind pim.Kind, n int) string {
	switch kind {
	case pim.Contacts:
		return count(n, "contact", "contacts")
	case pim.Calendar:
		return count(n, "calendar entry", "calendar entries")
	}
	return count(n, "item", "items")
}

func plural(kind pim.Kind) string { return strings.TrimPrefix(things(kind, 2), "2 ") }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(n) + " " + many
}

func are(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func they(n int) string {
	if n == 1 {
		return "it was"
	}
	return "they were"
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return number(n) + " times"
}

func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// day says which, with the year where it is another.
func day(t, now time.Time) string {
	t = t.In(now.Location())
	if t.Year() != now.Year() {
		return t.Format("2 January 2006")
	}
	return t.Format("2 January")
}

func join(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
