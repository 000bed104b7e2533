package mirror_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// real is a real server with an address book of 40 and a calendar of 30, and a
// home that has mirrored them.
type real struct {
	*testing.T
	s         *realserver.Server
	h         *home
	book, cal string
	put       map[string][]byte // as put, by path
}

func newReal(t *testing.T, kind realserver.Kind) *real {
	t.Helper()
	r := &real{T: t, s: realserver.Start(t, kind), put: map[string][]byte{}}
	r.book, r.cal = r.make(pim.Contacts, "people"), r.make(pim.Calendar, "dates")
	for i := range 40 {
		r.store(fmt.Sprintf("%sc%02d.vcf", r.book, i), gen.CardWithPhoto(nil, 1, i))
	}
	for i := range 30 {
		r.store(fmt.Sprintf("%se%02d.ics", r.cal, i), gen.Event(nil, 2, i))
	}
	h, err := openHome(t, t.TempDir(), r.s.URL)
	r.check(err)
	r.h = h
	h.runs(pim.Complete)
	return r
}

func (r *real) check(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *real) make(kind pim.Kind, name string) string {
	r.Helper()
	path, err := r.s.MakeCollection(kind, name, name)
	r.check(err)
	return path
}

func (r *real) store(path string, body []byte) {
	r.Helper()
	_, err := r.s.Put(path, body)
	r.check(err)
	r.put[path] = body
}

func (r *real) remove(paths ...string) {
	r.Helper()
	for _, p := range paths {
		r.check(r.s.Delete(p))
	}
}

func (r *real) paths(collection string, n int) (out []string) {
	for i := range n {
		if collection == r.book {
			out = append(out, fmt.Sprintf("%sc%02d.vcf", r.book, i))
		} else {
			out = append(out, fmt.Sprintf("%se%02d.ics", r.cal, i))
		}
	}
	return out
}

// again puts what was there before.
func (r *real) again(paths ...string) {
	r.Helper()
	for _, p := range paths {
		r.store(p, r.put[p])
	}
}

// hollowed is a card or event with nothing in it but what it must have.
func hollowed(body []byte) []byte {
	var out bytes.Buffer
	keep := false
	for line := range bytes.Lines(body) {
		if line[0] != ' ' {
			name, _, _ := strings.Cut(string(line), ":")
			name, _, _ = strings.Cut(name, ";")
			switch strings.TrimSpace(name) {
			case "BEGIN", "END":
				keep = !bytes.Contains(line, []byte("VALARM"))
			case "VERSION", "PRODID", "UID", "DTSTAMP", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZID":
				keep = true
			case "FN":
				out.WriteString("FN:-\r\n")
				keep = false
			case "N":
				out.WriteString("N:;;;;\r\n")
				keep = false
			default:
				keep = false
			}
		}
		if keep {
			out.Write(line)
		}
	}
	return out.Bytes()
}

// The disasters on real servers. Before each the view is want; during it nothing
// of that is lost; after it, where the server has everything again, it is over.
func TestIncident_RealServers(t *testing.T) {
	for _, kind := range []realserver.Kind{realserver.Radicale, realserver.Cyrus} {
		for name, story := range map[string]func(*real){
			"everything, and back": func(r *real) {
				want := r.h.view()
				all := append(r.paths(r.book, 40), r.paths(r.cal, 30)...)
				r.remove(all...)
				for range 2 {
					r.h.runs(pim.HeldBack)
					equal(r, r.h.view(), want)
				}
				x := r.h.incidents(true, pim.AccountEmptied)[0]
				if x.Gone != 70 || x.Kept != 70 {
					r.Errorf("%+v", x)
				}
				r.again(all...)
				r.h.runs(pim.Complete)
				r.h.incidents(true)
				equal(r, keys(r.h.view()), keys(want))
			},
			"half, and back": func(r *real) {
				want := r.h.view()
				half := append(r.paths(r.book, 20), r.paths(r.cal, 15)...)
				r.remove(half...)
				r.h.runs(pim.HeldBack)
				equal(r, r.h.view(), want)
				r.h.incidents(true, pim.LargeDeletion, pim.LargeDeletion)
				r.again(half...)
				r.h.runs(pim.Complete)
				r.h.incidents(true)
				equal(r, keys(r.h.view()), keys(want))
			},
			"one collection, and an empty one in its place": func(r *real) {
				want := r.h.view()
				r.remove(r.book)
				r.h.runs(pim.HeldBack)
				equal(r, r.h.view(), want)
				r.h.incidents(true, pim.CollectionGone)
				if path := r.make(pim.Contacts, "people"); path != r.book {
					r.Fatal(path)
				}
				r.h.runs(pim.HeldBack)
				equal(r, r.h.view(), want)
				if all := r.h.incidents(true, pim.EverythingGone); all[0].Gone != 40 {
					r.Errorf("%+v", all)
				}
			},
			"the contents, not the objects": func(r *real) {
				for _, p := range r.paths(r.book, 40) {
					body := r.put[p]
					r.store(p, hollowed(body))
					r.put[p] = body
				}
				r.h.runs(pim.Complete)
				x := r.h.incidents(true, pim.Emptied)[0]
				if x.Changed != 40 || x.Gone != 0 || !strings.Contains(x.Message, "40 of your 40 contacts were emptied") {
					r.Errorf("%+v", x)
				}
				r.again(r.paths(r.book, 40)...)
				r.h.runs(pim.Complete)
				if left := must(r.h.vault.Incidents(r.Context(), true))(r); len(left) == 1 {
					// A server that stamps what it stores does not give the old bytes
					// again: then it is for a person to close.
					r.h.decide(left[0].ID, pim.PutBack)
				}
				r.h.incidents(true)
			},
			"back to a week ago": func(r *real) {
				old := map[string][]byte{}
				for i, p := range r.paths(r.book, 5) {
					r.h.clock = r.h.clock.AddDate(0, 0, 1)
					old[p] = r.put[p]
					r.store(p, renewed(r.put[p]))
					r.store(fmt.Sprintf("%snew%d.vcf", r.book, i), gen.Card(nil, 5, i))
					r.h.runs(pim.Complete)
				}
				want := keys(r.h.view())
				for p, body := range old {
					r.store(p, body)
				}
				for i := range 5 {
					r.remove(fmt.Sprintf("%snew%d.vcf", r.book, i))
				}
				r.h.runs(pim.HeldBack)
				equal(r, keys(r.h.view()), want)
				r.Log(r.h.incidents(true, pim.RolledBack)[0].Message)
			},
			"it was the person": func(r *real) {
				r.remove(r.paths(r.book, 8)...)
				if rep := r.h.runs(pim.Complete); rep.Counts.Deleted != 8 {
					r.Errorf("%+v", rep.Counts)
				}
				r.h.incidents(false)
				r.remove(r.paths(r.cal, 20)...)
				r.h.runs(pim.HeldBack)
				r.h.decide(r.h.incidents(true, pim.LargeDeletion)[0].ID, pim.Accepted)
				rep := r.h.runs(pim.Complete)
				if len(r.h.view()) != 42 || rep.Traffic.Requests > 2 {
					r.Errorf("%d objects, %d requests", len(r.h.view()), rep.Traffic.Requests)
				}
			},
		} {
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				t.Parallel()
				story(newReal(t, kind))
			})
		}
	}
}

// keys is a view without its bytes: a server that writes objects anew gives
// others than were put.
func keys(view map[string][]byte) map[string][]byte {
	out := make(map[string][]byte, len(view))
	for k := range view {
		out[k] = nil
	}
	return out
}
