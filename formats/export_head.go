package formats

import (
	"io"
	"strings"

	"sidekeep/formats/contentline"
)

// addProps gathers the properties of an object's VCALENDAR. VERSION and the
// usual CALSCALE say nothing; METHOD would make the file a message to somebody.
func (c *icsWriter) addProps(cal *contentline.Component) {
	for l := range cal.Lines() {
		if l.Blank() || l.Is("VERSION") || (l.Is("CALSCALE") && strings.EqualFold(strings.TrimSpace(l.Value()), "GREGORIAN")) {
			c.usual.learn(l, nil, "")
			continue
		}
		if l.Is("METHOD") {
			const note = "%d with METHOD, which was left out: a file with it is a message, not a calendar"
			c.usual.learn(l, nil, note)
			c.list.add(note)
			continue
		}
		text := lineText(l)
		p := c.props[text]
		if p == nil {
			if len(c.order) >= maxCalProps || c.size+len(text) > maxCalPropBytes {
				c.list.add("%d properties of calendars around objects were left out, because there are too many different ones")
				continue
			}
			p = &calProp{name: l.Key(), text: strings.Clone(text)}
			c.props[p.text] = p
			c.order = append(c.order, p)
			c.size += len(text)
		}
		c.usual.learn(l, p, "")
		p.objects++
	}
}

// finish writes the calendar.
func (c *icsWriter) finish() (int, error) {
	if err := c.head(); err != nil {
		return 0, err
	}
	if err := c.zones.copyTo(c.w); err != nil {
		return 0, err
	}
	if err := c.body.copyTo(c.w); err != nil {
		return 0, err
	}
	_, err := io.WriteString(c.w, "END:VCALENDAR\r\n")
	return c.n, err
}

// head writes what stands before the components. A property that all objects
// have, and that we do not set, stands as it is; one that only some have would
// now speak for all, so it stands under a name that says what it is.
func (c *icsWriter) head() error {
	own := map[string]bool{"PRODID": true, "X-WR-CALNAME": true, "X-WR-CALDESC": true, "X-APPLE-CALENDAR-COLOR": true}
	prodid := "-//Sidekeep//Sidekeep"
	if v := clean(c.version); v != "" {
		prodid += " " + v
	}
	out := contentline.Fold(nil, "BEGIN:VCALENDAR")
	line := func(name, value string) {
		if value != "" {
			out = contentline.Fold(out, name+":"+value)
		}
	}
	line("VERSION", "2.0")
	line("PRODID", prodid+"//EN")
	line("X-WR-CALNAME", contentline.EscapeText(clean(c.s.Collection)))
	line("X-WR-CALDESC", contentline.EscapeText(clean(c.s.Description)))
	line("X-APPLE-CALENDAR-COLOR", contentline.EscapeText(clean(c.s.Color)))
	count := map[string]int{}
	for _, p := range c.order {
		count[p.name]++
	}
	for _, p := range c.order {
		if count[p.name] == 1 && p.objects == c.total && !own[p.name] {
			out = contentline.Fold(out, p.text)
			continue
		}
		text := p.text
		if i := strings.IndexAny(text, ".;:"); i >= 0 && text[i] == '.' {
			text = text[i+1:] // a group has no meaning in iCalendar
		}
		out = contentline.Fold(out, "X-SIDEKEEP-"+text)
		if p.name != "PRODID" {
			c.list.add("%d calendar properties that not all objects share, kept with X-SIDEKEEP- before their names")
		}
	}
	_, err := c.w.Write(out)
	return err
}

// clean takes out what can't stand in a value: control characters but line ends
// and tabs, and bytes that are no UTF-8.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\r' && r != '\t') || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
