package dav_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func TestMakeCollection_ByWhateverWayTheServerHas(t *testing.T) {
	for _, kind := range []pim.Kind{pim.Contacts, pim.Calendar} {
		for _, q := range []davtest.Quirk{"", davtest.NoMkcalendar, davtest.PlainMkcol, davtest.MakeNoColor, davtest.MakeNoName, davtest.MakeTaken, davtest.NoOptions} {
			t.Run(fmt.Sprintf("%s/%s", kind, q), func(t *testing.T) {
				s := davtest.New(t, davtest.WithQuirks(q))
				w, _ := writer(t, s)
				for n, segment := range []string{"mine-yours", "mine-yours-2"} {
					c, err := w.MakeCollection(t.Context(), home(s, kind), "Mine & <Yours> é", kind, []string{"vtodo"}, "#FF8800FF")
					if err != nil {
						t.Fatal(err)
					}
					all := s.Collections()
					if len(all) != n+1 || c.URL != all[n].URL() || all[n].Kind() != kind || all[n].Name() != "Mine & <Yours> é" || c.Name != all[n].Name() ||
						c.HomeSet != home(s, kind).URL || !strings.HasSuffix(c.URL, "/"+segment+"/") {
						t.Errorf("%+v, the server has %v called %q", c, all, all[n].Name())
					}
					if kind == pim.Calendar && (!slices.Equal(c.Components, []string{"VTODO"}) || c.Color == "") {
						t.Errorf("%+v", c)
					}
				}
			})
		}
	}
}

func TestMakeCollection_WhereNoneCanBeMade(t *testing.T) {
	s := davtest.New(t, davtest.WithQuirks(davtest.NoMake))
	w, _ := writer(t, s)
	for _, kind := range []pim.Kind{pim.Contacts, pim.Calendar} {
		_, err := w.MakeCollection(t.Context(), home(s, kind), "New", kind, nil, "")
		if e := failure(t, err, pim.Denied, pim.ReasonNoMake); !strings.Contains(e.Hint, "on the server's own page") {
			t.Error(e.Hint)
		}
	}
	_, err := w.MakeCollection(t.Context(), home(s, pim.Contacts), "New", "both", nil, "")
	failure(t, err, pim.Invalid, "")
	if len(s.Collections()) != 0 {
		t.Error(s.Collections())
	}
}

// Somebody makes one under the same name at the same moment.
func TestMakeCollection_SomebodyWasFaster(t *testing.T) {
	for _, q := range []davtest.Quirk{"", davtest.MakeTaken} {
		s := davtest.New(t, davtest.WithQuirks(q))
		w, _ := writer(t, s)
		s.Fail(davtest.Fault{Kind: davtest.Drip, After: 1 << 20, Match: func(r davtest.Request) bool {
			if r.Method == "MKCALENDAR" && len(s.Collections()) == 0 {
				s.AddCollection(pim.Calendar, "work", "Somebody's")
			}
			return false
		}})
		c, err := w.MakeCollection(t.Context(), home(s, pim.Calendar), "Work", pim.Calendar, nil, "")
		if err != nil || !strings.HasSuffix(c.URL, "/work-2/") || len(s.Collections()) != 2 {
			t.Errorf("%q: %+v %v", q, c, err)
		}
	}
}

// Each request of making a collection is broken in turn, before and after it was
// carried out: there is never more than one collection, and asking again helps.
func TestMakeCollection_CutAtEveryRequest(t *testing.T) {
	for _, kind := range []davtest.FaultKind{davtest.Reset, davtest.Lost, davtest.Status} {
		for n := 1; n <= 5; n++ {
			s := davtest.New(t, davtest.WithQuirks(davtest.MakeNoName))
			w, _ := writer(t, s)
			s.Fail(davtest.Fault{Kind: kind, At: n, Status: map[davtest.FaultKind]int{davtest.Status: 503}[kind]})
			c, err := w.MakeCollection(t.Context(), home(s, pim.Calendar), "Work", pim.Calendar, nil, "")
			if err != nil && len(s.Collections()) == 0 {
				c, err = w.MakeCollection(t.Context(), home(s, pim.Calendar), "Work", pim.Calendar, nil, "")
			}
			if err != nil || len(s.Collections()) != 1 || c.URL != s.Collections()[0].URL() {
				t.Errorf("%s at %d: %v %v", kind, n, s.Collections(), err)
			}
		}
	}
}

func TestPreflight(t *testing.T) {
	s := davtest.New(t)
	s.SetMaxSize(1000)
	work := s.AddCollection(pim.Calendar, "work", "Work")
	work.SetComponents("VEVENT")
	shared := s.AddCollection(pim.Calendar, "shared", "Shared")
	shared.SetPrivileges("read", "read-current-user-privilege-set")
	w, _ := writer(t, s)
	terms, err := w.Preflight(t.Context(), home(s, pim.Calendar))
	if err != nil || len(terms.Collections) != 2 {
		t.Fatal(terms, err)
	}
	a, b := terms.Collections[0], terms.Collections[1]
	if a.Create != pim.LeaveYes || a.Change != pim.LeaveYes || a.Delete != pim.LeaveYes || a.MaxSize != 1000 || !slices.Equal(a.Components, []string{"VEVENT"}) {
		t.Errorf("%+v", a)
	}
	if b.Create != pim.LeaveNo || b.Change != pim.LeaveNo || b.Delete != pim.LeaveNo {
		t.Errorf("%+v", b)
	}
	if terms.MakeCalendar != pim.LeaveYes || terms.MakeBook != pim.LeaveNo || terms.Mails != pim.LeaveNo || terms.Server != "" || terms.UIDScope != "" {
		t.Errorf("%+v", terms)
	}
	if n := s.CountOf(davtest.Request.Writes); n != 0 {
		t.Errorf("%d requests that write", n)
	}
	for _, c := range []struct {
		quirk               davtest.Quirk
		calendar, book, may pim.Leave
	}{
		{davtest.Mails, pim.LeaveYes, pim.LeaveYes, pim.LeaveYes},
		{davtest.NoMkcalendar, pim.LeaveYes, pim.LeaveYes, pim.LeaveNo},
		{davtest.NoMake, pim.LeaveUnknown, pim.LeaveUnknown, pim.LeaveNo},
		{davtest.NoOptions, pim.LeaveUnknown, pim.LeaveUnknown, pim.LeaveUnknown},
	} {
		s.Clear()
		s.Set(c.quirk)
		cal, err := w.Preflight(t.Context(), home(s, pim.Calendar))
		books, err2 := w.Preflight(t.Context(), home(s, pim.Contacts))
		if err != nil || err2 != nil || cal.MakeCalendar != c.calendar || books.MakeBook != c.book || cal.Mails != c.may || books.Mails != pim.LeaveNo {
			t.Errorf("%+v: %+v %+v %v %v", c, cal, books, err, err2)
		}
	}
	s.Clear()
	s.Set(davtest.NoOptions, davtest.Mails) // it has an outbox
	if cal, err := w.Preflight(t.Context(), home(s, pim.Calendar)); err != nil || cal.Mails != pim.LeaveYes {
		t.Errorf("%+v %v", cal, err)
	}
	s.Clear()
	s.SetPassword("another")
	_, err = w.Preflight(t.Context(), home(s, pim.Calendar))
	failure(t, err, pim.Denied, "login")
}

func TestFindUID_ComparesWhatComesBack(t *testing.T) {
	for _, q := range []davtest.Quirk{"", davtest.NoQuery, davtest.CaseTwins, davtest.ETagRequired, davtest.DataAsCDATA} {
		s := davtest.New(t, davtest.WithQuirks(q))
		book := s.AddCollection(pim.Contacts, "book", "Book")
		work := s.AddCollection(pim.Calendar, "work", "Work")
		book.Fill(20, 1, gen.Card)
		work.Fill(20, 1, gen.Event)
		folded := strings.Repeat("long", 30)
		book.Put("fold.vcf", card(folded[:60]+"\r\n "+folded[60:], "Folded"))
		book.Put("comma.vcf", card(`a\,b\;c`, "Comma"))
		book.Put("upper.vcf", card("ABC", "Upper"))
		work.Put("alarm.ics", []byte(strings.Replace(string(event("e1", "x")), "END:VEVENT", "BEGIN:VALARM\r\nUID:ALARM-1\r\nEND:VALARM\r\nEND:VEVENT", 1)))
		work.Put("task.ics", entry("VTODO", "t1", "x"))
		w, _ := writer(t, s)
		for _, c := range []struct {
			in   *davtest.Collection
			uid  string
			want string
		}{
			{book, folded, "fold.vcf"}, {book, "a,b;c", "comma.vcf"}, {book, `a\,b\;c`, "comma.vcf"}, {book, "abc", ""}, {book, "ABC", "upper.vcf"},
			{work, "e1", "alarm.ics"}, {work, "ALARM-1", ""}, {work, "t1", "task.ics"}, {work, "", ""}, {work, "none", ""},
		} {
			hrefs, err := w.FindUID(t.Context(), col(c.in), c.uid)
			var want []pim.Href
			if c.want != "" {
				want = []pim.Href{at(c.in, c.want)}
			}
			if err != nil || !slices.Equal(hrefs, want) {
				t.Errorf("%q %.20q: %v %v", q, c.uid, hrefs, err)
			}
		}
	}
}
