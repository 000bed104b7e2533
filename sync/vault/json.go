package vault

import (
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"sidekeep/sync/pim"
)

// maxProducer bounds a producer: it is only compared, and stands with every object.
const maxProducer = 80

// jsonText words summaries as [detail] reads them. It is written out because
// every object that is stored goes through it: by reflection it took a tenth of
// a first mirroring.
type jsonText struct{ b []byte }

// of gives a summary without what is only searched. Empty fields are left out.
func (j *jsonText) of(s *pim.Summary) string {
	j.b = append(j.b[:0], '{')
	j.text("T", clip(s.Title, maxTitle))
	j.text("c", s.Component)
	j.text("u", clip(s.UID, maxTitle))
	j.text("f", s.Format)
	j.list("n", s.Names)
	j.list("e", s.Emails)
	j.list("t", s.Phones)
	j.list("o", s.Orgs)
	j.when("s", s.Start)
	j.when("z", s.End)
	j.when("d", s.Due)
	j.text("r", clip(s.RRule, maxItem))
	j.flag("R", s.Recurs)
	j.text("S", clip(s.Status, maxItem))
	j.flag("C", s.Completed)
	if s.Percent >= 0 {
		j.number("p", int64(s.Percent))
	}
	if s.Priority != 0 {
		j.number("P", int64(s.Priority))
	}
	j.text("l", clip(s.Location, maxItem))
	j.flag("h", s.HasPhoto)
	j.text("w", clip(s.Producer, maxProducer))
	j.counts("x", s.Fields)
	j.list("y", s.Problems)
	j.b = append(j.b, '}')
	return string(j.b)
}

// name begins a member of the object that is open.
func (j *jsonText) name(name string) {
	if j.b[len(j.b)-1] != '{' {
		j.b = append(j.b, ',')
	}
	j.quote(name)
	j.b = append(j.b, ':')
}

func (j *jsonText) text(name, s string) {
	if s != "" {
		j.name(name)
		j.quote(s)
	}
}

func (j *jsonText) flag(name string, set bool) {
	if set {
		j.name(name)
		j.b = append(j.b, "true"...)
	}
}

func (j *jsonText) number(name string, n int64) {
	j.name(name)
	j.b = strconv.AppendInt(j.b, n, 10)
}

func (j *jsonText) list(name string, list []string) {
	if len(list) == 0 {
		return
	}
	j.name(name)
	for i, s := range list[:min(len(list), maxList)] {
		j.b = append(j.b, "[,"[min(i, 1)])
		j.quote(clip(s, maxItem))
	}
	j.b = append(j.b, ']')
}

func (j *jsonText) when(name string, w *pim.When) {
	if w == nil {
		return
	}
	j.name(name)
	j.b = append(j.b, '{')
	j.number("t", w.At.Unix())
	j.text("z", w.TZID)
	j.flag("d", w.DateOnly)
	j.flag("f", w.Floating)
	j.b = append(j.b, '}')
}

// counts writes numbers by name, sorted, so that equal summaries are equal text.
func (j *jsonText) counts(name string, counts map[string]int) {
	if len(counts) == 0 {
		return
	}
	j.name(name)
	j.b = append(j.b, '{')
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		j.number(key, int64(counts[key]))
	}
	j.b = append(j.b, '}')
}

// quote appends a JSON string (RFC 8259 section 7). What is not UTF-8 becomes
// U+FFFD.
func (j *jsonText) quote(s string) {
	const hex = "0123456789abcdef"
	j.b = append(j.b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				j.b = append(append(j.b, s[start:i]...), "\ufffd"...)
				start = i + 1
			}
			i += n
			continue
		case c == '"' || c == '\\':
			j.b = append(append(j.b, s[start:i]...), '\\', c)
			start = i + 1
		case c < ' ':
			j.b = append(append(j.b, s[start:i]...), '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			start = i + 1
		}
		i++
	}
	j.b = append(append(j.b, s[start:]...), '"')
}
