package plan

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

func entry(href, etag string) pim.Entry { return pim.Entry{Href: pim.Href(href), ETag: pim.ETag(etag)} }

func have(id int64, href, etag string) pim.Indexed {
	return pim.Indexed{Resource: id, Href: pim.Href(href), Key: pim.Href(href).Key(), ETag: pim.ETag(etag)}
}

func TestCompare(t *testing.T) {
	held := have(3, "/c", "3")
	held.Held = true
	owedNew := pim.Indexed{Href: "/o", OwedETag: "9", Owed: true}
	final := pim.Indexed{Href: "/f", OwedETag: "9", Owed: true, Final: true}
	for _, c := range []struct {
		name      string
		index     []pim.Indexed
		listing   []pim.Entry
		fetch     []string
		unchanged int
		loss      Loss
	}{
		{"nothing anywhere", nil, nil, nil, 0, Loss{}},
		{"first time", nil, []pim.Entry{entry("/a", "1"), entry("/b", "2")}, []string{"/a", "/b"}, 0, Loss{}},
		{"unchanged, changed, gone and new",
			[]pim.Indexed{have(1, "/a", "1"), have(2, "/b", "2"), have(3, "/c", "3")},
			[]pim.Entry{entry("/a", "1"), entry("/b", "2x"), entry("/d", "4")}, []string{"/b", "/d"}, 1, Loss{Gone: []int64{3}}},
		{"an empty ETag never equals", []pim.Indexed{have(1, "/a", "")}, []pim.Entry{entry("/a", "")}, []string{"/a"}, 0, Loss{}},
		{"getlastmodified stands in",
			[]pim.Indexed{have(1, "/a", "last-modified Mon"), have(2, "/b", "last-modified Mon")},
			[]pim.Entry{{Href: "/a", Modified: "Mon"}, {Href: "/b", Modified: "Tue"}}, []string{"/b"}, 1, Loss{}},
		{"a stand-in is no ETag", []pim.Indexed{have(1, "/a", "Mon")}, []pim.Entry{{Href: "/a", Modified: "Mon"}}, []string{"/a"}, 0, Loss{}},
		{"held and back", []pim.Indexed{have(1, "/a", "1"), held}, []pim.Entry{entry("/a", "1"), entry("/c", "3")}, nil, 2, Loss{Back: []int64{3}}},
		{"held and back, changed", []pim.Indexed{have(1, "/a", "1"), held}, []pim.Entry{entry("/a", "1"), entry("/c", "3x")}, []string{"/c"}, 1, Loss{Back: []int64{3}}},
		{"held and still missing", []pim.Indexed{have(1, "/a", "1"), held}, []pim.Entry{entry("/a", "1")}, nil, 1, Loss{Held: []int64{3}}},
		{"spelled in another way", []pim.Indexed{have(1, "/%40a", "1")}, []pim.Entry{entry("/@a", "1")}, nil, 1, Loss{}},
		{"full URL", []pim.Indexed{have(1, "/a", "1")}, []pim.Entry{entry("https://h.example/a", "1")}, nil, 1, Loss{}},
		{"listed twice", []pim.Indexed{have(1, "/a", "1")}, []pim.Entry{entry("/a", "1"), entry("/a", "1")}, nil, 1, Loss{}},
		{"listed twice, the second time changed", []pim.Indexed{have(1, "/a", "1")}, []pim.Entry{entry("/a", "1"), entry("/a", "2")}, []string{"/a"}, 0, Loss{}},
		{"listed twice, the first time changed", []pim.Indexed{have(1, "/a", "1")}, []pim.Entry{entry("/a", "2"), entry("/a", "1")}, []string{"/a"}, 0, Loss{}},
		{"listed three times, once changed", []pim.Indexed{have(1, "/a", "1")}, []pim.Entry{entry("/a", "2"), entry("/a", "1"), entry("/a", "1")}, []string{"/a"}, 0, Loss{}},
		{"listed twice, once without an ETag", []pim.Indexed{have(1, "/a", "1")}, []pim.Entry{entry("/a", "1"), entry("/a", "")}, nil, 1, Loss{}},
		{"new and listed twice", nil, []pim.Entry{entry("/a", "0"), entry("/a", "1")}, []string{"/a"}, 0, Loss{}},
		{"case alone differs", []pim.Indexed{have(1, "/A.vcf", "1")}, []pim.Entry{entry("/a.vcf", "1")}, nil, 1, Loss{}},
		{"case and state differ", []pim.Indexed{have(1, "/A.vcf", "1")}, []pim.Entry{entry("/a.vcf", "2")}, []string{"/a.vcf"}, 0, Loss{Gone: []int64{1}}},
		{"twins in case", []pim.Indexed{have(1, "/A", "1"), have(2, "/a", "2")}, []pim.Entry{entry("/A", "1"), entry("/a", "2")}, nil, 2, Loss{}},
		{"one of two twins gone", []pim.Indexed{have(1, "/A", "1"), have(2, "/a", "1")}, []pim.Entry{entry("/a", "1")}, nil, 1, Loss{Gone: []int64{1}}},
		{"owed first", []pim.Indexed{have(1, "/a", "1"), owedNew}, []pim.Entry{entry("/a", "2"), entry("/o", "9")}, []string{"/o", "/a"}, 0, Loss{}},
		{"owed and no longer listed", []pim.Indexed{owedNew}, nil, nil, 0, Loss{}},
		{"final and as it was", []pim.Indexed{final}, []pim.Entry{entry("/f", "9")}, nil, 0, Loss{}},
		{"final and changed", []pim.Indexed{final}, []pim.Entry{entry("/f", "10")}, []string{"/f"}, 0, Loss{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			wants, unchanged, loss := Compare(c.index, c.listing)
			var fetch []string
			for _, w := range wants {
				fetch = append(fetch, string(w.Href))
			}
			if d := cmp.Diff(c.fetch, fetch); d != "" {
				t.Errorf("fetch: %s", d)
			}
			if unchanged != c.unchanged {
				t.Errorf("unchanged %d, want %d", unchanged, c.unchanged)
			}
			if d := cmp.Diff(c.loss, loss); d != "" {
				t.Errorf("loss: %s", d)
			}
		})
	}
}

func TestDiff_ChangesWithoutAListing(t *testing.T) {
	index := []pim.Indexed{have(1, "/a", "1"), have(2, "/b", "2"), have(3, "/c", "3"),
		{Href: "/o", Owed: true, Why: "why", Fault: pim.BadObject, Tries: 2}}
	d := NewDiff(index, false)
	d.Begin()
	d.Listed(entry("/a", "2"))
	d.Removed("/b")
	d.Removed("/never-had")
	if l := d.Loss(false); len(l.Gone) != 1 || l.Gone[0] != 2 {
		t.Errorf("what is not mentioned is not gone: %+v", l)
	}
	if w := d.Wants(false); len(w) != 2 || w[0].Href != "/o" || w[1].Href != "/a" {
		t.Errorf("%+v", w)
	}
	d.Stored("/a", "2y")
	if _, ok := d.Awaited("/a"); ok {
		t.Error("what came is still awaited")
	}
	if o := d.Owed(false); len(o) != 1 || o[0].Why != "why" || o[0].Fault != pim.BadObject {
		t.Errorf("what was not tried is owed as it was: %+v", o)
	}
	d.Failed("/o", pim.BadObject, "404", true)
	if o := d.Owed(false); len(o) != 1 || !o[0].Final {
		t.Errorf("404 in the third run is final: %+v", o)
	}
	d.Doubt()
	if w, ok := d.Awaited("/b"); !ok || w.Href != "/b" || !d.Doubted("/b") {
		t.Error("a doubted removal is not asked for")
	}
	d.Failed("/b", pim.BadObject, "404", true)
	if l := d.Loss(false); len(l.Gone) != 1 || len(d.Owed(false)) != 1 {
		t.Errorf("a doubted removal that is true is no debt: %+v", l)
	}
	// Removed on one page and there on the next; and the other way round.
	d.Begin()
	d.Removed("/c")
	d.Listed(entry("/c", "3"))
	d.Listed(entry("/b", "5"))
	d.Removed("/b")
	if l := d.Loss(false); len(l.Gone) != 1 || l.Gone[0] != 2 {
		t.Errorf("the last word counts: %+v", l)
	}
}

// A body that came is not fetched again when the listing is repeated, unless
// it changed meanwhile.
func TestDiff_ListedAgainAfterItCame(t *testing.T) {
	d := NewDiff(nil, false)
	d.Begin()
	d.Listed(entry("/a", "1"))
	d.Listed(entry("/b", "1"))
	d.Stored("/a", "1")
	d.Stored("/b", "1")
	d.Begin()
	if v := d.Listed(entry("/a", "1")); v != Unchanged {
		t.Error("fetched again")
	}
	if v := d.Listed(entry("/b", "2")); v != Fetch {
		t.Error("changed meanwhile, and not fetched")
	}
	if w := d.Wants(true); len(w) != 1 || w[0].Href != "/b" {
		t.Errorf("%+v", w)
	}
}

// For any index and listing: every listed object is either in the vault in
// that state or wanted, and nothing listed is gone.
func TestCompare_NothingFallsThrough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		href := rapid.Custom(func(t *rapid.T) string {
			return "/" + rapid.SampledFrom([]string{"a", "A", "b", "%62", "c", "C", "d d", "d%20d"}).Draw(t, "href")
		})
		etag := rapid.SampledFrom([]string{"", "1", "2", "3"})
		var index []pim.Indexed
		seen := map[string]bool{}
		for i := range rapid.IntRange(0, 8).Draw(t, "n") {
			x := have(int64(i+1), href.Draw(t, "href"), etag.Draw(t, "etag"))
			if seen[x.Key] {
				continue
			}
			seen[x.Key] = true
			x.Held = rapid.Bool().Draw(t, "held")
			index = append(index, x)
		}
		var listing []pim.Entry
		for range rapid.IntRange(0, 10).Draw(t, "m") {
			listing = append(listing, entry(href.Draw(t, "href"), etag.Draw(t, "etag")))
		}
		wants, _, loss := Compare(index, listing)
		wanted := map[string]bool{}
		for _, w := range wants {
			if wanted[w.Key] {
				t.Fatalf("%s is wanted twice", w.Key)
			}
			wanted[w.Key] = true
		}
		state := map[string]pim.ETag{}
		byID := map[int64]string{}
		for _, x := range index {
			state[x.Key] = x.ETag
			byID[x.Resource] = x.Key
		}
		there := map[string]bool{}
		for _, e := range listing {
			there[e.Href.Key()] = true
		}
		for _, e := range listing {
			k := e.Href.Key()
			if wanted[k] || e.ETag != "" && state[k] == e.ETag {
				continue
			}
			ok := false
			for _, f := range listing { // another line of it, or another spelling, is what the vault has
				if f.Href.Key() != k || f.ETag == "" {
					continue
				}
				ok = ok || state[k] == f.ETag
				for key, tag := range state {
					ok = ok || key != k && tag == f.ETag && !there[key]
				}
			}
			if !ok {
				t.Fatalf("%v fell through: %v %v", e, index, listing)
			}
		}
		for _, id := range loss.Gone {
			if there[byID[id]] {
				t.Fatalf("%s is listed and gone", byID[id])
			}
		}
		for _, id := range append(append([]int64{}, loss.Held...), loss.Gone...) {
			for _, b := range loss.Back {
				if b == id {
					t.Fatal("missing and back")
				}
			}
		}
	})
}

func BenchmarkDiff_100000(b *testing.B) {
	var index []pim.Indexed
	var listing []pim.Entry
	for i := range 100000 {
		href := fmt.Sprintf("/dav/addressbooks/user/contacts/%06d.vcf", i)
		index = append(index, have(int64(i+1), href, fmt.Sprintf(`"%d"`, i)))
		listing = append(listing, entry(href, fmt.Sprintf(`"%d"`, i+i%100/99)))
	}
	b.ReportAllocs()
	for b.Loop() {
		Compare(index, listing)
	}
}
