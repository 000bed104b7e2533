package mirror_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// served is an object as a real server gives it by GET, in the version that it
// is stored in.
func served(t *testing.T, s *realserver.Server, path string, put []byte) []byte {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(s.User, s.Password)
	r.Header.Set("Accept-Encoding", "identity")
	if bytes.Contains(put, []byte("VERSION:4.0")) {
		r.Header.Set("Accept", "text/vcard;version=4.0")
	}
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d %v", path, resp.StatusCode, err)
	}
	return b
}

// Each real server: first mirror, no change, add, modify and delete. What is
// stored is what was put, byte for byte, where the server keeps bytes: Xandikos
// does so for cards. Where it writes them anew (Xandikos for calendars, the
// others for all) what is stored is what it serves by GET.
func TestMirror_RealServers(t *testing.T) {
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			s := realserver.Start(t, kind)
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			book, err := s.MakeCollection(pim.Contacts, "people", "People")
			must(err)
			cal, err := s.MakeCollection(pim.Calendar, "dates", "Dates & more")
			must(err)
			want := map[string][]byte{}
			put := func(path string, body []byte) {
				t.Helper()
				_, err := s.Put(path, body)
				must(err)
				want[path] = body
			}
			for i := range 60 {
				put(fmt.Sprintf("%sc%d.vcf", book, i), gen.CardWithPhoto(nil, 1, i))
				put(fmt.Sprintf("%se%d.ics", cal, i), gen.Event(nil, 2, i))
			}
			for i := range 10 {
				put(fmt.Sprintf("%st%d.ics", cal, i), gen.Task(nil, 3, i))
			}
			h, err := openHome(t, t.TempDir(), s.URL)
			must(err)
			compare := func(when string) {
				t.Helper()
				expect := map[string][]byte{}
				for path, body := range want {
					if kind != realserver.Xandikos || strings.HasSuffix(path, ".ics") {
						body = served(t, s, path, body)
					}
					expect[path] = body
				}
				t.Logf("%s: %d objects", when, len(expect))
				equal(t, h.view(), expect)
			}
			rep := h.runs(pim.Complete)
			compare("first")
			t.Logf("first: %d requests, %d bytes", rep.Traffic.Requests, rep.Traffic.BytesReceived)
			if rep.Traffic.Requests > 12 {
				t.Errorf("%d requests for the first mirroring", rep.Traffic.Requests)
			}
			rep = h.runs(pim.Complete)
			if rep.Traffic.Requests > 2 {
				t.Errorf("no change: %d requests", rep.Traffic.Requests)
			}
			for i := range 4 {
				put(fmt.Sprintf("%sc%d.vcf", book, i), renewed(gen.CardWithPhoto(nil, 1, i)))
				put(fmt.Sprintf("%snew%d.vcf", book, i), gen.Card(nil, 5, i))
			}
			for i := 10; i < 12; i++ {
				path := fmt.Sprintf("%sc%d.vcf", book, i)
				must(s.Delete(path))
				delete(want, path)
			}
			rep = h.runs(pim.Complete)
			compare("ten changes")
			t.Logf("ten changes: %d requests, %d bytes", rep.Traffic.Requests, rep.Traffic.BytesReceived)
			if c := rep.Counts; c.Created != 4 || c.Modified != 4 || c.Deleted != 2 {
				t.Errorf("%+v", c)
			}
			if rep.Traffic.Requests > 5 {
				t.Errorf("ten changes: %d requests", rep.Traffic.Requests)
			}
		})
	}
}

// renewed is the same card with a note more: the same UID, other bytes.
func renewed(card []byte) []byte {
	return bytes.Replace(card, []byte("END:VCARD"), []byte("CATEGORIES:renewed\r\nEND:VCARD"), 1)
}

// On a server that turns vCard 4.0 into 3.0 every card comes once, in the
// version that it is stored in, and ten changes in one address book cost five
// requests, whichever versions they are of.
func TestMirror_CyrusCardsOfBothVersions(t *testing.T) {
	t.Parallel()
	s := realserver.Start(t, realserver.Cyrus)
	book, err := s.MakeCollection(pim.Contacts, "people", "People")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]byte{}
	byVersion := map[string][]string{}
	put := func(path string, body []byte) {
		t.Helper()
		if _, err := s.Put(path, body); err != nil {
			t.Fatal(err)
		}
		want[path] = served(t, s, path, body)
	}
	for i := range 150 {
		card := gen.CardWithPhoto(nil, 1, i)
		path := fmt.Sprintf("%sc%03d.vcf", book, i)
		put(path, card)
		version := "3.0"
		if bytes.Contains(card, []byte("VERSION:4.0")) {
			version = "4.0"
		}
		byVersion[version] = append(byVersion[version], path)
	}
	h, err := openHome(t, t.TempDir(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	rep := h.runs(pim.Complete)
	equal(t, h.view(), want)
	var bytesOfAll int64
	for _, b := range want {
		bytesOfAll += int64(len(b))
	}
	t.Logf("first: %d requests, %d bytes for %d bytes of cards", rep.Traffic.Requests, rep.Traffic.BytesReceived, bytesOfAll)
	if rep.Traffic.BytesReceived > bytesOfAll*5/4+100_000 {
		t.Error("data came twice")
	}
	three, four := byVersion["3.0"], byVersion["4.0"]
	for name, changed := range map[string][]string{
		"3.0 and 4.0": append(append([]string{}, three[:5]...), four[:5]...),
		"3.0":         three[5:15], "4.0": four[5:15],
	} {
		for _, path := range changed {
			put(path, renewed(want[path]))
		}
		rep := h.runs(pim.Complete)
		equal(t, h.view(), want)
		t.Logf("%s: %d requests, %d bytes", name, rep.Traffic.Requests, rep.Traffic.BytesReceived)
		if rep.Traffic.Requests > 5 || rep.Counts.Modified != 10 {
			t.Errorf("%s: %d requests, %+v", name, rep.Traffic.Requests, rep.Counts)
		}
	}
}
