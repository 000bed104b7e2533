package demo

import "github.com/emersion/go-ical"

// zone is a VTIMEZONE by today's rules (RFC 5545 section 3.6.5).
type zone struct {
	id       string
	standard observance
	daylight *observance // nil: no summer time
}

type observance struct{ name, from, to, start, rule string }

var (
	berlin = zone{"Europe/Berlin",
		observance{"CET", "+0200", "+0100", "19961027T030000", "FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"},
		&observance{"CEST", "+0100", "+0200", "19810329T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"}}
	newYork = zone{"America/New_York",
		observance{"EST", "-0400", "-0500", "20071104T020000", "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"},
		&observance{"EDT", "-0500", "-0400", "20070311T020000", "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"}}
	sydney = zone{"Australia/Sydney",
		observance{"AEST", "+1100", "+1000", "20080406T030000", "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"},
		&observance{"AEDT", "+1000", "+1100", "20081005T020000", "FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"}}
	tokyo   = zone{id: "Asia/Tokyo", standard: observance{"JST", "+0900", "+0900", "19700101T000000", ""}}
	kolkata = zone{id: "Asia/Kolkata", standard: observance{"IST", "+0530", "+0530", "19700101T000000", ""}}
)

func (z zone) component() *ical.Component {
	tz := ical.NewComponent(ical.CompTimezone)
	set(tz, "TZID", z.id)
	tz.Children = append(tz.Children, z.standard.component(ical.CompTimezoneStandard))
	if z.daylight != nil {
		tz.Children = append(tz.Children, z.daylight.component(ical.CompTimezoneDaylight))
	}
	return tz
}

func (o observance) component(name string) *ical.Component {
	c := ical.NewComponent(name)
	set(c, "DTSTART", o.start)
	set(c, "TZOFFSETFROM", o.from)
	set(c, "TZOFFSETTO", o.to)
	set(c, "TZNAME", o.name)
	if o.rule != "" {
		set(c, "RRULE", o.rule)
	}
	return c
}

// set writes a property's value as it is, replacing what was there.
func set(c *ical.Component, name, value string) {
	p := ical.NewProp(name)
	p.Value = value
	c.Props.Set(p)
}
