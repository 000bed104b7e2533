package formats

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"strings"

	"sidekeep/formats/contentline"
)

// zoneKey is a time zone by its name and its unfolded lines.
type zoneKey struct {
	tzid string
	sum  [32]byte
}

// addZones takes the VTIMEZONEs of an object. One that stands here already is
// left out; another body under a TZID that is in use gets a new name, which
// ends in the old one so that programs that go by names still find it. The map
// gives the new names of this object's zones.
// A reason says that the object must stand apart.
func (c *icsWriter) addZones(root *contentline.Component, cals []*contentline.Component) (renamed map[string]string, reason string, err error) {
	seen := map[string]bool{}
	for _, in := range append([]*contentline.Component{root}, cals...) {
		for tz := range in.Components("VTIMEZONE") {
			id := tz.Value("TZID")
			k := c.zoneKey(tz, id)
			name, known := c.bodies[k]
			if !known {
				name = c.freeName(k)
				c.buf = appendZone(c.buf[:0], tz, id, name)
				if !stands(c.buf, 1) {
					return nil, "its time zone can't be read", nil
				}
				c.names[name], c.bodies[k] = k.sum, name
				if _, err := c.zones.Write(c.buf); err != nil {
					return nil, "", err
				}
			}
			if first := !seen[id]; first && name != id {
				if renamed == nil {
					renamed = map[string]string{}
				}
				renamed[id] = name
				renamed[contentline.UnescapeText(id)] = contentline.UnescapeText(name)
			}
			seen[id] = true
		}
	}
	return renamed, "", nil
}

// zoneKey identifies a zone by its TZID and its unfolded lines. Most objects of a
// calendar have the very same bytes, which are looked up first.
func (c *icsWriter) zoneKey(tz *contentline.Component, id string) zoneKey {
	raw := tz.Bytes()
	if k, ok := c.same[string(raw)]; ok {
		return k
	}
	h := sha256.New()
	hashComponent(h, tz)
	k := zoneKey{tzid: strings.Clone(id)}
	h.Sum(k.sum[:0])
	if len(c.same) < 256 && len(raw) < 16<<10 {
		c.same[string(raw)] = k
	}
	return k
}

// freeName gives the name for a body: its own where that is free.
func (c *icsWriter) freeName(k zoneKey) string {
	name := k.tzid
	for i := 2; ; i++ {
		if _, taken := c.names[name]; !taken || name == "" {
			return name
		}
		name = fmt.Sprintf("/sidekeep/%d/%s", i, strings.TrimPrefix(k.tzid, "/"))
	}
}

// hashComponent hashes the unfolded lines of a component.
func hashComponent(h hash.Hash, c *contentline.Component) {
	fmt.Fprintf(h, "BEGIN:%s\n", c.Name())
	for _, n := range c.Nodes() {
		switch {
		case n.Comp != nil:
			hashComponent(h, n.Comp)
		case !n.Line.Blank():
			io.WriteString(h, lineText(n.Line)+"\n")
		}
	}
	io.WriteString(h, "END\n")
}

// appendZone writes a VTIMEZONE under a name.
func appendZone(dst []byte, tz *contentline.Component, id, name string) []byte {
	dst = appendLine(dst, tz.Begin(), nil)
	for _, n := range tz.Nodes() {
		switch {
		case n.Comp != nil:
			dst = appendComponent(dst, n.Comp, nil)
		case n.Line.Is("TZID") && id != name:
			dst = append(dst, n.Line.WithValue(name).Raw()...)
		case !n.Line.Blank():
			dst = appendLine(dst, n.Line, nil)
		}
	}
	return appendLine(dst, tz.End(), nil)
}
