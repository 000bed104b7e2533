package vault

import (
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
			t.Errorf("%q finds %q, want %q (%s)", c.typed, got, c.want, matchFor(c.typed, false))
		}
	}
	for _, empty := range []string{"", "  ", "+", "*"} {
		if rows, err := v.Rows(t.Context(), Query{Search: empty}); err != nil || len(rows) != 6 {
			t.Errorf("%q: %d rows, %v", empty, len(rows), err)
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
			t.Errorf("%q does not find itself (%s)", typed, matchFor(typed, false))
		}
	})
}
