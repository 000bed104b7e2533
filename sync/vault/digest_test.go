package vault

import (
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sidekeep/formats"
	"sidekeep/sync/pim"
)

// packs says what each packVersion makes of some summaries. What a version made
// never changes: whatever changes it adds a line, with the next version.
var packs = map[int]string{
	1: "db41a9a8efe523c03a73b15c34a4008c",
}

func TestPack_VersionStandsForWhatItMakes(t *testing.T) {
	at := func(n int64) *pim.When { return &pim.When{At: time.Unix(n, 0).UTC(), TZID: "Europe/Berlin"} }
	sum := sha256.New()
	var p packer
	for _, s := range []pim.Summary{
		{Percent: -1},
		{Format: "vcard 3.0", Component: "VCARD", UID: "u", Title: "Jürgen Straßer", Names: []string{"Straßer Jürgen", "Θεός"}, Percent: -1,
			Emails: []string{"a.b@example.org"}, Phones: []string{"+49 (170) 123-4567", "0170 1 ext. 9"}, Orgs: []string{"Ørsted & Söhne"},
			Text: []string{"ｆｕｌｌｗｉｄｔｈ 東京 김철수", strings.Repeat("long ", 3000)}, HasPhoto: true, Producer: "-//x", Fields: map[string]int{"FN": 1, "TEL": 2}},
		{Component: "VEVENT", Title: "Party", Start: at(1 << 30), End: at(1<<30 + 3600), Location: "İstanbul", Percent: -1, Status: "CONFIRMED"},
		{Component: "VEVENT", Title: "Weekly", Start: at(5), RRule: "FREQ=WEEKLY", Recurs: true, Percent: -1},
		{Component: "VEVENT", Title: "Day", Start: &pim.When{At: time.Unix(86400, 0), DateOnly: true}, Percent: -1},
		{Component: "VTODO", Title: "Task", Due: at(1 << 31), Priority: 3, Percent: 40, Completed: true},
		{Component: "VJOURNAL", Start: at(-1 << 40), Percent: -1, Problems: []string{"a \"problem\""}},
		{Component: "VFREEBUSY", Start: at(9), End: at(8), Percent: -1},
	} {
		x := p.pack(&s)
		fmt.Fprintf(sum, "%d %x %v %v %s %s %x %d\n", x.class, x.ord, x.begins, x.until, x.json, x.words, sumOf(x.words), x.digest.many)
	}
	if got := fmt.Sprintf("%x", sum.Sum(nil)[:16]); got != packs[packVersion] {
		t.Errorf("lists and search get something else than of version %d: raise packVersion, and add to packs: %d: %q", packVersion, packVersion+1, got)
	}
	if len(packs) != packVersion {
		t.Errorf("%d versions are known, not %d", len(packs), packVersion)
	}
}

func sumOf(words string) (sum uint64) {
	for _, w := range strings.Fields(words) {
		sum += wordSum(w)
	}
	return sum
}

func TestDigest_IsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		small := rapid.Uint64Range(0, digestMask)
		want := digest{by: rapid.IntRange(1, maxBy).Draw(t, "by"), lists: small.Draw(t, "lists"), words: small.Draw(t, "words"), many: rapid.Int32Range(0, maxWords).Draw(t, "many")}
		calendar := rapid.Bool().Draw(t, "calendar")
		b, ok := want.stored(calendar).([]byte)
		got, isCalendar, known := readDigest(b)
		if !ok || !known || got != want || isCalendar != calendar || len(b) > 16 {
			t.Fatalf("%+v, %v, %v of %x; want %+v", got, isCalendar, known, b, want)
		}
		if _, _, known := readDigest(append(b, 0)); known {
			t.Fatal("one with more behind it was taken for a digest")
		}
	})
	none := digest{}
	if none.stored(false) != nil {
		t.Error("a digest of nothing that has a version")
	}
}

// The words are counted and summed up as the search takes their text apart.
func TestWords_AreCountedAsTheSearchHasThem(t *testing.T) {
	var p packer
	rapid.Check(t, func(t *rapid.T) {
		s := pim.Summary{Component: "VCARD", Title: rapid.String().Draw(t, "title"), Phones: rapid.SliceOfN(rapid.StringMatching(`[+0-9 ().x-]{0,20}`), 0, 3).Draw(t, "phones"),
			Text: rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9é東京 ]{0,200}`)), 0, 3).Draw(t, "text")}
		x := p.pack(&s)
		if d := x.digest; d.many != int32(len(strings.Fields(x.words))) || d.words != sumOf(x.words)&digestMask {
			t.Fatalf("%d and %x of %q", d.many, d.words, x.words)
		}
	})
}

// Bytes are understood anew only where no digest serves, and all of them where the
// words are compared.
func TestVerify_UnderstandsOnlyWhatItHasTo(t *testing.T) {
	const whole = 61 // objects, with 60 different bodies
	for name, x := range map[string]struct {
		before      string
		fast, words int // how many bodies are understood
		problem     string
	}{
		"a whole vault":            {"", 0, 60, ""},
		"stored by an older one":   {`UPDATE blobs SET digest = NULL WHERE id IN (5, 6)`, 2, 60, ""},
		"described by another":     {`UPDATE blobs SET digest = CAST(x'ff' || substr(digest, 2) AS BLOB) WHERE id = 5`, 1, 60, ""},
		"packed by another":        {`UPDATE blobs SET digest = CAST(substr(digest, 1, 1) || x'fe' || substr(digest, 3) AS BLOB) WHERE id = 5`, 1, 60, ""},
		"a digest cut short":       {`UPDATE blobs SET digest = substr(digest, 1, 9) WHERE id = 5`, 1, 60, ""},
		"another kind's":           {`UPDATE blobs SET digest = (SELECT digest FROM blobs WHERE id = 61) WHERE id = 5`, 1, 60, ""},
		"a wrong digest":           {`UPDATE blobs SET digest = (SELECT digest FROM blobs WHERE id = 6) WHERE id = 5`, 1, 60, "the digest"},
		"another order":            {`UPDATE summaries SET ord = x'00' WHERE resource = 5`, 1, 60, "lists do not"},
		"another class":            {`UPDATE summaries SET class = 9 WHERE resource = 5`, 1, 60, "lists do not"},
		"a time that it has not":   {`UPDATE summaries SET begins = 0 WHERE resource = 5`, 1, 60, "lists do not"},
		"one letter of a summary":  {`UPDATE blobs SET summary = replace(summary, 'Person', 'Persoo') WHERE id = 5`, 1, 60, "lists do not"},
		"no words but the class":   {`INSERT OR REPLACE INTO search (rowid, words) VALUES (5, '` + markClass + `1')`, 1, 60, "search do not"},
		"lists and search, no sum": {`UPDATE summaries SET ord = x'00' WHERE resource = 5; DELETE FROM search WHERE rowid = 5; UPDATE blobs SET digest = NULL WHERE id = 5`, 1, 60, "lists and search do not"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "vault")
			lived(t, dir, 60)
			run(t, openIn(t, dir), x.before)
			v := openIn(t, dir)
			for _, words := range []bool{false, true} {
				understood := make(chan int, 1000)
				got, err := v.Verify(context.Background(), Check{Anew: words, Describe: func(k pim.Kind, b []byte) pim.Summary {
					understood <- 1
					return formats.Describe(k, b)
				}})
				if err != nil || got.Objects != whole {
					t.Fatalf("%+v, %v", got, err)
				}
				want := 1 + map[bool]int{false: x.fast, true: x.words}[words] // it asks for the version
				if len(understood) != want {
					t.Errorf("words %v: %d bodies were understood, not %d", words, len(understood), want)
				}
				if said := fmt.Sprint(got.Problems); (x.problem == "") != (len(got.Problems) == 0) || !strings.Contains(said, x.problem) || got.Damaged {
					t.Errorf("words %v: %s", words, said)
				}
			}
			if err := v.Reindex(context.Background(), formats.Describe, nil); err != nil {
				t.Fatal(err)
			}
			if n := one(t, v, `SELECT count(*) FROM blobs b JOIN resources r ON r.blob = b.id WHERE b.digest IS NULL OR length(b.digest) < 15`); n != "0" {
				t.Errorf("%s blobs have no digest", n)
			}
			if got, err := v.Verify(context.Background(), Check{Anew: true, Describe: formats.Describe}); err != nil || len(got.Problems) > 0 {
				t.Errorf("made anew: %+v, %v", got.Problems, err)
			}
		})
	}
}

// A word for another is only seen where the words themselves are compared.
func TestVerify_AWordForAnother(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	lived(t, dir, 9)
	v := openIn(t, dir)
	s := formats.Describe(pim.Contacts, []byte(cardOf(4, strings.Repeat("alpha beta gamma ", 1+4*4*20))))
	var p packer
	words := placeWord(1) + strings.Replace(p.pack(&s).words, "gamma", "delta", 1)
	if _, err := v.writer.Exec(`INSERT OR REPLACE INTO search (rowid, words) VALUES (5, ?)`, words); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if got := verified(t, dir, true); len(got.Problems) != 1 || !strings.HasPrefix(got.Problems[0].What, "search do") {
		t.Errorf("%+v", got.Problems)
	}
}
