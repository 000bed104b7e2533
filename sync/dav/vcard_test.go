package dav

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// shelf is a server that turns vCard 4.0 into 3.0 and back, as it is asked to,
// and looks at what is stored when it filters.
type shelf struct {
	*server
	cards map[string]string // path -> as stored

	keeps     bool // turns nothing into anything
	noFilter  bool // refuses every filter
	noNot     bool // refuses a negated one
	anyOf     bool // reads every filter as anyof
	everybody bool // reads no filter
	onQuery   func(body string)
}

func shelfCard(version, uid string) string {
	s := "BEGIN:VCARD\r\nVERSION:" + version + "\r\n"
	if uid != "" {
		s += "UID:" + uid + "\r\n"
	}
	return s + "FN:Card\r\nEND:VCARD\r\n"
}

func (s *shelf) as(stored, version string) string {
	if s.keeps {
		return stored
	}
	return regexp.MustCompile(`VERSION:[34]\.0`).ReplaceAllString(stored, "VERSION:"+version)
}

var uidMatch = regexp.MustCompile(`"equals">([^<]+)</X:text-match>`)

// passes says whether a stored card passes a query's filter.
func (s *shelf) passes(body, stored string) bool {
	if s.everybody || !strings.Contains(body, "prop-filter") {
		return true
	}
	four := strings.Contains(stored, "VERSION:4.0")
	if strings.Contains(body, "negate-condition") {
		return !four
	}
	_, list, both := strings.Cut(body, `name="UID"`)
	if !both {
		return four
	}
	named := slices.ContainsFunc(uidMatch.FindAllStringSubmatch(list, -1), func(m []string) bool {
		return strings.Contains(stored, "UID:"+m[1]+"\r\n")
	})
	if s.anyOf {
		return four || named
	}
	return four && named
}

func (s *shelf) answer(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	body := string(b)
	version := "3.0"
	if strings.Contains(body, `version="4.0"`) || strings.Contains(r.Header.Get("Accept"), "4.0") {
		version = "4.0"
	}
	if r.Method == "GET" {
		_, _ = io.WriteString(w, s.as(s.cards[r.URL.Path], version))
		return
	}
	if s.onQuery != nil && strings.Contains(body, "addressbook-query") {
		s.onQuery(body)
	}
	if strings.Contains(body, "prop-filter") && s.noFilter || strings.Contains(body, "negate") && s.noNot {
		w.WriteHeader(403)
		_, _ = io.WriteString(w, `<D:error xmlns:D="DAV:"><D:supported-filter/></D:error>`)
		return
	}
	var out []string
	for _, path := range slices.Sorted(maps.Keys(s.cards)) {
		named := strings.Contains(body, ">"+path+"<")
		if strings.Contains(body, "multiget") && !named || !s.passes(body, s.cards[path]) {
			continue
		}
		prop := []string{etag(path)}
		if strings.Contains(body, "address-data") {
			prop = append(prop, data(s.as(s.cards[path], version)))
		}
		out = append(out, resp(path, prop...))
	}
	multi(w, append(out, `<D:sync-token>t</D:sync-token>`)...)
}

func newShelf(t *testing.T, n int) (*shelf, pim.Collection) {
	s := &shelf{cards: map[string]string{}}
	for i := range n {
		s.cards[fmt.Sprintf("/b/%03d.vcf", i)] = shelfCard([]string{"3.0", "4.0"}[i%2], fmt.Sprintf("uid-%03d", i))
	}
	s.server = serve(t, s.answer)
	col := book(s.server)
	col.DataTypes = []string{"text/vcard 3.0", "text/vcard 4.0"}
	return s, col
}

// exact checks that every card comes once, as it is stored.
func (s *shelf) exact(t *testing.T, road string, fetch func(each func(pim.Fetched) error) error) {
	t.Helper()
	came := map[string]int{}
	err := fetch(func(f pim.Fetched) error {
		came[f.Href.Key()]++
		if f.Err != nil || string(f.Object.Body) != s.cards[f.Href.Key()] {
			t.Errorf("%s: %s is %q (%v), stored is %q", road, f.Href, f.Object.Body, f.Err, s.cards[f.Href.Key()])
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", road, err)
	}
	for path := range s.cards {
		if came[path] != 1 {
			t.Errorf("%s: %s came %d times", road, path, came[path])
		}
	}
}

func (s *shelf) hrefs() (out []pim.Href) {
	for path := range s.cards {
		out = append(out, pim.Href(path))
	}
	slices.Sort(out)
	return out
}

// Whatever the server understands of filters, each road gives each card as it
// is stored. That no version can be asked about is the one thing that nobody
// can help.
func TestVersions_EveryCardAsItIsStored(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		quirk func(*shelf)
	}{
		{"few", 12, func(*shelf) {}},
		{"many", 250, func(*shelf) {}},
		{"keeps", 12, func(s *shelf) { s.keeps = true }},
		{"keeps many", 250, func(s *shelf) { s.keeps = true }},
		{"no not", 12, func(s *shelf) { s.noNot = true }},
		{"anyof", 12, func(s *shelf) { s.anyOf = true }},
		{"all 4.0", 0, func(s *shelf) {
			for i := range 30 {
				s.cards[fmt.Sprintf("/b/%d.vcf", i)] = shelfCard("4.0", fmt.Sprint("u", i))
			}
		}},
		{"odd UIDs", 6, func(s *shelf) {
			s.cards["/b/none.vcf"] = shelfCard("4.0", "")
			s.cards["/b/comma.vcf"] = shelfCard("4.0", `a\,b`)
			s.cards["/b/fold.vcf"] = shelfCard("4.0", "abc\r\n def")
			s.cards["/b/same.vcf"] = shelfCard("3.0", "uid-001")
		}},
		{"only 3.0", 0, func(s *shelf) { s.cards["/b/1.vcf"] = shelfCard("3.0", "a") }},
		{"only 4.0", 0, func(s *shelf) { s.cards["/b/1.vcf"] = shelfCard("4.0", "a") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, col := newShelf(t, c.n)
			c.quirk(s)
			for _, first := range []string{"multiget", "query", "get"} { // whatever was learnt before
				cl, _ := client(t, Options{})
				ctx := t.Context()
				byRoad := map[string]func(each func(pim.Fetched) error) error{
					"multiget": func(each func(pim.Fetched) error) error { return cl.Multiget(ctx, col, s.hrefs(), each) },
					"query":    func(each func(pim.Fetched) error) error { return cl.Query(ctx, col, each) },
					"get": func(each func(pim.Fetched) error) error {
						for _, h := range s.hrefs() {
							o, err := cl.Get(ctx, col, h)
							_ = each(pim.Fetched{Href: h, Object: o, Err: err})
						}
						return nil
					},
				}
				s.exact(t, first, byRoad[first])
				for road, fetch := range byRoad {
					s.exact(t, road+" after "+first, fetch)
				}
				page, err := cl.Changes(ctx, col, "", true, func(ch pim.Change) error {
					if ch.Object != nil && string(ch.Object.Body) != s.cards[ch.Href.Key()] {
						t.Errorf("sync: %s is %q", ch.Href, ch.Object.Body)
					}
					return nil
				})
				if err != nil || page.Token != "t" {
					t.Error(page, err)
				}
			}
		})
	}
}

// A server that refuses to filter is read all the same.
func TestVersions_AServerThatCannotSayIsReadAllTheSame(t *testing.T) {
	for _, n := range []int{6, 250} {
		s, col := newShelf(t, n)
		s.noFilter = true
		c, _ := client(t, Options{})
		for range 2 {
			came := map[pim.Href]int{}
			count := func(f pim.Fetched) error { came[f.Href]++; return f.Err }
			if err := c.Multiget(t.Context(), col, s.hrefs(), count); err != nil {
				t.Fatal(err)
			}
			if err := c.Query(t.Context(), col, count); err != nil {
				t.Fatal(err)
			}
			for _, h := range s.hrefs() {
				if came[h] != 2 {
					t.Errorf("%s came %d times", h, came[h])
				}
			}
		}
	}
}

// What the second query says of a 4.0 card is never believed, and a card that
// changes its version between the two is left to be asked for by name.
func TestVersions_ACardThatChangesBetweenTheQueries(t *testing.T) {
	s, col := newShelf(t, 4)
	n := 0
	s.onQuery = func(body string) {
		if !strings.Contains(body, "nresults") && strings.Contains(body, "address-data") {
			if n++; n == 2 {
				s.cards["/b/001.vcf"] = shelfCard("3.0", "uid-001") // was 4.0
				s.cards["/b/002.vcf"] = shelfCard("4.0", "uid-002") // was 3.0
			}
		}
	}
	c, _ := client(t, Options{})
	got := map[pim.Href]string{}
	if err := c.Query(t.Context(), col, func(f pim.Fetched) error {
		got[f.Href] += string(f.Object.Body)
		return f.Err
	}); err != nil {
		t.Fatal(err)
	}
	want := map[pim.Href]string{
		"/b/000.vcf": shelfCard("3.0", "uid-000"), "/b/001.vcf": shelfCard("4.0", "uid-001"), "/b/003.vcf": shelfCard("4.0", "uid-003"),
	}
	if !maps.Equal(got, want) {
		t.Errorf("%q", got)
	}
	// A card that became 4.0 after the names were believed is found out too.
	if err := c.Multiget(t.Context(), col, []pim.Href{"/b/002.vcf"}, func(f pim.Fetched) error {
		if string(f.Object.Body) != s.cards["/b/002.vcf"] {
			t.Errorf("%q", f.Object.Body)
		}
		return f.Err
	}); err != nil {
		t.Error(err)
	}
}

// How many requests each road takes.
func TestVersions_FewRequests(t *testing.T) {
	now := time.Unix(1e9, 0)
	ask := func(s *shelf) (*Client, func() int) {
		c, _ := client(t, Options{Now: func() time.Time { return now }})
		last := 0
		return c, func() int { n := len(s.requests()) - last; last += n; return n }
	}
	nothing := func(pim.Fetched) error { return nil }
	s, col := newShelf(t, 20)
	c, n := ask(s)
	if _ = c.Multiget(t.Context(), col, s.hrefs(), nothing); n() != 2 {
		t.Error("a few by name: more than two requests")
	}
	_, _ = c.Changes(t.Context(), col, "t", true, func(pim.Change) error { return nil })
	if k := n(); k != 1 {
		t.Errorf("changes with a token: %d requests", k)
	}
	if _ = c.Query(t.Context(), col, nothing); n() != 2 {
		t.Error("everything, where the way is known: more than two queries")
	}
	c, _ = ask(s)
	last := len(s.requests())
	_, _ = c.Changes(t.Context(), col, "", true, func(pim.Change) error { return nil })
	if _ = c.Query(t.Context(), col, nothing); len(s.requests())-last != 4 {
		t.Error("a listing and everything: more than a probe, the listing and two queries")
	}
	s, col = newShelf(t, 20)
	s.keeps = true
	c, n = ask(s)
	if _ = c.Query(t.Context(), col, nothing); n() != 2 {
		t.Error("where nothing is turned into anything: more than a probe and a query")
	}
	_ = c.Multiget(t.Context(), col, s.hrefs(), nothing)
	_, _ = c.Changes(t.Context(), col, "", true, func(pim.Change) error { return nil })
	if k := n(); k != 2 {
		t.Errorf("and then: %d requests", k)
	}
	s, col = newShelf(t, 0)
	s.cards["/b/1.vcf"] = shelfCard("3.0", "a")
	c, n = ask(s)
	_ = c.Query(t.Context(), col, nothing)
	_ = c.Query(t.Context(), col, nothing)
	now = now.Add(v4Life + time.Second)
	_ = c.Query(t.Context(), col, nothing)
	if k := n(); k != 5 {
		t.Errorf("that there are no 4.0 cards is believed for a while: %d requests", k)
	}
}

func TestPlainUID(t *testing.T) {
	for body, want := range map[string]string{
		"BEGIN:VCARD\r\nUID:urn:uuid:1-2@x.y_z\r\nFN:a": "urn:uuid:1-2@x.y_z",
		"uid:low\nFN:UID:no":                            "low",
		"FN:UID:no\nUID:yes":                            "yes",
		"UID:last":                                      "last",
		"UID:fol\r\n ded\r\n":                           "",
		"UID:a\\,b":                                     "",
		"UID:spa ce":                                    "",
		"UID:ümlaut":                                    "",
		"UID;VALUE=text:x":                              "",
		"UID:":                                          "",
		"":                                              "",
	} {
		if got := plainUID([]byte(body)); got != want {
			t.Errorf("%q: %q, want %q", body, got, want)
		}
	}
}
