package plan

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sidekeep/sync/pim"
)

// The target account is 1; another is 2.
func place(id int64, kind pim.Kind, name string, objects ...pim.Present) RestorePlace {
	return RestorePlace{Collection: pim.Collection{ID: id, AccountID: 1, Kind: kind, Name: name,
		URL: "https://dav.example.org/u/" + strings.ToLower(name) + "/"}, Objects: objects}
}

func from(account, id int64, kind pim.Kind, name string) pim.Collection {
	c := place(id, kind, name).Collection
	c.AccountID = account
	return c
}

func card(resource int64, uid, sum string, of pim.Collection) RestoreWanted {
	return RestoreWanted{Resource: resource, Revision: resource * 10, SHA256: sum, Size: 100, Collection: of,
		Href: pim.Href("/u/friends/" + uid + ".vcf"), Title: uid, Component: "VCARD", UID: uid}
}

func event(resource int64, uid, sum string, of pim.Collection) RestoreWanted {
	w := card(resource, uid, sum, of)
	w.Component, w.Href = "VEVENT", pim.Href("/u/work/"+uid+".ics")
	return w
}

func there(uid, sum string) pim.Present {
	return pim.Present{Resource: 1, Href: pim.Href("/u/friends/" + uid + ".vcf"), ETag: `"1"`, UID: uid, SHA256: sum}
}

func terms(change func(*pim.Terms, *pim.CollectionTerms)) []pim.Terms {
	t := pim.Terms{Home: pim.HomeSet{URL: "https://dav.example.org/u/"}}
	c := pim.CollectionTerms{Collection: place(11, pim.Contacts, "Friends").Collection}
	change(&t, &c)
	t.Collections = []pim.CollectionTerms{c}
	return []pim.Terms{t}
}

func TestPlanRestore_EveryActionAndReason(t *testing.T) {
	friends, work := from(1, 11, pim.Contacts, "Friends"), from(1, 12, pim.Calendar, "Work")
	far := from(2, 91, pim.Contacts, "Friends")
	older := there("a", "other")
	older.SeenAt = time.Date(2026, 3, 1, 9, 30, 0, 0, time.UTC)
	noTag := there("a", "other")
	noTag.ETag = "last-modified Sun, 01 Mar 2026 09:30:00 GMT"
	held := there("a", "1")
	held.Held = true
	mapped := there("a-new", "other")
	invited := there("e", "other")
	invited.Href = "/u/work/e.ics"
	tells := func(pim.Present) []string { return []string{"guest@example.org"} }
	alike := func(RestoreWanted, pim.Present) bool { return true }
	undo := card(7, "a", "1", friends)
	undo.Undo = true
	since := undo
	since.Undone = 4711
	noUID := card(7, "", "1", friends)
	noUID.Href = "/u/friends/x.vcf"
	taskOnly := place(12, pim.Calendar, "Work")
	taskOnly.Collection.Components = []string{"VTODO"}
	vanished := place(11, pim.Contacts, "Friends", there("a", "1"))
	vanished.Vanished = "404"
	elsewhere := place(13, pim.Calendar, "Private", pim.Present{Href: "/u/private/e.ics", ETag: `"3"`, UID: "e", SHA256: "9"})
	account := func(t *pim.Terms, _ *pim.CollectionTerms) { t.UIDScope = "account" }

	for _, c := range []struct {
		name  string
		f     RestoreFacts
		want  pim.Action
		href  pim.Href
		etag  pim.ETag
		why   string // part of it
		check func(t *testing.T, p RestorePlan)
	}{
		{name: "absent", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends")}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}},
			want: pim.Create, href: "/u/friends/a.vcf", why: "not there"},
		{name: "missing and held", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", held)}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}},
			want: pim.Create, href: "/u/friends/a.vcf"},
		{name: "same bytes", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", there("a", "1"))}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}},
			want: pim.Identical, why: "byte for byte"},
		{name: "same meaning", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}, Equal: alike},
			want: pim.Identical, why: "in other words"},
		{name: "as the server altered it", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{card(7, "a", "1", friends)},
			Earlier: map[int64]pim.Earlier{7: {Revision: 70, ETag: `"1"`}}},
			want: pim.Identical, why: "restored before"},
		{name: "altered, but another version was put then", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{card(7, "a", "1", friends)},
			Earlier: map[int64]pim.Earlier{7: {Revision: 69, ETag: `"1"`}}},
			want: pim.Conflict},
		{name: "changed since", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}},
			want: pim.Conflict, why: "changed on the server since (seen 2026-03-01 09:30)"},
		{name: "another state at another provider", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{card(7, "a", "1", far)}},
			want: pim.Conflict, why: "another state"},
		{name: "overwrite", f: RestoreFacts{Ask: pim.RestoreAsk{Overwrite: true}, There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}},
			want: pim.Update, href: "/u/friends/a.vcf", etag: `"1"`, why: "as asked for"},
		{name: "undo", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{undo}},
			want: pim.Update, href: "/u/friends/a.vcf", etag: `"1"`, why: "undoes"},
		{name: "undo what was changed again", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{since}},
			want: pim.Conflict, href: "/u/friends/a.vcf", etag: `"1"`, why: "changed on the server since"},
		{name: "no ETag to replace it by", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", noTag)}, Wanted: []RestoreWanted{undo}},
			want: pim.Cannot, why: "no ETag"},
		{name: "known by the UID it was given", f: RestoreFacts{Ask: pim.RestoreAsk{Overwrite: true}, There: []RestorePlace{place(11, pim.Contacts, "Friends", mapped)},
			Wanted: []RestoreWanted{card(7, "a", "1", friends)}, Earlier: map[int64]pim.Earlier{7: {UID: "a-new"}}},
			want: pim.Update, href: "/u/friends/a-new.vcf", check: func(t *testing.T, p RestorePlan) {
				if p.Steps[0].NewUID != "a-new" {
					t.Errorf("new UID %q", p.Steps[0].NewUID)
				}
			}},
		{name: "no UID, by address", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", pim.Present{Href: "/u/friends/x.vcf", ETag: `"1"`, SHA256: "other"})},
			Wanted: []RestoreWanted{noUID}}, want: pim.Conflict},
		{name: "no UID, by bytes", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", pim.Present{Href: "/u/friends/y.vcf", ETag: `"1"`, SHA256: "1"})},
			Wanted: []RestoreWanted{noUID}}, want: pim.Identical},
		{name: "its address is taken", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", pim.Present{Href: "/u/friends/a.vcf", ETag: `"1"`, UID: "b", SHA256: "2"})},
			Wanted: []RestoreWanted{card(7, "a", "1", friends)}}, want: pim.Create, href: "/u/friends/a-2.vcf"},
		{name: "elsewhere by name, whatever its case", f: RestoreFacts{There: []RestorePlace{place(14, pim.Contacts, "FRIENDS")}, Wanted: []RestoreWanted{card(7, "a", "1", far)}},
			want: pim.Create, href: "/u/friends/a.vcf"},
		{name: "no such collection", f: RestoreFacts{There: []RestorePlace{place(14, pim.Contacts, "Others")}, Wanted: []RestoreWanted{card(7, "a", "1", far)}},
			want: pim.Cannot, why: `no address book named "Friends"; it can be made (--make)`},
		{name: "made", f: RestoreFacts{Ask: pim.RestoreAsk{Make: true}, Wanted: []RestoreWanted{card(7, "a", "1", far)}}, want: pim.Create, href: "a.vcf",
			check: func(t *testing.T, p RestorePlan) {
				if !reflect.DeepEqual(p.Makes, []pim.RestoreMake{{Name: "Friends", Kind: pim.Contacts}}) || p.Steps[0].Make != "Friends" || p.Steps[0].Collection != "" {
					t.Errorf("%+v %+v", p.Makes, p.Steps[0])
				}
			}},
		{name: "none can be made", f: RestoreFacts{Ask: pim.RestoreAsk{Make: true}, Wanted: []RestoreWanted{card(7, "a", "1", far)},
			Terms: terms(func(t *pim.Terms, _ *pim.CollectionTerms) { t.MakeBook = pim.LeaveNo })}, want: pim.Cannot, why: "the server makes none"},
		{name: "vanished", f: RestoreFacts{There: []RestorePlace{vanished}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}}, want: pim.Cannot, why: "can be made"},
		{name: "vanished, made anew", f: RestoreFacts{Ask: pim.RestoreAsk{Make: true}, There: []RestorePlace{vanished}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}},
			want: pim.Create, href: "a.vcf"},
		{name: "read-only", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends")}, Wanted: []RestoreWanted{card(7, "a", "1", friends)},
			Terms: terms(func(_ *pim.Terms, c *pim.CollectionTerms) { c.Create = pim.LeaveNo })}, want: pim.Cannot, why: `"Friends" is read-only`},
		{name: "no change allowed", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends", older)}, Wanted: []RestoreWanted{undo},
			Terms: terms(func(_ *pim.Terms, c *pim.CollectionTerms) { c.Change = pim.LeaveNo })}, want: pim.Cannot, why: "read-only"},
		{name: "too large", f: RestoreFacts{There: []RestorePlace{place(11, pim.Contacts, "Friends")}, Wanted: []RestoreWanted{card(7, "a", "1", friends)},
			Terms: terms(func(_ *pim.Terms, c *pim.CollectionTerms) { c.MaxSize = 99 })}, want: pim.Cannot, why: "100 bytes, and the server takes at most 99"},
		{name: "component", f: RestoreFacts{There: []RestorePlace{taskOnly}, Wanted: []RestoreWanted{event(7, "e", "1", work)}}, want: pim.Cannot, why: "takes no events"},
		{name: "into", f: RestoreFacts{Ask: pim.RestoreAsk{Into: "others"}, There: []RestorePlace{place(11, pim.Contacts, "Friends"), place(14, pim.Contacts, "Others")},
			Wanted: []RestoreWanted{card(7, "a", "1", friends)}}, want: pim.Create, href: "/u/others/a.vcf"},
		{name: "into by URL", f: RestoreFacts{Ask: pim.RestoreAsk{Into: "https://dav.example.org/u/others/"}, There: []RestorePlace{place(14, pim.Contacts, "Others")},
			Wanted: []RestoreWanted{card(7, "a", "1", friends)}}, want: pim.Create, href: "/u/others/a.vcf"},
		{name: "into another kind", f: RestoreFacts{Ask: pim.RestoreAsk{Into: "Work"}, There: []RestorePlace{place(12, pim.Calendar, "Work")},
			Wanted: []RestoreWanted{card(7, "a", "1", friends)}}, want: pim.Cannot, why: `"Work" is a calendar`},
		{name: "into what is made", f: RestoreFacts{Ask: pim.RestoreAsk{Into: "Rescued", Make: true}, Wanted: []RestoreWanted{card(7, "a", "1", friends)}}, want: pim.Create, href: "a.vcf"},
		{name: "UID taken in another calendar", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work"), elsewhere}, Wanted: []RestoreWanted{event(7, "e", "1", work)},
			Terms: terms(account)}, want: pim.Cannot, why: `taken in "Private"`},
		{name: "new UID", f: RestoreFacts{Ask: pim.RestoreAsk{NewUIDs: true}, There: []RestorePlace{place(12, pim.Calendar, "Work"), elsewhere}, Wanted: []RestoreWanted{event(7, "e", "1", work)},
			Terms: terms(account)}, want: pim.Create, why: "gets a new one", check: func(t *testing.T, p RestorePlan) {
			s := p.Steps[0]
			if len(s.NewUID) != 36 || s.Href != pim.Href("/u/work/"+s.NewUID+".ics") || s.UID != "e" {
				t.Errorf("%+v", s)
			}
		}},
		{name: "in another calendar too", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work"), elsewhere}, Wanted: []RestoreWanted{event(7, "e", "1", work)}},
			want: pim.Create, href: "/u/work/e.ics", why: `stands in "Private" too`},
		{name: "people who would hear of a change", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work", invited)}, Ask: pim.RestoreAsk{Overwrite: true},
			Wanted: []RestoreWanted{event(7, "e", "1", work)}, Told: tells}, want: pim.Cannot, why: "unless mail may be sent (--as-is)"},
		{name: "people who may hear of it", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work", invited)}, Ask: pim.RestoreAsk{Overwrite: true, AsIs: true},
			Wanted: []RestoreWanted{event(7, "e", "1", work)}, Told: tells}, want: pim.Update, check: func(t *testing.T, p RestorePlan) {
			if !slices.Equal(p.Steps[0].Mail, []string{"guest@example.org"}) || len(p.Notes) != 1 {
				t.Errorf("%v %v", p.Steps[0].Mail, p.Notes)
			}
		}},
		{name: "a server that mails nobody", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work", invited)}, Ask: pim.RestoreAsk{Overwrite: true},
			Terms: terms(func(t *pim.Terms, _ *pim.CollectionTerms) { t.Mails = pim.LeaveNo }), Wanted: []RestoreWanted{event(7, "e", "1", work)}, Told: tells}, want: pim.Update},
		{name: "a server that can be asked to be quiet", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work", invited)}, Ask: pim.RestoreAsk{Overwrite: true},
			Terms:  terms(func(t *pim.Terms, _ *pim.CollectionTerms) { t.Mails, t.Server = pim.LeaveYes, "Nextcloud" }),
			Wanted: []RestoreWanted{event(7, "e", "1", work)}, Told: tells}, want: pim.Update},
		{name: "people who were left to the client", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work", invited)}, Ask: pim.RestoreAsk{Overwrite: true},
			Wanted: []RestoreWanted{event(7, "e", "1", work)}, Told: func(pim.Present) []string { return nil }}, want: pim.Update},
		{name: "mail", f: RestoreFacts{There: []RestorePlace{place(12, pim.Calendar, "Work")}, Wanted: []RestoreWanted{func() RestoreWanted {
			w := event(7, "e", "1", work)
			w.Mail = []string{"x@example.org"}
			return w
		}()}}, want: pim.Create, check: func(t *testing.T, p RestorePlan) {
			if len(p.Steps[0].Mail) != 1 || len(p.Notes) != 1 || !strings.Contains(p.Notes[0], "invites nobody") {
				t.Errorf("%v %v", p.Steps[0].Mail, p.Notes)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.f.Target = 1
			p := PlanRestore(c.f)
			s := p.Steps[0]
			if s.Action != c.want || c.href != "" && s.Href != c.href || s.ETag != c.etag && c.want != pim.Identical && c.want != pim.Conflict && c.want != pim.Cannot && c.etag != "" ||
				!strings.Contains(s.Why, c.why) {
				t.Errorf("%s %q %q: %s", s.Action, s.Href, s.ETag, s.Why)
			}
			if s.Action == pim.Create && s.ETag != "" {
				t.Errorf("a new object with If-Match %q", s.ETag)
			}
			if s.N != 1 || s.Why == "" || s.State != "todo" {
				t.Errorf("%+v", s)
			}
			if c.check != nil {
				c.check(t, p)
			}
			if again := PlanRestore(c.f); !reflect.DeepEqual(p, again) {
				t.Error("the same facts gave another plan")
			}
		})
	}
}

// One plan never gives a UID or an address away twice in a collection.
func TestPlanRestore_NothingTwice(t *testing.T) {
	one, two := from(2, 91, pim.Contacts, "One"), from(2, 92, pim.Contacts, "Two")
	wanted := []RestoreWanted{card(1, "a", "1", one), card(2, "a", "1", two), card(3, "a", "2", two), card(4, "b", "3", two)}
	wanted[3].Href = "/v/a.vcf"
	f := RestoreFacts{Target: 1, Ask: pim.RestoreAsk{Into: "All"}, There: []RestorePlace{place(11, pim.Contacts, "All")}, Wanted: wanted}
	p := PlanRestore(f)
	for i, want := range []pim.Action{pim.Create, pim.Identical, pim.Cannot, pim.Create} {
		if p.Steps[i].Action != want {
			t.Errorf("step %d: %s, want %s: %s", i+1, p.Steps[i].Action, want, p.Steps[i].Why)
		}
	}
	if p.Steps[3].Href != "/u/all/a-2.vcf" {
		t.Errorf("%s", p.Steps[3].Href)
	}
	f.Ask.NewUIDs = true
	p = PlanRestore(f)
	if s := p.Steps[2]; s.Action != pim.Create || s.NewUID == "" || s.NewUID == "a" {
		t.Errorf("%+v", s)
	}
}

// A calendar that is made takes what its source took, and all that goes in.
func TestPlanRestore_MadeCalendarTakesItAll(t *testing.T) {
	src := from(2, 92, pim.Calendar, "Plans")
	src.Components, src.Color = []string{"VEVENT"}, "#00ff00"
	task := event(2, "t", "2", src)
	task.Component = "VTODO"
	p := PlanRestore(RestoreFacts{Target: 1, Ask: pim.RestoreAsk{Make: true}, Wanted: []RestoreWanted{event(1, "e", "1", src), task}})
	want := []pim.RestoreMake{{Name: "Plans", Kind: pim.Calendar, Components: []string{"VEVENT", "VTODO"}, Color: "#00ff00"}}
	if !reflect.DeepEqual(p.Makes, want) || len(src.Components) != 1 {
		t.Errorf("%+v", p.Makes)
	}
}

func TestSafeName(t *testing.T) {
	for in, want := range map[string]string{
		"abc-1_2.x":              "abc-1_2.x",
		"a@b":                    "a-b",
		".hidden":                "-hidden",
		"ends.":                  "ends",
		"A%2FB":                  "A-B",
		"":                       "",
		strings.Repeat("x", 101): "",
		"你好世界":                   "",
	} {
		got := safeName(in)
		if want != "" && got != want || strings.ContainsAny(got, "/@%. ") && want == "" || len(got) > maxName || want == "" && in != "" && len(got) != 32 {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// A server may give what is put a UID of its own. What stands there with the same
// meaning, and for nothing else, is then what is wanted.
func TestPlanRestore_UnderAnotherUID(t *testing.T) {
	home, far := from(1, 11, pim.Contacts, "Friends"), from(2, 91, pim.Contacts, "Friends")
	given := func(uid string) pim.Present {
		o := there(uid, "other "+uid)
		o.Sign = "VCARD 0 Person"
		return o
	}
	wanted := func(resource int64, uid string, of pim.Collection) RestoreWanted {
		w := card(resource, uid, "1", of)
		w.Sign = "VCARD 0 Person"
		return w
	}
	equal := func(RestoreWanted, pim.Present) bool { return true }
	unlike := func(RestoreWanted, pim.Present) bool { return false }
	sent := map[int64]pim.Earlier{7: {Sent: 3}}
	own := terms(func(t *pim.Terms, _ *pim.CollectionTerms) { t.OwnNames = pim.LeaveYes })
	for _, c := range []struct {
		name   string
		f      RestoreFacts
		there  []pim.Present
		wanted []RestoreWanted
		want   []pim.Action
		uid    string
		why    string
	}{
		{"at another provider", RestoreFacts{Equal: equal}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", far)}, []pim.Action{pim.Identical}, "x", "under another UID"},
		{"another meaning", RestoreFacts{Equal: unlike}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", far)}, []pim.Action{pim.Create}, "", "not there"},
		{"where it came from", RestoreFacts{Equal: equal}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", home)}, []pim.Action{pim.Create}, "", "not there"},
		{"where it came from, with UIDs of its own", RestoreFacts{Equal: equal, Terms: own}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", home)}, []pim.Action{pim.Identical}, "x", ""},
		{"interrupted", RestoreFacts{Equal: equal, Earlier: sent}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", home)}, []pim.Action{pim.Identical}, "x", ""},
		{"interrupted, and alike", RestoreFacts{Equal: unlike, Earlier: sent}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", home)}, []pim.Action{pim.Conflict}, "", "restore run 3"},
		{"interrupted, and alike, overwritten", RestoreFacts{Equal: unlike, Earlier: sent, Ask: pim.RestoreAsk{Overwrite: true}}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", home)}, []pim.Action{pim.Update}, "x", ""},
		{"interrupted, and nothing there", RestoreFacts{Equal: unlike, Earlier: sent}, nil, []RestoreWanted{wanted(7, "a", home)}, []pim.Action{pim.Create}, "", ""},
		{"it is another one that is wanted", RestoreFacts{Equal: func(w RestoreWanted, p pim.Present) bool { return w.UID != p.UID }}, []pim.Present{given("b")},
			[]RestoreWanted{wanted(7, "a", far), wanted(8, "b", far)}, []pim.Action{pim.Create, pim.Conflict}, "", ""},
		{"one of two", RestoreFacts{Equal: equal}, []pim.Present{given("x")}, []RestoreWanted{wanted(7, "a", far), wanted(8, "b", far)}, []pim.Action{pim.Identical, pim.Create}, "x", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.f.Target, c.f.Wanted, c.f.There = 1, c.wanted, []RestorePlace{place(11, pim.Contacts, "Friends", c.there...)}
			p := PlanRestore(c.f)
			for i, want := range c.want {
				if p.Steps[i].Action != want {
					t.Errorf("step %d: %s, want %s: %s", i+1, p.Steps[i].Action, want, p.Steps[i].Why)
				}
			}
			if s := p.Steps[0]; s.NewUID != c.uid || !strings.Contains(s.Why, c.why) {
				t.Errorf("UID %q: %s", s.NewUID, s.Why)
			}
		})
	}
}
