package formats

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sidekeep/formats/contentline"
	"sidekeep/formats/vcard"
)

// Parameters that say how a value is written, or what servers set.
var unwritten = map[string]bool{
	"VALUE": true, "ENCODING": true, "CHARSET": true, "X-VOBJ-ORIGINAL-TZID": true,
	"SCHEDULE-AGENT": true, "SCHEDULE-STATUS": true, "SCHEDULE-FORCE-SEND": true,
}

// unsaidParams are values that mean the same as no such parameter (RFC 5545 section
// 3.2, RFC 6350 section 5).
var unsaidParams = map[string]string{
	"ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "FALSE", "CUTYPE": "INDIVIDUAL",
	"RELATED": "START", "FBTYPE": "BUSY", "RELTYPE": "PARENT",
}

// binary are properties whose value may be bytes: how these are written tells
// their parameters too.
func binary(name string) bool {
	switch name {
	case "PHOTO", "LOGO", "SOUND", "KEY":
		return true
	}
	return false
}

// canonicalParams writes the parameters that mean something, in order.
func canonicalParams(l *contentline.Line) string {
	if l.RawParams() == "" {
		return ""
	}
	name := l.Key()
	set := map[string][]string{}
	l.EachParam(func(p contentline.Param) bool {
		key := strings.ToUpper(p.Name)
		if p.Bare() {
			key = "TYPE" // vCard 2.1
			if strings.EqualFold(p.Text(), "BASE64") || strings.EqualFold(p.Text(), "QUOTED-PRINTABLE") {
				return true
			}
		}
		if unwritten[key] || binary(name) && (key == "TYPE" || key == "MEDIATYPE") {
			return true
		}
		for _, v := range p.Values() {
			v = strings.TrimSpace(vcard.UTF8(v))
			switch {
			case key == "PREF" && (v == "1" || v == ""):
				set["TYPE"] = append(set["TYPE"], "PREF") // vCard 3.0 has it so
				continue
			case key == "TYPE" && strings.Contains(v, ","): // TYPE="cell,voice" is two (RFC 6350 section 5.6)
				for t := range strings.SplitSeq(strings.ToUpper(v), ",") {
					set[key] = append(set[key], strings.TrimSpace(t))
				}
				continue
			case caseless(key):
				v = strings.ToUpper(v)
			case strings.HasPrefix(strings.ToLower(v), "mailto:"):
				v = "mailto:" + v[len("mailto:"):]
			}
			if v != "" && unsaidParams[key] != v {
				set[key] = append(set[key], v)
			}
		}
		return true
	})
	var b strings.Builder
	for _, key := range sortedKeys(set) {
		values := set[key]
		slices.Sort(values)
		fmt.Fprintf(&b, ";%s=%q", key, slices.Compact(values))
	}
	return b.String()
}

func sortedKeys(m map[string][]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// caseless says whether case means nothing in a parameter's values.
func caseless(key string) bool {
	switch key {
	case "TYPE", "ROLE", "PARTSTAT", "RSVP", "CUTYPE", "RELATED", "FBTYPE", "RELTYPE", "RANGE":
		return true
	}
	return false
}

// canonicalValues gives the values of a property: one by one where they are a list
// whose order means nothing.
func canonicalValues(l *contentline.Line) []string {
	switch l.Key() {
	case "CATEGORIES", "RESOURCES", "EXDATE", "RDATE", "NICKNAME":
		var out []string
		for _, v := range contentline.SplitRaw(vcard.Value(l), ',') {
			out = append(out, strings.TrimSpace(contentline.UnescapeText(v)))
		}
		return out
	}
	return []string{canonicalValue(l.Key(), l)}
}

var dateLike = regexp.MustCompile(`^(--|-)?\d[\d:T.Z+-]*$`)

// canonicalValue writes a value in the one way that its meaning has.
func canonicalValue(name string, l *contentline.Line) string {
	v := vcard.Value(l)
	switch name {
	case "N", "ADR", "ORG", "GENDER", "REQUEST-STATUS", "CLIENTPIDMAP":
		return structured(v)
	case "PHOTO", "LOGO", "SOUND", "KEY":
		return binaryText(v)
	case "ATTACH", "IMAGE":
		if vcard.EncodingOf(l) == vcard.Base64 {
			return binaryText(v)
		}
	case "RRULE", "EXRULE":
		return ruleText(v)
	case "DURATION", "REFRESH-INTERVAL":
		if days, seconds, ok := spanOf(v); ok {
			return fmt.Sprintf("%dd%ds", days, seconds)
		}
	case "TRIGGER": // 24 hours before is a day before, to those who are to be reminded
		if days, seconds, ok := spanOf(v); ok {
			return fmt.Sprintf("%ds", 86400*days+seconds)
		}
	case "BDAY", "ANNIVERSARY", "DEATHDATE", "X-ANNIVERSARY":
		if t := strings.TrimSpace(v); dateLike.MatchString(t) {
			return strings.NewReplacer("-", "", ":", "").Replace(t)
		}
	case "GEO":
		return strings.ReplaceAll(strings.TrimPrefix(strings.TrimSpace(contentline.UnescapeText(v)), "geo:"), ";", ",")
	case "STATUS", "CLASS", "TRANSP", "ACTION", "KIND":
		return strings.ToUpper(strings.TrimSpace(v))
	case "ATTENDEE", "ORGANIZER":
		if len(v) > 7 && strings.EqualFold(v[:7], "mailto:") {
			return "mailto:" + strings.TrimSpace(v[7:])
		}
	}
	v = strings.ReplaceAll(contentline.UnescapeText(v), "\r\n", "\n")
	return strings.TrimSpace(v)
}

// structured keeps apart the semicolons and commas that divide from those that
// are text, and leaves out empty ends.
func structured(v string) string {
	parts := contentline.SplitRaw(v, ';')
	for i, p := range parts {
		values := contentline.SplitRaw(p, ',')
		for j, x := range values {
			values[j] = strconv.Quote(strings.TrimSpace(contentline.UnescapeText(x)))
		}
		if parts[i] = strings.Join(values, ","); parts[i] == `""` {
			parts[i] = ""
		}
	}
	return strings.TrimRight(strings.Join(parts, ";"), ";")
}

// binaryText is base64 without how it is packed: white space, and the head of a
// data URI.
func binaryText(v string) string {
	if strings.HasPrefix(strings.ToLower(v), "data:") {
		if i := strings.Index(v, ";base64,"); i > 0 {
			v = v[i+len(";base64,"):]
		} else if i := strings.Index(v, `\,`); i > 0 {
			v = v[i+2:]
		}
	}
	v = strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' || r == '=' {
			return -1
		}
		return r
	}, v)
	return v
}

// ruleText puts the parts of a rule in order; INTERVAL=1 goes without saying.
func ruleText(v string) string {
	parts := strings.Split(strings.ToUpper(strings.TrimSpace(v)), ";")
	parts = slices.DeleteFunc(parts, func(p string) bool { return p == "" || p == "INTERVAL=1" || p == "WKST=MO" })
	for i, p := range parts {
		if key, list, ok := strings.Cut(p, "="); ok && strings.Contains(list, ",") {
			values := strings.Split(list, ",")
			slices.Sort(values)
			parts[i] = key + "=" + strings.Join(values, ",")
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, ";")
}

var spanPattern = regexp.MustCompile(`^([+-]?)P(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$`)

// spanOf reads a duration (RFC 5545 section 3.3.6): days are not always 24 hours.
func spanOf(v string) (days, seconds int64, ok bool) {
	m := spanPattern.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(v)))
	if m == nil {
		return 0, 0, false
	}
	n := func(i int) int64 {
		k, _ := strconv.ParseInt(m[i], 10, 64) // empty: 0
		return k
	}
	days, seconds = 7*n(2)+n(3), 3600*n(4)+60*n(5)+n(6)
	if m[1] == "-" {
		days, seconds = -days, -seconds
	}
	return days, seconds, true
}
