package formats

import "sidekeep/sync/pim"

// Field is one property of an object, decoded for reading.
type Field struct {
	Name   string // upper case: "TEL"
	Label  string // in words: "work, mobile", or an X-ABLabel
	Value  string // decoded; of a photo "JPEG, 12 KB"
	Type   string // text, phone, email, url, date, address, photo, key, other
	Group  string // "item1" of "item1.TEL"
	Params []Param
	Raw    string // the line as it stands, unfolded
}

// Param is one parameter of a property.
type Param struct{ Name, Value string }

// Fields gives every property of the object, in order, nothing hidden.
func Fields(kind pim.Kind, body []byte) []Field { return nil }

// Photo gives the first embedded photo.
func Photo(body []byte) (data []byte, mime string, ok bool) { return nil, "", false }
