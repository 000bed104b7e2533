package service

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"sidekeep/formats"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// The servers that people run lose everything. Nothing is lost here, everything
// is put back with one call, and it is the server that is asked whether it has
// it; then one of them moves to another server.
func TestRealServers_LostPutBackAndMoved(t *testing.T) {
	if testing.Short() {
		t.Skip("the same is told against the test server")
	}
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			srv := realserver.Start(t, kind)
			book, cal := seedReal(t, srv)
			s := open(t, Config{})
			ctx := t.Context()
			_, err := s.AddAccount(ctx, NewAccount{Address: srv.URL, User: srv.User, Password: srv.Password, Name: "Real"})
			must(t, err)
			mirrorNow(t, s)
			want := onServer(t, srv, book, cal)
			good := s.now()
			for path := range want {
				must(t, srv.Delete(path))
			}
			rep := mirrorNow(t, s)
			if len(rep.Incidents) != 1 || rep.Incidents[0].Gone != 50 || rep.Accounts[0].Held != 50 {
				t.Fatalf("%+v\n%+v", rep.Incidents, rep.Accounts[0])
			}
			exp := result[ExportReport](t, s.StartExport(ExportRequest{To: t.TempDir() + "/out"}))
			if exp.Objects != 50 {
				t.Fatalf("%+v", exp)
			}

			rec := result[Receipt](t, s.StartPutBack(rep.Incidents[0].ID))
			if rec.State != "done" || rec.Missing() != 0 {
				t.Fatalf("%+v", rec)
			}
			got := onServer(t, srv, book, cal)
			for path, body := range want {
				k := pim.Contacts
				if strings.HasSuffix(path, ".ics") {
					k = pim.Calendar
				}
				if same, lines := formats.Compare(k, body, got[path]); same == formats.Different {
					t.Errorf("%s is back with other lines: %v", path, lines)
				}
			}
			if in, err := s.Incident(ctx, rep.Incidents[0].ID); err != nil || in.Closed != string(pim.PutBack) {
				t.Fatalf("%+v, %v", in, err)
			}
			if a := mirrorNow(t, s).Accounts[0]; a.Outcome != pim.Complete || a.Held != 0 || a.Created+a.Deleted != 0 {
				t.Fatalf("%+v", a)
			}

			// To another provider, from the moment before; a second time nothing is doubled.
			other := realserver.Start(t, realserver.Radicale)
			_, err = s.AddAccount(ctx, NewAccount{Address: other.URL, User: other.User, Password: other.Password, Name: "New"})
			must(t, err)
			ask := pim.RestoreAsk{At: good, Account: "Real", To: "New", Make: true}
			plan := result[RestorePlan](t, s.StartRestorePlan(ask))
			if plan.Counts["create"] != 50 {
				t.Fatalf("%+v", plan.Counts)
			}
			if rec = result[Receipt](t, s.StartRestore(plan.ID)); rec.Missing() != 0 {
				t.Fatalf("%+v", rec)
			}
			if n, err := s.Count(ctx, ListQuery{What: "all", Account: "New"}); err != nil || n != 50 {
				t.Fatal(n, err)
			}
			if plan = result[RestorePlan](t, s.StartRestorePlan(ask)); plan.Counts["identical"] != 50 {
				t.Fatalf("%+v", plan.Counts)
			}
		})
	}
}

// onServer is what the server holds, asked without Sidekeep between.
func onServer(t *testing.T, srv *realserver.Server, book, cal string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for i := range 50 {
		path := fmt.Sprintf("%sc%d.vcf", book, i)
		if i >= 20 {
			path = fmt.Sprintf("%se%d.ics", cal, i-20)
		}
		body, _, err := srv.Get(path)
		must(t, err)
		out[path] = bytes.Clone(body)
	}
	return out
}
