//go:build bench

package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
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

// floor is what the server alone needs to tell everything it has: the fastest
// of the roads there are, each body read to its end and thrown away, the
// collections one after the other. Seconds, the road, and bytes.
func floor(tb testing.TB, l login, targets []target) (float64, string, int64) {
	tb.Helper()
	var total float64
	var bytes int64
	roads := ""
	for _, t := range targets {
		best, bestRoad, bestBytes := 0.0, "", int64(0)
		try := func(road string, minBytes int64, f func() (bool, int64)) {
			start := time.Now()
			ok, n := f()
			took := time.Since(start).Seconds()
			if ok && n >= minBytes && (bestRoad == "" || took < best) {
				best, bestRoad, bestBytes = took, road, n
			}
		}
		one := func(method, depth string, body []byte) (bool, int64) {
			status, n := l.do(tb, method, t.URL, depth, xmlType, body)
			return status == http.StatusMultiStatus, n
		}
		both := func(a, b []byte, aMethod, aDepth string) (bool, int64) {
			ok1, n1 := one(aMethod, aDepth, a)
			ok2, n2 := one("REPORT", "1", b)
			return ok1 && ok2, n1 + n2
		}
		try("sync-collection + query", 0, func() (bool, int64) {
			return both(t.syncCollection(false), t.query(), "REPORT", "0")
		})
		full := bestBytes / 2 // inline data that did not come is no road
		try("PROPFIND + query", 0, func() (bool, int64) {
			return both([]byte(propfindETag), t.query(), "PROPFIND", "1")
		})
		try("sync-collection with data", full, func() (bool, int64) {
			return one("REPORT", "0", t.syncCollection(true))
		})
		if bestRoad == "" {
			tb.Fatalf("no road to %s works", t.URL)
		}
		total += best
		bytes += bestBytes
		roads = bestRoad
	}
	return total, roads, bytes
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
