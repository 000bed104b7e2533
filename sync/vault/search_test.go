package vault

import (
	"fmt"
	"slices"
	"testing"

	"sidekeep/sync/pim"
)

func TestSearch_FindsWhatPeopleType(t *testing.T) {
	v := openTemp(t)
	_, book, cal := addAccount(t, v, "home")
	put := func(name string, s pim.Summary) pim.Recorded {
		return object(hrefOf(book, name), `"1"`, name, s)
	}
	mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{
		put("1.vcf", pim.Summary{Title: "Jürgen Straßer", Emails: []string{"john.doe@mail.example.org"}, Phones: []string{"+49 (170) 123-4567"}}),
		put("2.vcf", pim.Summary{Title: "王小明", Names: []string{"Wang Xiaoming"}, Phones: []string{"0170 1234567 ext. 9"}}),
		put("3.vcf", pim.Summary{Title: "Ørsted Zoë", Orgs: []string{"Jürgen & Söhne"}, Phones: []string{"tel:+1-202-555-0143"}}),
		put("4.vcf", pim.Summary{Title: "김철수", Text: []string{"Likes ｆｕｌｌｗｉｄｔｈ letters, and 東京 OR NEAR(\"x\")"}}),
		put("5.vcf", pim.Summary{Title: "Иван Йорк", Names: []string{"Θεός"}, Location: "İstanbul"}),
	}})
	mirrorAll(t, v, cal.ID, pim.Commit{Objects: []pim.Recorded{
		object(hrefOf(cal, "1.ics"), `"1"`, "e1", pim.Summary{Component: "VEVENT", Title: "Party at 19"}),
	}})
	for _, c := range []struct{ typed, want string }{
		{"jurgen", "Jürgen Straßer, Ørsted Zoë"}, // title first
		{"JÜRG", "Jürgen Straßer, Ørsted Zoë"},
		{"jürgen strasse", "Jürgen Straßer"},
		{"straße", "Jürgen Straßer"},
		{"strasser jur", "Jürgen Straßer"},
		{"jurgen party", ""},
		{"orsted", "Ørsted Zoë"},
		{"zoe", "Ørsted Zoë"},
		{"example.org", "Jürgen Straßer"},
		{"john@exa", "Jürgen Straßer"},
		{"john.doe@mail.exa", "Jürgen Straßer"},
		{"mail.example", "Jürgen Straßer"},
		{"4567", "Jürgen Straßer, 王小明"},
		{"45 67", "Jürgen Straßer, 王小明"},
		{"123-4567", "Jürgen Straßer, 王小明"},
		{"+491701234567", "Jürgen Straßer, 王小明"},
		{"0170 123 45 67", "Jürgen Straßer, 王小明"},
		{"+49 170 12", "Jürgen Straßer"},
		{"(202) 555", "Ørsted Zoë"},
		{"555 01 43", "Ørsted Zoë"},
		{"王小", "王小明"},
		{"小明", "王小明"},
		{"王", "王小明"},
		{"王明", ""},
		{"xiaom wang", "王小明"},
		{"김철", "김철수"},
		{"東京", "김철수"},
		{"fullwidth", "김철수"},
		{"йорк", "Иван Йорк"},
		{"θεος", "Иван Йорк"},
		{"istanbul", "Иван Йорк"},
		{`"party" OR NEAR(x*`, ""},
		{`party*"'(-:^{title}`, ""},
		{`"party"*`, "Party at 19"},
		{"NEAR OR AND", "김철수"},
		{"or near", "김철수"},
		{"19", "Party at 19"},
	} {
		if got := search(t, v, c.typed); got != c.want {
			t.Errorf("%q finds %q, want %q (%s)", c.typed, got, c.want, matchFor(c.typed, false, anyStart))
		}
	}
	for _, empty := range []string{"", "  ", "+", "*"} {
		if rows, err := v.Rows(t.Context(), Query{Search: empty}); err != nil || len(rows) != 6 {
			t.Errorf("%q: %d rows, %v", empty, len(rows), err)
		}
	}
}

// TestSearch_OfVeryManyHitsEveryPageFits covers what the small searches do not:
// more hits than are sorted at once, of one word and of thousands that begin
// alike.
func TestSearch_OfVeryManyHitsEveryPageFits(t *testing.T) {
	v := openTemp(t)
	_, book, cal := addAccount(t, v, "home")
	const n = manyHits + 1000
	var people, dates []pim.Recorded
	for i := range n {
		s := pim.Summary{Title: fmt.Sprintf("Someone %04d", i*7%n), Text: []string{fmt.Sprintf("common person%d a%cb", i, 'a'+i%26)}}
		if i%100 == 0 {
			s.Title = fmt.Sprintf("Personal common %d", i)
		}
		people = append(people, object(hrefOf(book, fmt.Sprint(i)), "1", fmt.Sprint(i), s))
	}
	for i := range 50 {
		dates = append(dates, object(hrefOf(cal, fmt.Sprint(i)), "1", fmt.Sprint("e", i),
			pim.Summary{Component: "VEVENT", Title: "Date", Text: []string{fmt.Sprintf("uncommon person%d", i)}}))
	}
	mirrorAll(t, v, book.ID, pim.Commit{Objects: people})
	mirrorAll(t, v, cal.ID, pim.Commit{Objects: dates})
	for _, c := range []struct {
		q    Query
		want int
	}{
		{Query{Search: "common"}, n},
		{Query{Search: "person"}, n + 50},
		{Query{Search: "p"}, n + 50},
		{Query{Search: "person", Components: []string{"VEVENT"}}, 50},
		{Query{Search: "person", Components: []string{"VCARD"}}, n},
		{Query{Search: "person", Account: 1}, n + 50},
		{Query{Search: "perso comm"}, n},
		{Query{Search: "a"}, n},
		{Query{Search: "az"}, n / 26},
		{Query{Search: "person3999"}, 1},
		{Query{Search: "persona"}, n / 100},
	} {
		all, err := v.Rows(t.Context(), c.q)
		if err != nil || len(all) != c.want {
			t.Errorf("%+v: %d rows, want %d, %v", c.q, len(all), c.want, err)
		}
		if got, err := v.Count(t.Context(), c.q); err != nil || got != c.want {
			t.Errorf("%+v: count %d, want %d, %v", c.q, got, c.want, err)
		}
		if (c.q.Search == "common" || c.q.Search == "person") && c.q.Components == nil && all[n/100-1].Summary.Title[:8] != "Personal" {
			t.Errorf("%+v: titles do not come first: %q", c.q, all[n/100-1].Summary.Title)
		}
		var paged []int64
		for len(paged) < len(all) {
			page := c.q
			page.Offset, page.Limit = len(paged), 1234
			rows, err := v.Rows(t.Context(), page)
			if err != nil || len(rows) == 0 {
				t.Fatalf("%+v: %d rows, %v", page, len(rows), err)
			}
			for _, r := range rows {
				paged = append(paged, r.ID)
			}
		}
		for i := range all {
			if all[i].ID != paged[i] {
				t.Errorf("%+v: pages do not fit together at %d", c.q, i)
				break
			}
		}
		slices.Sort(paged)
		if once := len(slices.Compact(paged)); once != len(all) {
			t.Errorf("%+v: %d objects in %d rows", c.q, once, len(all))
		}
	}
}

// FuzzSearch shows that nothing a person types is a mistake, and that what is
// stored is found by its own title.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"", "a", `"`, "NEAR(a b)", "a* OR -b", "王小明 é ß", "+49 (170) 12", "\xff\x00", "\ue000x", "ſt ﬁ İ", "a\u0301\u3099か゚"} {
		f.Add(s)
	}
	v := openTemp(f)
	_, book, _ := addAccount(f, v, "home")
	f.Fuzz(func(t *testing.T, typed string) {
		mirrorAll(t, v, book.ID, pim.Commit{Objects: []pim.Recorded{object(hrefOf(book, "1"), "1", typed, titled(typed))}})
		rows, err := v.Rows(t.Context(), Query{Search: typed})
		if err != nil {
			t.Fatal(err)
		}
		if len(typed) < 1000 && len(rows) != 1 {
			t.Errorf("%q does not find itself (%s)", typed, matchFor(typed, false, anyStart))
		}
	})
}
