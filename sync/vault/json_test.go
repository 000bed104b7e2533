package vault

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

// TestSummary_IsReadAsItWasWritten holds the JSON that is written by hand
// against the standard library's reading of it.
func TestSummary_IsReadAsItWasWritten(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "{", `a"b\c`, "\x00\x1f\t\n", "<&>", "é王\u2028\U0010ffff", "{\"x\":1}"}))
	list := rapid.SliceOfN(text, 0, 3)
	var known reader
	rapid.Check(t, func(t *rapid.T) {
		moment := func(name string) *pim.When {
			if rapid.Bool().Draw(t, name+" is not set") {
				return nil
			}
			return &pim.When{At: time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, name), 0).UTC(), TZID: text.Draw(t, name+" zone"),
				DateOnly: rapid.Bool().Draw(t, name+" is a date"), Floating: rapid.Bool().Draw(t, name+" floats")}
		}
		want := pim.Summary{
			Format: text.Draw(t, "format"), Component: text.Draw(t, "component"), UID: text.Draw(t, "UID"), Title: text.Draw(t, "title"),
			Names: list.Draw(t, "names"), Emails: list.Draw(t, "emails"), Phones: list.Draw(t, "phones"), Orgs: list.Draw(t, "orgs"),
			Start: moment("start"), End: moment("end"), Due: moment("due"), RRule: text.Draw(t, "rule"), Recurs: rapid.Bool().Draw(t, "recurs"),
			Status: text.Draw(t, "status"), Completed: rapid.Bool().Draw(t, "completed"), Percent: rapid.IntRange(-1, 100).Draw(t, "percent"),
			Priority: rapid.IntRange(0, 9).Draw(t, "priority"), Location: text.Draw(t, "location"), HasPhoto: rapid.Bool().Draw(t, "photo"), Producer: text.Draw(t, "producer"),
			Fields:   rapid.MapOfN(text, rapid.IntRange(1, 9), 0, 5).Draw(t, "fields"),
			Problems: list.Draw(t, "problems"),
		}
		var j jsonText
		written := j.of(&want)
		if !json.Valid([]byte(written)) {
			t.Fatalf("not JSON: %s", written)
		}
		var got pim.Summary
		if err := known.into(&got, written); err != nil || known.bad {
			t.Fatalf("%v, not read by hand: %v: %s", err, known.bad, written)
		}
		want.Producer = clip(want.Producer, maxProducer)
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		if again := j.of(&want); again != written {
			t.Fatalf("%s\nand then %s", written, again)
		}
	})
	var j jsonText
	if got := j.of(&pim.Summary{Component: "a\xffb", Percent: -1}); got != "{\"c\":\"a\ufffdb\"}" {
		t.Error(got)
	}
	if got := clip("é王\U0010ffff", 6); got != "é王" {
		t.Errorf("%q", got)
	}
}

// TestSummary_OfAnotherHandIsReadToo: what is not written as here is JSON still.
func TestSummary_OfAnotherHandIsReadToo(t *testing.T) {
	for text, want := range map[string]pim.Summary{
		`{}`:                              {Percent: -1},
		`{ "T" : "A" }`:                   {Title: "A", Percent: -1},
		`{"T":"A","new":[1],"c":"V"}`:     {Title: "A", Component: "V", Percent: -1},
		`{"n":[],"p":0,"x":{},"h":false}`: {Names: []string{}, Fields: map[string]int{}},
	} {
		var got pim.Summary
		var known reader
		if err := known.into(&got, text); err != nil || !cmp.Equal(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{``, `{`, `{"T"`, `{"T":"`, `{"T":"a\`, `{"n":["a"`, `{"x":{"a"`, `{"s":{"t":`, `{"p":-}`, `[]`, `{"R":tru`} {
		var got pim.Summary
		var known reader
		if err := known.into(&got, text); err == nil {
			t.Errorf("%s was read as %+v", text, got)
		}
	}
}
