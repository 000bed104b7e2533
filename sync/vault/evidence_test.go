package vault

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// card is a contact's summary with so many of each field.
func card(uid string, fields map[string]int) pim.Summary {
	f := map[string]int{"FN": 1, "UID": 1, "VERSION": 1}
	for k, n := range fields {
		f[k] = n
	}
	return pim.Summary{Title: uid, UID: uid, Component: "VCARD", Percent: -1, Fields: f, Producer: "-//old//EN"}
}

var filled = map[string]int{"PHOTO": 1, "TEL": 2, "EMAIL": 1, "NOTE": 1, "ADR": 1}

// put makes a run that stores objects and gives it open, and the resources.
func (s *scene) put(objects ...pim.Recorded) pim.RunID {
	s.t.Helper()
	run, err := s.v.BeginRun(context.Background(), s.c.ID)
	if err == nil {
		err = s.v.Put(context.Background(), run, objects)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return run
}

// scene is a vault with one account that tests look at.
type scene struct {
	t   testing.TB
	v   *Vault
	c   pim.Known // the address book
	cal pim.Known
	a   pim.Account
}

func newScene(t testing.TB) *scene {
	t.Helper()
	s := &scene{t: t, v: openTemp(t)}
	s.a, s.c, s.cal = addAccount(t, s.v, "home")
	return s
}

func (s *scene) finish(run pim.RunID, c pim.Commit) pim.Counts {
	s.t.Helper()
	if c.Outcome == "" {
		c.Outcome = pim.Complete
	}
	if c.Ended.IsZero() {
		c.Ended = s.v.now()
	}
	n, err := s.v.Finish(context.Background(), run, c)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *scene) ids(c pim.Known) map[string]int64 {
	s.t.Helper()
	index, err := s.v.Index(context.Background(), c.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]int64{}
	for _, x := range index {
		out[x.Href.Base()] = x.Resource
	}
	return out
}

func (s *scene) evidence(run pim.RunID, gone ...int64) pim.Evidence {
	s.t.Helper()
	e, err := s.v.Evidence(context.Background(), s.c.ID, run, gone, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

func (s *scene) card(name, etag, body string, fields map[string]int) pim.Recorded {
	return object(hrefOf(s.c, name), etag, body, card(name, fields))
}

func TestEvidence_OfTheFirstRun_IsNone(t *testing.T) {
	s := newScene(t)
	run := s.put(s.card("a", "1", "A", filled))
	if e := s.evidence(run); !e.GoodAt.IsZero() || e.Created != 0 {
		t.Errorf("%+v", e)
	}
}

// What changed is compared with the last run that concluded: what a failed one
// brought counts too.
func TestEvidence_CountsWhatChanged(t *testing.T) {
	s := newScene(t)
	s.finish(s.put(s.card("a", "1", "A", filled), s.card("b", "1", "B", filled), s.card("c", "1", "C", filled), s.card("d", "1", "D", filled)), pim.Commit{})
	good := s.v.now()
	failed := s.put(s.card("a", "2", "A2", map[string]int{"TEL": 1}))
	s.finish(failed, pim.Commit{Outcome: pim.Failed, Fault: pim.Protocol, Message: "x"})
	b2 := s.card("b", "2", "B2", map[string]int{"PHOTO": 1, "TEL": 2, "EMAIL": 1, "NOTE": 1, "ADR": 1})
	b2.Summary.Producer = "-//new//EN"
	run := s.put(b2, s.card("c", "2", "C", filled), s.card("new", "1", "N", filled))
	e := s.evidence(run)
	ids := s.ids(s.c)
	if !slices.Equal(e.Changed, []int64{ids["a"], ids["b"]}) || e.Created != 1 || e.Hollow != 1 || e.Reverted != 0 {
		t.Errorf("%+v", e)
	}
	if e.GoodAt.After(good) || e.Producer != "-//new//EN" || e.Produced != 1 {
		t.Errorf("%v %q %d", e.GoodAt, e.Producer, e.Produced)
	}
	for class, want := range map[string]pim.FieldLoss{pim.FieldPhoto: {Had: 2, Lost: 1}, pim.FieldPhone: {Had: 2, Lost: 1}, pim.FieldEmail: {Had: 2, Lost: 1},
		pim.FieldNote: {Had: 2, Lost: 1}, pim.FieldAddress: {Had: 2, Lost: 1}} {
		if e.Fields[class] != want {
			t.Errorf("%s: %+v", class, e.Fields[class])
		}
	}
	if len(e.Recent) != 2 || e.Recent[0].Created != 4 || e.Recent[1].Outcome != pim.Failed || e.Recent[1].Fault != "protocol" {
		t.Errorf("%+v", e.Recent)
	}
	s.finish(run, pim.Commit{Fields: e.Fields})
	if e = s.evidence(0); len(e.Changed) != 0 || e.Recent[2].Fields[pim.FieldNote] != (pim.FieldLoss{Had: 2, Lost: 1}) {
		t.Errorf("%+v", e)
	}
}

// Five photos go: then it matters how many there were at all.
func TestEvidence_NearALoss_CountsAll(t *testing.T) {
	s := newScene(t)
	var first, then []pim.Recorded
	for i := range 12 {
		first = append(first, s.card(fmt.Sprint(i), "1", fmt.Sprint("x", i), map[string]int{"PHOTO": 1, "TEL": 1}))
		if i < 5 {
			then = append(then, s.card(fmt.Sprint(i), "2", fmt.Sprint("y", i), map[string]int{"TEL": 1}))
		}
	}
	s.finish(s.put(first...), pim.Commit{})
	e := s.evidence(s.put(then...))
	if e.Fields[pim.FieldPhoto] != (pim.FieldLoss{Had: 5, Lost: 5}) || e.Having[pim.FieldPhoto] != 7 || e.Having[pim.FieldPhone] != 7 || e.Hollow != 0 {
		t.Errorf("%+v %v hollow %d", e.Fields, e.Having, e.Hollow)
	}
}

// The server goes back to what it was after the first run: the moment is found
// from what returned, and what appeared later is the younger part.
func TestEvidence_RollBack_FindsTheMoment(t *testing.T) {
	s := newScene(t)
	s.finish(s.put(s.card("a", "1", "A", filled), s.card("b", "1", "B", filled), s.card("c", "1", "C", filled)), pim.Commit{})
	moment := s.v.now()
	s.finish(s.put(s.card("a", "2", "A2", filled), s.card("n", "1", "N", filled)), pim.Commit{})
	s.finish(s.put(s.card("b", "2", "B2", filled), s.card("m", "1", "M", filled)), pim.Commit{})
	ids := s.ids(s.c)
	run := s.put(s.card("a", "1", "A", filled), s.card("b", "1", "B", filled))
	e := s.evidence(run, ids["n"], ids["m"])
	if e.Reverted != 2 || e.Younger != 2 || !e.Newest || e.Births != 1 || e.RevertedTo.Before(moment) || e.RevertedTo.After(moment.Add(10*time.Second)) {
		t.Errorf("%+v", e)
	}
	if e = s.evidence(run, ids["n"]); e.Newest || e.Younger != 1 {
		t.Errorf("%+v", e)
	}
}

// What a restore of ours wrote to the server comes back older, and is no sign of
// anything.
func TestEvidence_OfARestore_IsNotTheServers(t *testing.T) {
	s := newScene(t)
	ctx := context.Background()
	s.finish(s.put(s.card("a", "1", "A", filled), s.card("b", "1", "B", filled)), pim.Commit{})
	s.finish(s.put(s.card("a", "2", "A2", filled), s.card("b", "2", "B2", filled)), pim.Commit{})
	_, err := s.v.writer.ExecContext(ctx, `INSERT INTO restores (id, created_at, ask, target, state, started_at) VALUES (1, 0, '{}', ?, 'running', 1)`, s.a.ID)
	if err == nil {
		_, err = s.v.writer.ExecContext(ctx, `INSERT INTO restore_steps (restore, n, action, resource, revision, title, uid, collection, kind, href, etag, why, state)
			VALUES (1, 1, 'update', ?, 1, '', '', '', 'contacts', '', '', '', 'done')`, s.ids(s.c)["a"])
	}
	if err != nil {
		t.Fatal(err)
	}
	e := s.evidence(s.put(s.card("a", "3", "A", filled), s.card("b", "3", "B", filled)))
	if e.Reverted != 1 || len(e.Changed) != 1 {
		t.Errorf("%+v", e)
	}
}

// Gone, and there under another name, in another collection, or with other
// bytes: not missing. A copy that had been there all along, and a shell of what
// it was, are no such thing.
func TestEvidence_Moved(t *testing.T) {
	s := newScene(t)
	var first []pim.Recorded
	for _, n := range []string{"renamed", "elsewhere", "edited", "copied", "hollow", "gone", "twin1", "twin2"} {
		body := n
		if n == "twin1" || n == "twin2" {
			body = "twin"
		}
		first = append(first, s.card(n, "1", body, filled))
	}
	s.finish(s.put(first...), pim.Commit{})
	mirrorAll(t, s.v, s.cal.ID, pim.Commit{Ended: s.v.now(), Objects: []pim.Recorded{object(hrefOf(s.cal, "copy"), "1", "copied", card("copied", filled))}})
	s.finish(s.put(), pim.Commit{})
	mirrorAll(t, s.v, s.cal.ID, pim.Commit{Ended: s.v.now(), Objects: []pim.Recorded{object(hrefOf(s.cal, "x"), "1", "elsewhere", card("elsewhere", filled))}})
	edited := s.card("edited-now", "1", "edited 2", filled)
	edited.Summary.UID = "edited"
	hollow := s.card("hollow-now", "1", "hollow 2", nil)
	hollow.Summary.UID = "hollow"
	run := s.put(s.card("renamed-now", "1", "renamed", filled), edited, hollow, s.card("twin-now", "1", "twin", filled))
	ids := s.ids(s.c)
	var gone []int64
	for _, o := range first {
		gone = append(gone, ids[o.Object.Href.Base()])
	}
	e := s.evidence(run, gone...)
	want := []int64{ids["renamed"], ids["elsewhere"], ids["edited"], ids["twin1"]}
	slices.Sort(e.Moved)
	if slices.Sort(want); !slices.Equal(e.Moved, want) || e.Hollow != 1 {
		t.Errorf("moved %v, want %v; hollow %d", e.Moved, want, e.Hollow)
	}
	if e := s.evidence(run, ids["twin-now"], ids["edited-now"]); len(e.Moved) != 0 {
		t.Errorf("%v moved to where they were, and are no more", e.Moved)
	}
}

func TestEvidence_EmptiedBefore(t *testing.T) {
	s := newScene(t)
	s.finish(s.put(s.card("a", "1", "A", nil)), pim.Commit{})
	a := s.ids(s.c)["a"]
	if e := s.evidence(0, a); e.EmptiedBefore {
		t.Error("it was not")
	}
	s.finish(s.put(), pim.Commit{Tombstones: []int64{a}})
	s.finish(s.put(s.card("b", "1", "B", nil)), pim.Commit{})
	if e := s.evidence(0, s.ids(s.c)["b"]); !e.EmptiedBefore {
		t.Error("it was")
	}
}

// profileOf is not misled by what stands in texts.
func TestProfile_ReadsWhatWasWritten(t *testing.T) {
	var j jsonText
	s := card(`a"x":{"TEL":9}\`, filled)
	s.Names, s.Emails = []string{`,"x":{"PHOTO":7`, `"u":"b"`}, []string{`\"w":"`}
	p := profileOf([]byte(j.of(&s)), 10)
	if p.of != [len(classes)]int{1, 2, 1, 1, 1} || p.total != 6 || string(p.producer) != "-//old//EN" || string(p.uid) != `a\"x\":{\"TEL\":9}\\` {
		t.Errorf("%+v %s %s", p, p.uid, p.producer)
	}
	for _, text := range []string{"", "{}", `{"x":{`, `{"x":{"`, `{"x":{"TEL`, `{"x":{"TEL":`, `{"u":"\`} {
		profileOf([]byte(text), 0)
	}
}
