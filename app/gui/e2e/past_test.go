//go:build e2e

package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/app/service"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

// TestMakePast makes a vault with a year and a half of history in the folder
// that SIDEKEEP_PAST names, for the pictures of app/gui/screenshots.sh: a file
// "ready" appears in it once it can be opened, and the vault's server runs until
// that file is removed.
func TestMakePast(t *testing.T) {
	dir := os.Getenv("SIDEKEEP_PAST")
	if dir == "" {
		t.Skip("SIDEKEEP_PAST names no folder")
	}
	p := newPast(t, dir)
	for ; p.at.Before(p.now.Add(-30 * time.Minute)); p.days++ {
		p.change()
		if err := p.svc.StartMirror().Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.at = p.at.Add(time.Duration(18+p.r.IntN(12)) * time.Hour)
	}
	if err := p.svc.Close(); err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(dir, "ready")
	if err := os.WriteFile(ready, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for err := error(nil); err == nil; _, err = os.Stat(ready) {
		time.Sleep(200 * time.Millisecond)
	}
}

// past is a server whose contents change from day to day, and the vault that
// mirrors it at made-up times.
type past struct {
	r                   *rand.Rand
	svc                 *service.Service
	people, calls, jobs *davtest.Collection
	now, at             time.Time
	days, made          int
	lost                map[string][]byte
}

func newPast(t *testing.T, dir string) *past {
	t.Helper()
	p := &past{r: rand.New(rand.NewPCG(11, 7)), now: time.Now(), lost: map[string][]byte{}}
	p.at = p.now.AddDate(0, -18, 0)
	server := davtest.New(t, davtest.WithoutLog(), davtest.WithLogin("person", "password"))
	p.people = server.AddCollection(pim.Contacts, "/dav/addressbooks/user/personal/", "Personal")
	p.people.Fill(380, 21, gen.Card)
	p.calls = server.AddCollection(pim.Calendar, "/dav/calendars/user/family/", "Family")
	p.calls.Describe("", "#C05C2E", 1)
	p.calls.Fill(160, 22, gen.Event)
	p.jobs = server.AddCollection(pim.Calendar, "/dav/calendars/user/errands/", "Errands")
	p.jobs.SetComponents("VTODO")
	p.jobs.Fill(24, 23, gen.Task)
	var err error
	p.svc, err = service.Open(t.Context(), service.Config{Dir: dir, Secrets: "file", Now: func() time.Time { return p.at }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.svc.AddAccount(t.Context(), service.NewAccount{Address: server.URL(), User: "person", Password: "password", Name: "Home", AllowHTTP: true}); err != nil {
		t.Fatal(err)
	}
	return p
}

// change is what happens to the account in a day; once the server loses a part
// of its calendar for a week.
func (p *past) change() {
	switch {
	case p.days == 250:
		for i, name := range p.calls.Names() {
			if i%3 != 0 {
				p.lost[name], _, _ = p.calls.Get(name)
				p.calls.Delete(name)
			}
		}
	case p.days == 258:
		for name, body := range p.lost {
			p.calls.Put(name, body)
		}
	}
	p.made++
	switch x := p.r.IntN(100); {
	case x < 8:
		for range 1 + p.r.IntN(3) {
			p.edit()
		}
	case x < 14:
		p.people.Put(fmt.Sprintf("new-%d.vcf", p.made), gen.Card(nil, 31, p.made))
	case x < 17:
		names := p.people.Names()
		p.people.Delete(names[p.r.IntN(len(names))])
	case x < 27 && len(p.lost) == 0 || p.days > 258 && x < 27:
		p.calls.Put(fmt.Sprintf("new-%d.ics", p.made), gen.Event(nil, 32, p.made))
	}
}

// edit takes a telephone number out of a contact, or adds one.
func (p *past) edit() {
	names := p.people.Names()
	name := names[p.r.IntN(len(names))]
	body, _, _ := p.people.Get(name)
	lines := strings.Split(string(body), "\r\n")
	for i, l := range lines {
		number := strings.HasPrefix(l, "TEL")
		if number && p.r.IntN(2) == 0 {
			lines = append(lines[:i], lines[i+1:]...)
			break
		}
		if number || l == "END:VCARD" {
			lines = append(lines[:i], append([]string{fmt.Sprintf("TEL;TYPE=WORK:+44 20 7946 %04d", p.r.IntN(10_000))}, lines[i:]...)...)
			break
		}
	}
	p.people.Put(name, []byte(strings.Join(lines, "\r\n")))
}
