//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// target is one collection on a real server, as the floor and the changes need it.
type target struct {
	URL   string // absolute, with the trailing slash
	Cards bool
}

// login is how a server is reached.
type login struct{ URL, User, Password string }

func (l login) do(tb testing.TB, method, url, depth, contentType string, body []byte) (int, int64) {
	tb.Helper()
	req, err := http.NewRequestWithContext(tb.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	req.SetBasicAuth(l.User, l.Password)
	req.Header.Set("Content-Type", contentType)
	if depth != "" {
		req.Header.Set("Depth", depth)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tb.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil {
		tb.Fatalf("%s %s: %v", method, url, err)
	}
	return res.StatusCode, n
}

const xmlType = `application/xml; charset=utf-8`

func (t target) query() []byte {
	if t.Cards {
		return []byte(`<?xml version="1.0"?><C:addressbook-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><prop><getetag/><C:address-data/></prop><C:filter/></C:addressbook-query>`)
	}
	return []byte(`<?xml version="1.0"?><C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><prop><getetag/><C:calendar-data/></prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`)
}

func (t target) syncCollection(data bool) []byte {
	prop := `<getetag/>`
	if data && t.Cards {
		prop += `<C:address-data xmlns:C="urn:ietf:params:xml:ns:carddav"/>`
	} else if data {
		prop += `<C:calendar-data xmlns:C="urn:ietf:params:xml:ns:caldav"/>`
	}
	return []byte(`<?xml version="1.0"?><sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level><prop>` + prop + `</prop></sync-collection>`)
}

const propfindETag = `<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>`

// filtered is query for the cards of one vCard version only, as they are kept:
// a server that keeps two versions converts to whichever is asked for, and
// leaves out what it can't convert.
func (t target) filtered(v4 bool) []byte {
	data, negate := `<C:address-data content-type="text/vcard" version="4.0"/>`, ""
	if !v4 {
		data, negate = `<C:address-data/>`, ` negate-condition="yes"`
	}
	return []byte(`<?xml version="1.0"?><C:addressbook-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><prop><getetag/>` + data +
		`</prop><C:filter><C:prop-filter name="VERSION"><C:text-match` + negate + `>4.0</C:text-match></C:prop-filter></C:filter></C:addressbook-query>`)
}

// ask is one request of a road.
type ask struct {
	method, depth string
	body          []byte
}

// road is a way to everything in a collection, and how it went.
type road struct {
	name  string
	asks  []ask
	took  float64
	bytes int64
}

func (t target) roads() []road {
	names := ask{"REPORT", "0", t.syncCollection(false)}
	rs := []road{
		{name: "sync-collection + query", asks: []ask{names, {"REPORT", "1", t.query()}}},
		{name: "PROPFIND + query", asks: []ask{{"PROPFIND", "1", []byte(propfindETag)}, {"REPORT", "1", t.query()}}},
		{name: "sync-collection with data", asks: []ask{{"REPORT", "0", t.syncCollection(true)}}},
	}
	if t.Cards {
		rs = append(rs, road{name: "sync-collection + a query for each version",
			asks: []ask{names, {"REPORT", "1", t.filtered(true)}, {"REPORT", "1", t.filtered(false)}}})
	}
	return rs
}

// floor is what the server alone needs to tell everything it has: the fastest
// of the roads there are, each body read to its end and thrown away, the
// collections one after the other. A road that leaves out a fifth of the bytes
// or more is none: data that were not asked for, photos that a conversion
// drops. Seconds, the roads, and bytes.
func floor(tb testing.TB, l login, targets []target) (float64, string, int64) {
	tb.Helper()
	var total float64
	var bytes int64
	var names []string
	for _, t := range targets {
		var went []road
		var most int64
		for _, r := range t.roads() {
			start := time.Now()
			ok := true
			for _, a := range r.asks {
				status, n := l.do(tb, a.method, t.URL, a.depth, xmlType, a.body)
				ok = ok && status == http.StatusMultiStatus
				r.bytes += n
			}
			if r.took = time.Since(start).Seconds(); ok {
				went, most = append(went, r), max(most, r.bytes)
			}
		}
		var best *road
		for i, r := range went {
			if r.bytes*5 > most*4 && (best == nil || r.took < best.took) {
				best = &went[i]
			}
		}
		if best == nil {
			tb.Fatalf("no road to %s works", t.URL)
		}
		total += best.took
		bytes += best.bytes
		if !slices.Contains(names, best.name) {
			names = append(names, best.name)
		}
	}
	return total, strings.Join(names, "; "), bytes
}

// touch changes n objects of a collection: a new body under a known name.
func (l login) touch(tb testing.TB, t target, bodies map[string][]byte) {
	tb.Helper()
	ctype := "text/calendar; charset=utf-8"
	if t.Cards {
		ctype = "text/vcard; charset=utf-8"
	}
	for name, body := range bodies {
		status, _ := l.do(tb, http.MethodPut, t.URL+name, "", ctype, body)
		if status/100 != 2 {
			tb.Fatal(fmt.Errorf("PUT %s answered %d", name, status))
		}
	}
}
