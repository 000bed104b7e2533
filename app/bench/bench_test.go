//go:build bench

package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

var (
	program = flag.String("sidekeep", "", "the headless program to measure")
	window  = flag.String("window", "", "the app to measure on a display; empty leaves the window out")
	outDir  = flag.String("out", ".", "where RESULTS.md and results.json go")
	objects = flag.Int("n", 5000, "objects in each of the three collections")
)

// side is what one program needed on one server.
type side struct {
	First    usage `json:"first_mirror"`
	NoChange usage `json:"no_change"`
	Ten      usage `json:"ten_changes"`
	Objects  int   `json:"objects"`

	FirstRequests    int `json:"first_mirror_requests,omitempty"`
	NoChangeRequests int `json:"no_change_requests,omitempty"`
	TenRequests      int `json:"ten_changes_requests,omitempty"`
	TenModified      int `json:"ten_changes_modified,omitempty"`
}

// server is one real server with its floor and both programs on it.
type server struct {
	Name       string    `json:"server"`
	Objects    int       `json:"objects"`
	FloorCold  float64   `json:"floor_cold_s"`
	Floor      float64   `json:"floor_s"`
	FloorRoad  string    `json:"floor_road"`
	FloorMB    float64   `json:"floor_mb"`
	Sidekeep   side      `json:"sidekeep"`
	Vdirsyncer *side     `json:"vdirsyncer"`
	Restore    *restored `json:"restore"`
}

type results struct {
	Machine machine  `json:"machine"`
	Servers []server `json:"servers"`
	Scale   *scale   `json:"scale"`
	Proof   *proof   `json:"proof"`
	History *history `json:"history"`
	Window  *onShow  `json:"window"`
}

func TestBench(t *testing.T) {
	bin, err := filepath.Abs(*program)
	if err != nil || *program == "" {
		t.Fatal("-sidekeep names the program to measure")
	}
	r := earlier(t) // a part that is measured alone leaves the others as they were
	r.Machine = thisMachine()
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			r.Servers = slices.DeleteFunc(r.Servers, func(s server) bool { return s.Name == string(kind) })
			r.Servers = append(r.Servers, measureServer(t, kind, bin))
		})
	}
	t.Run("scale", func(t *testing.T) {
		s := measureScale(t, bin)
		r.Scale = &s
		if *window != "" {
			r.Window = measureWindow(t, *window, s.vault)
		}
		r.Proof = measureProof(t, &app{tb: t, bin: bin, vault: s.vault})
	})
	t.Run("history", func(t *testing.T) { r.History = measureHistory(t) })
	writeJSON(t, filepath.Join(*outDir, "results.json"), r)
	writeReport(t, filepath.Join(*outDir, "RESULTS.md"), r)
}

// earlier reads the results of the last run, if there are any.
func earlier(t *testing.T) (r results) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(*outDir, "results.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return r
	}
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func measureServer(t *testing.T, kind realserver.Kind, bin string) server {
	srv := realserver.Start(t, kind)
	l := login{srv.URL, srv.User, srv.Password}
	targets, paths := seed(t, srv)
	res := server{Name: string(kind), Objects: 3 * *objects}
	res.FloorCold, _, _ = floor(t, l, targets)
	var n int64
	res.Floor, res.FloorRoad, n = floor(t, l, targets)
	res.FloorMB = float64(n) / 1e6

	a := newApp(t, bin)
	a.add(l.URL, l.User, l.Password)
	s := &res.Sidekeep
	var m mirrorTotals
	s.First, m = a.mirror()
	s.FirstRequests, s.Objects = m.Accounts[0].Requests, m.Accounts[0].Created
	s.NoChange, m = a.mirror()
	s.NoChangeRequests = m.Accounts[0].Requests

	var p *peer
	if p = newPeer(t, l); p != nil {
		res.Vdirsyncer = &side{First: p.sync(true)}
		res.Vdirsyncer.Objects = p.files()
		if res.Vdirsyncer.First.Err == "" {
			res.Vdirsyncer.NoChange = p.sync(false)
		}
	}

	l.touch(t, targets[1], changed(t, srv, paths[1]))
	s.Ten, m = a.mirror()
	s.TenRequests, s.TenModified = m.Accounts[0].Requests, m.Accounts[0].Modified
	if p != nil && res.Vdirsyncer.First.Err == "" {
		res.Vdirsyncer.Ten = p.sync(false)
	}
	if kind != realserver.Xandikos { // a commit for each PUT: minutes, and none of them ours
		srv.Close()
		res.Restore = measureRestore(t, kind, a)
	}
	return res
}

// seed fills three collections: cards of which 30% have a 12 KB photo, and two
// calendars.
func seed(t *testing.T, srv *realserver.Server) (targets []target, paths []string) {
	t.Helper()
	for i, c := range []struct {
		kind    pim.Kind
		segment string
		maker   gen.Maker
	}{
		{pim.Contacts, "people", gen.CardWithPhoto},
		{pim.Calendar, "work", gen.Event},
		{pim.Calendar, "home", gen.Event},
	} {
		p, err := srv.MakeCollection(c.kind, c.segment, c.segment)
		if err != nil {
			t.Fatal(err)
		}
		if err := srv.Seed(p, *objects, uint64(i+1), c.maker); err != nil {
			t.Fatal(err)
		}
		targets = append(targets, target{URL: srv.URL + p, Cards: c.kind == pim.Contacts})
		paths = append(paths, p)
	}
	return targets, paths
}

// changed takes ten events of the second collection and alters their titles.
func changed(t *testing.T, srv *realserver.Server, collection string) map[string][]byte {
	t.Helper()
	bodies := map[string][]byte{}
	for i := range 10 {
		made := gen.Event(nil, 2, i)
		name := realserver.Name(2, i, made)
		body, _, err := srv.Get(path.Join(collection, name))
		if err != nil {
			t.Fatal(err)
		}
		bodies[name] = bytes.Replace(body, []byte("SUMMARY:"), []byte(fmt.Sprintf("SUMMARY:Moved %d: ", i)), 1)
	}
	return bodies
}
