package vault

import (
	"bytes"
	"encoding/json"

	"sidekeep/sync/pim"
)

// classes of fields, in the order of profile.
var classes = [...]string{pim.FieldPhoto, pim.FieldPhone, pim.FieldEmail, pim.FieldNote, pim.FieldAddress,
	pim.FieldAttendees, pim.FieldAlarm, pim.FieldRecurrence, pim.FieldDescription}

// counted are the first classes, those of a card: of them fewer than before is a
// loss. Of the others, those of a calendar, only none left is: where an occurrence
// of a series is taken back, its attendees and alarms go too.
const counted = 5

// profile is what an object holds, by numbers.
type profile struct {
	of       [len(classes)]int
	total    int // properties that a person filled in
	size     int
	uid      []byte // JSON
	producer []byte // JSON
}

// profileOf reads a stored summary without taking it apart: a judgement may need
// those of a hundred thousand objects, twice. The names that it looks for can't
// stand in a text, where quotation marks are escaped.
func profileOf(summary []byte, size int) (p profile) {
	p.size = size
	p.uid, p.producer = textIn(summary, `"u":"`), textIn(summary, `"w":"`)
	i := bytes.Index(summary, []byte(`"x":{`))
	if i < 0 {
		return p
	}
	s := summary[i+5:]
	for len(s) > 0 && s[0] == '"' {
		end := bytes.IndexByte(s[1:], '"')
		if end < 0 {
			break
		}
		name := s[1 : end+1]
		s = s[end+2:]
		n := 0
		for len(s) > 0 && (s[0] == ':' || s[0] >= '0' && s[0] <= '9') {
			if s[0] != ':' {
				n = n*10 + int(s[0]-'0')
			}
			s = s[1:]
		}
		p.count(name, n)
		if len(s) > 0 && s[0] == ',' {
			s = s[1:]
		}
	}
	return p
}

func textIn(summary []byte, name string) []byte {
	i := bytes.Index(summary, []byte(name))
	if i < 0 {
		return nil
	}
	s := summary[i+len(name):]
	for j := 0; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case '"':
			return s[:j]
		}
	}
	return nil
}

func (p *profile) count(name []byte, n int) {
	class := -1
	switch string(name) {
	case "PHOTO", "LOGO":
		class = 0
	case "TEL", "X-MS-TEL":
		class = 1
	case "EMAIL":
		class = 2
	case "NOTE":
		class = 3
	case "ADR":
		class = 4
	case "ATTENDEE":
		class = 5
	case "VALARM":
		class = 6
	case "RRULE", "RDATE":
		class = 7
	case "DESCRIPTION":
		class = 8
	case "VERSION", "PRODID", "UID", "REV", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "FN", "ACTION", "TRIGGER":
		return
	}
	if class >= 0 {
		p.of[class] += n
	}
	if !bytes.HasPrefix(name, []byte("X-")) {
		p.total += n
	}
}

// losses adds up what objects lost from one state to the next.
type losses struct {
	fields    [len(classes)]pim.FieldLoss
	has       [len(classes)]int // objects that have the class now
	hollow    int
	producers map[string]int
}

// add says whether it is only a shell of what it was.
func (l *losses) add(old, now *profile) (hollow bool) {
	lost := 0
	for i := range old.of {
		if now.of[i] > 0 {
			l.has[i]++
		}
		if old.of[i] == 0 {
			continue
		}
		l.fields[i].Had++
		if now.of[i] == 0 || i < counted && now.of[i] < old.of[i] {
			l.fields[i].Lost++
			if now.of[i] == 0 {
				lost++
			}
		}
	}
	hollow = lost >= 2 || now.total*2 <= old.total && old.total-now.total >= 2 ||
		now.size*4 <= old.size && old.of[0] == 0 // the names are there and nothing stands after them
	if hollow {
		l.hollow++
	}
	if len(now.producer) > 0 && !bytes.Equal(now.producer, old.producer) {
		if l.producers == nil {
			l.producers = map[string]int{}
		}
		l.producers[string(now.producer)]++
	}
	return hollow
}

func (l *losses) into(e *pim.Evidence) {
	e.Fields, e.Hollow = map[string]pim.FieldLoss{}, l.hollow
	for i, f := range l.fields {
		if f.Had > 0 {
			e.Fields[classes[i]] = f
		}
	}
	for p, n := range l.producers {
		if n > e.Produced || n == e.Produced && p < e.Producer {
			e.Producer, e.Produced = p, n
		}
	}
	var plain string
	if json.Unmarshal([]byte(`"`+e.Producer+`"`), &plain) == nil {
		e.Producer = plain
	}
}

// fieldsText and fieldsOf write and read what a run remembers: only classes in
// which something was lost, so that most runs remember nothing.
func fieldsText(fields map[string]pim.FieldLoss) (string, error) {
	out := map[string][2]int{}
	for class, f := range fields {
		if f.Lost > 0 {
			out[class] = [2]int{f.Had, f.Lost}
		}
	}
	if len(out) == 0 {
		return "", nil
	}
	b, err := json.Marshal(out)
	return string(b), err
}

func fieldsOf(text string) (map[string]pim.FieldLoss, error) {
	if text == "" {
		return nil, nil
	}
	var in map[string][2]int
	err := json.Unmarshal([]byte(text), &in)
	out := make(map[string]pim.FieldLoss, len(in))
	for class, f := range in {
		out[class] = pim.FieldLoss{Had: f[0], Lost: f[1]}
	}
	return out, err
}
