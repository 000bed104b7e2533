package vault

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sidekeep/sync/pim"
)

// model is the vault as a person would describe it: what stands in each
// collection, and everything that ever stood there.
type model struct {
	live    map[string]modelObject // by key
	history map[string][]string    // body of every revision, "" for a tombstone
	owed    map[string]int         // tries
	state   pim.State
	counts  pim.Counts // of the open run
	open    pim.RunID
}

type modelObject struct {
	etag, body string
	held       bool
}

func (m *model) put(key, etag, body string) {
	old, had := m.live[key]
	m.live[key] = modelObject{etag: etag, body: body}
	delete(m.owed, key)
	switch {
	case !had:
		m.counts.Created++
	case old.body != body:
		m.counts.Modified++
	default:
		return
	}
	m.history[key] = append(m.history[key], body)
}

type machine struct {
	dir string
	v   *Vault
	ids []int64 // collections
	m   []*model
}

func (s *machine) reopen(t *rapid.T) {
	if s.v != nil {
		if err := s.v.Close(); err != nil {
			t.Fatal(err)
		}
	}
	v, err := Open(context.Background(), s.dir, Options{Now: newClock().now})
	if err != nil {
		t.Fatal(err)
	}
	s.v = v
}

func (s *machine) pick(t *rapid.T) (*model, int64) {
	i := rapid.IntRange(0, len(s.ids)-1).Draw(t, "collection")
	return s.m[i], s.ids[i]
}

func (s *machine) begin(t *rapid.T, m *model, id int64) {
	run, err := s.v.BeginRun(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	m.open, m.counts = run, pim.Counts{}
}

// objects draws some objects and puts them into the model.
func (s *machine) objects(t *rapid.T, m *model) []pim.Recorded {
	var out []pim.Recorded
	for range rapid.IntRange(0, 5).Draw(t, "objects") {
		name := rapid.SampledFrom([]string{"a", "b", "c", "d@e", "f", "g", "h"}).Draw(t, "name")
		etag := rapid.SampledFrom([]string{"1", "2", ""}).Draw(t, "etag")
		body := rapid.SampledFrom([]string{"Ann", "Bob", "Cara", "Dan Bob"}).Draw(t, "body")
		href := "/c/" + name
		if rapid.Bool().Draw(t, "other spelling") {
			href = "/c/" + strings.ReplaceAll(name, "@", "%40")
		}
		m.put("/c/"+name, etag, body)
		out = append(out, object(pim.Href(href), etag, body, titled(body)))
	}
	return out
}

// resources maps the live keys to the vault's IDs.
func (s *machine) resources(t *rapid.T, collection int64) map[string]int64 {
	index, err := s.v.Index(context.Background(), collection)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, x := range index {
		if x.Resource != 0 {
			out[x.Key] = x.Resource
		}
	}
	return out
}

func (s *machine) finish(t *rapid.T, m *model, id int64) {
	ids := s.resources(t, id)
	c := pim.Commit{Outcome: pim.Complete, Full: rapid.Bool().Draw(t, "full")}
	for key, resource := range ids {
		o := m.live[key]
		switch rapid.IntRange(0, 5).Draw(t, "fate") {
		case 0:
			c.Tombstones = append(c.Tombstones, resource)
			delete(m.live, key)
			m.history[key] = append(m.history[key], "")
			m.counts.Deleted++
		case 1:
			c.Held, o.held = append(c.Held, resource), true
			m.live[key] = o
		case 2:
			c.Back, o.held = append(c.Back, resource), false
			m.live[key] = o
		}
	}
	owed := map[string]int{}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "x", "y"}), 0, 3, rapid.ID[string]).Draw(t, "owed") {
		c.Owed = append(c.Owed, pim.OwedFetch{Href: pim.Href("/c/" + name), ETag: "7", Fault: pim.Busy, Why: "time-out"})
		owed["/c/"+name] = m.owed["/c/"+name] + 1
	}
	m.owed = owed
	m.state = pim.State{CTag: pim.CTag(rapid.SampledFrom([]string{"", "c1", "c2"}).Draw(t, "ctag")), Road: "get"}
	c.State = m.state
	got, err := s.v.Finish(context.Background(), m.open, c)
	if err != nil {
		t.Fatal(err)
	}
	m.open = 0
	want := m.counts
	want.Objects, want.Owed = len(m.live), len(m.owed)
	for _, o := range m.live {
		if o.held {
			want.Held++
		}
	}
	if got != want {
		t.Fatalf("counts %+v, want %+v", got, want)
	}
}

// check compares the vault with the model.
func (s *machine) check(t *rapid.T) {
	ctx := context.Background()
	for i, id := range s.ids {
		m := s.m[i]
		want := map[string]modelObject{}
		maps.Copy(want, m.live)
		tries := map[string]int{}
		index, err := s.v.Index(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range index {
			if x.Owed {
				tries[x.Key] = x.Tries
			}
			if o, ok := want[x.Key]; x.Resource != 0 && (!ok || o.etag != string(x.ETag) || o.held != x.Held) {
				t.Fatalf("index has %+v, model %+v", x, o)
			}
		}
		if !maps.Equal(tries, m.owed) {
			t.Fatalf("owed %v, model %v", tries, m.owed)
		}
		previous := ""
		for b, err := range s.v.Bodies(ctx, id) {
			if err != nil {
				t.Fatal(err)
			}
			key := b.Href.Key()
			if o, ok := want[key]; !ok || o.body != string(b.Body) || key <= previous {
				t.Fatalf("body of %s is %q, model %+v, after %s", key, b.Body, o, previous)
			}
			previous = key
			delete(want, key)
			var history []string
			rows, err := s.v.reader.Query(`SELECT coalesce(CAST(b.body AS TEXT), '') FROM revisions v LEFT JOIN blobs b ON b.id = v.blob
				WHERE v.resource = ? ORDER BY v.id`, b.Resource)
			if err != nil {
				t.Fatal(err)
			}
			for rows.Next() {
				var body string
				_ = rows.Scan(&body)
				history = append(history, body)
			}
			_ = rows.Close()
			if !slices.Equal(history, m.history[key]) {
				t.Fatalf("history of %s is %q, model %q", key, history, m.history[key])
			}
		}
		if len(want) > 0 {
			t.Fatalf("missing: %v", want)
		}
		for _, name := range []string{"Ann", "Bob"} {
			n, found := 0, 0
			for _, o := range m.live {
				if strings.Contains(o.body, name) {
					n++
				}
			}
			if found, err = s.v.Count(ctx, Query{Search: strings.ToLower(name), Collection: id}); err != nil || found != n {
				t.Fatalf("search for %s finds %d, model %d, %v", name, found, n, err)
			}
		}
		known, err := s.v.Collections(ctx, 0)
		if err != nil || known[i].ID != id || known[i].State != m.state || known[i].Live != len(m.live) {
			t.Fatalf("collection %+v, model %+v, %v", known[i], m, err)
		}
	}
	total := 0
	for _, m := range s.m {
		for _, h := range m.history {
			total += len(h)
		}
	}
	if _, n, err := s.v.Stats(ctx); err != nil || int(n) != total {
		t.Fatalf("%d revisions, model %d, %v", n, total, err)
	}
}

func TestVault_BehavesLikeItsModel(t *testing.T) {
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		s := &machine{dir: filepath.Join(root, fmt.Sprint(n))}
		s.reopen(t)
		defer func() { _ = s.v.Close(); _ = os.RemoveAll(s.dir) }()
		_, book, cal := addAccount(t, s.v, "home")
		for _, k := range []pim.Known{book, cal} {
			s.ids = append(s.ids, k.ID)
			s.m = append(s.m, &model{live: map[string]modelObject{}, history: map[string][]string{}, owed: map[string]int{}})
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				m, id := s.pick(t)
				if m.open == 0 {
					s.begin(t, m, id)
				}
				if err := s.v.Put(context.Background(), m.open, s.objects(t, m)); err != nil {
					t.Fatal(err)
				}
			},
			"finish": func(t *rapid.T) {
				m, id := s.pick(t)
				if m.open == 0 {
					s.begin(t, m, id)
				}
				s.finish(t, m, id)
			},
			"crash": func(t *rapid.T) {
				for _, m := range s.m {
					m.open = 0
				}
				s.reopen(t)
			},
			"reindex": func(t *rapid.T) {
				if err := s.v.Reindex(context.Background(), describeAll, nil); err != nil {
					t.Fatal(err)
				}
			},
			"": s.check,
		})
		checkSound(t, s.v)
	})
}

func describeAll(_ pim.Kind, body []byte) pim.Summary {
	return pim.Summary{Component: "VCARD", Title: string(body), Percent: -1}
}
