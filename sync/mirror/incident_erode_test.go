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
