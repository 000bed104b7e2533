package mirror_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// Four cards a run lose their telephone number, or have it blanked: what the
// message says is what the incident names, the earliest ones too, each with the
// state before it lost it.
func TestIncident_NumbersErode_AllAreNamed(t *testing.T) {
	t.Parallel()
	for name, blank := range map[string]string{"taken out": "", "blanked": "TEL:\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := davtest.New(t)
			book := s.AddCollection(pim.Contacts, "friends", "Friends")
			card := func(i int, tel string) []byte {
				return []byte(fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u%d\r\nFN:Person %d\r\nEMAIL:p%d@example.org\r\n%sEND:VCARD\r\n", i, i, i, tel))
			}
			full := map[string][]byte{}
			for i := range 40 {
				n := fmt.Sprintf("%02d.vcf", i)
				full[n] = card(i, fmt.Sprintf("TEL:+47 0000 %04d\r\n", i))
				book.Put(n, full[n])
			}
			h := newHome(t, s.URL())
			h.runs(pim.Complete)
			for run := range 5 {
				for i := run * 4; i < run*4+4; i++ {
					book.Put(fmt.Sprintf("%02d.vcf", i), card(i, blank))
				}
				h.runs(pim.Complete)
			}
			x := h.incidents(true, pim.Emptied)[0]
			if x.Changed != 20 || !strings.Contains(x.Message, "20 of your 40 contacts have lost their telephone numbers") {
				t.Errorf("%d: %s", x.Changed, x.Message)
			}
			ctx := context.Background()
			for _, o := range must(h.vault.IncidentObjects(ctx, x.ID))(t) {
				v := must(h.vault.RevisionBody(ctx, o.Before))(t)
				if !bytes.Contains(v.Body, []byte("TEL:+47")) {
					t.Errorf("object %d: the state before is %s", o.Resource, v.Body)
				}
			}
			for n, body := range full {
				book.Put(n, body)
			}
			h.runs(pim.Complete)
			h.incidents(true)
		})
	}
}

// Cards were emptied, a person said that it was them, and later the server has
// them as they were: that is a recovery, and nobody is told. What goes back once
// more after that is not.
func TestIncident_AcceptedThenHealed_NobodyIsTold(t *testing.T) {
	t.Parallel()
	s, book, _, h := settled(t)
	before := s.Snapshot()
	s.Lose(davtest.LoseContents)
	h.runs(pim.Complete)
	for _, x := range h.incidents(true, pim.Emptied, pim.Emptied, pim.Emptied) {
		h.decide(x.ID, pim.Accepted)
	}
	h.notify()
	h.runs(pim.Complete)
	s.Restore(before)
	h.runs(pim.Complete)
	h.incidents(true)
	if told := h.notify(); len(told) > 0 {
		t.Error(told)
	}
	equal(t, h.view(), s.Objects())
	for _, n := range book.Names() {
		body, _, _ := book.Get(n)
		book.Put(n, bytes.Replace(body, []byte("END:VCARD"), []byte("X-LATER:1\r\nEND:VCARD"), 1))
	}
	h.runs(pim.Complete)
	h.decide(h.incidents(true, pim.MassRewrite)[0].ID, pim.KeptHere)
	for _, n := range book.Names() {
		body, _, _ := book.Get(n)
		book.Put(n, bytes.Replace(body, []byte("END:VCARD"), []byte("X-LATER:2\r\nEND:VCARD"), 1))
	}
	h.runs(pim.Complete)
	h.decide(h.incidents(true, pim.MassRewrite)[0].ID, pim.Accepted)
	s.Restore(before)
	h.runs(pim.Complete)
	h.incidents(true, pim.RolledBack)
}
