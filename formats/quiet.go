package formats

import (
	"slices"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/sync/pim"
)

// Quiet gives a calendar object with which a server sends no invitations, and
// the names of the properties altered for it: SCHEDULE-AGENT=CLIENT on ORGANIZER
// and ATTENDEE (RFC 6638 section 7.1) wherever the server would be the agent. All
// else keeps its bytes. Other objects are given as they are.
func Quiet(body []byte) (quiet []byte, lines []string) {
	root := contentline.Parse(body)
	for c := range scheduled(root) {
		for _, l := range slices.Collect(c.Lines()) { // Replace changes what is walked
			if !l.HasColon() || !l.Is("ORGANIZER") && !l.Is("ATTENDEE") || !serverIsAgent(l) {
				continue
			}
			c.Replace(l, l.WithParam("SCHEDULE-AGENT", "CLIENT"))
			if name := l.Key(); !slices.Contains(lines, name) {
				lines = append(lines, name)
			}
		}
	}
	if lines == nil {
		return body, nil
	}
	return root.Bytes(), lines
}

// scheduled gives the parts of a calendar object that a server may send out:
// events, tasks and journal entries, but not their alarms.
func scheduled(root *contentline.Component) func(yield func(*contentline.Component) bool) {
	return func(yield func(*contentline.Component) bool) {
		for cal := range root.Components() {
			if cal.Name() != "VCALENDAR" {
				if sendable(cal) && !yield(cal) {
					return
				}
				continue
			}
			for c := range cal.Components() {
				if sendable(c) && !yield(c) {
					return
				}
			}
		}
	}
}

func sendable(c *contentline.Component) bool {
	return c.Name() != "VTIMEZONE" && c.Name() != "VCARD"
}

// serverIsAgent says whether sending is left to the server: so it is without the
// parameter (RFC 6638 section 7.1).
func serverIsAgent(l *contentline.Line) bool {
	agent, _ := l.Param("SCHEDULE-AGENT")
	return !strings.EqualFold(agent, "CLIENT") && !strings.EqualFold(agent, "NONE")
}

// Mailable gives the addresses that a scheduling server could send mail to when
// the object is stored (RFC 6638 section 3.2): the attendees if the account's owner
// invites, the organiser if the owner is invited. own are the owner's addresses;
// where none of them is in the object, or none is known, it is everybody.
// Sorted, each once.
func Mailable(body []byte, own []string) []string {
	var organisers, attendees []string
	for c := range scheduled(contentline.Parse(body)) {
		for l := range c.Lines() {
			if !l.HasColon() || !serverIsAgent(l) {
				continue
			}
			switch {
			case l.Is("ORGANIZER"):
				organisers = appendMail(organisers, l)
			case l.Is("ATTENDEE"):
				attendees = appendMail(attendees, l)
			}
		}
	}
	if len(organisers) == 0 || len(attendees) == 0 {
		return nil // nobody is invited to anything (RFC 6638 section 3.1)
	}
	mine := func(address string) bool {
		return slices.ContainsFunc(own, func(o string) bool { return strings.EqualFold(mailAddress(o), address) })
	}
	var out []string
	switch {
	case slices.ContainsFunc(organisers, mine):
		out = attendees
	case slices.ContainsFunc(attendees, mine):
		out = organisers
	default:
		out = append(organisers, attendees...)
	}
	out = slices.DeleteFunc(out, mine)
	slices.Sort(out)
	return slices.Compact(out)
}

func appendMail(list []string, l *contentline.Line) []string {
	if m := strings.ToLower(strings.TrimSpace(personMail(l))); m != "" {
		list = append(list, m)
	}
	return list
}

// WithUID gives the object with another UID in all its parts: the card, or every
// event, task and journal entry of the calendar object. All else keeps its bytes.
func WithUID(kind pim.Kind, body []byte, uid string) []byte {
	root := contentline.Parse(body)
	value, changed := contentline.EscapeText(uid), false
	set := func(c *contentline.Component) {
		l := c.Get("UID")
		switch {
		case l == nil:
			c.Append(contentline.NewLine("UID", value))
			changed = true
		case l.Value() != value:
			c.Replace(l, l.WithValue(value))
			changed = true
		}
	}
	if kind == pim.Contacts {
		for c := range root.Components("VCARD") {
			set(c)
		}
	} else {
		for c := range scheduled(root) {
			set(c)
		}
	}
	if !changed {
		return body
	}
	return root.Bytes()
}
