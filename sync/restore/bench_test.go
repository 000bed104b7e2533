package restore_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"sidekeep/formats"
	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
	"sidekeep/sync/restore"
)

// BenchmarkRestore_MyCloudDied puts 5,000 contacts and 10,000 events into an empty
// server, is stopped on its way and goes on, and compares what the server has
// then; "x-loop" is its time by that of a plain loop of PUTs into another empty
// server of the same kind (before and after it, and the mean), "cpu-x-loop" the same of the server's own
// work, which other work on the machine does not change. -short takes a tenth.
func BenchmarkRestore_MyCloudDied(b *testing.B) {
	contacts, events := 5000, 10000
	if testing.Short() {
		contacts, events = 500, 1000
	}
	for _, kind := range []realserver.Kind{realserver.Cyrus, realserver.Radicale} {
		b.Run(string(kind), func(b *testing.B) {
			for range b.N {
				h := openHome(b, b.TempDir())
				s := davtest.New(b)
				s.AddCollection(pim.Contacts, "friends", "Friends").Fill(contacts, 1, gen.Card)
				s.AddCollection(pim.Calendar, "work", "Work").Fill(events, 2, gen.Event)
				wanted := h.wanted(h.add("cloud", s.URL()))
				plain, plainCPU := plainLoop(b, kind, s.Objects())

				real := realserver.Start(b, kind)
				to := h.add("other", real.URL)
				id := h.plan(pim.RestoreAsk{Make: true}, to, wanted)
				began, worked := time.Now(), real.CPU()
				re := stopAndGoOn(b, h, to, id, int64(contacts+events)*2/5)
				took, cpu := time.Since(began), real.CPU()-worked
				// Half before and half after: other work on the machine slows both.
				again, againCPU := plainLoop(b, kind, s.Objects())
				plain, plainCPU = (plain+again)/2, (plainCPU+againCPU)/2
				b.ReportMetric(cpu.Seconds()/plainCPU.Seconds(), "cpu-x-loop")
				b.ReportMetric(took.Seconds()/plain.Seconds(), "x-loop")
				b.ReportMetric(float64(contacts+events)/took.Seconds(), "objects/s")
				b.Logf("%s: loop of PUTs %.1f s, restore %.1f s, %v", kind, plain.Seconds(), took.Seconds(), counts(re))
				complete(b, h, to, re, s)
				real.Close()
				s.Close()
				h.close()
			}
		})
	}
}

// plainLoop puts everything one after the other, with nothing around it.
func plainLoop(b *testing.B, kind realserver.Kind, objects map[string][]byte) (took, cpu time.Duration) {
	real := realserver.Start(b, kind)
	defer real.Close()
	places := map[string]string{}
	for ext, k := range map[string]pim.Kind{".vcf": pim.Contacts, ".ics": pim.Calendar} {
		path, err := real.MakeCollection(k, "plain"+ext[1:], "Plain")
		if err != nil {
			b.Fatal(err)
		}
		places[ext] = path
	}
	client := &http.Client{}
	defer client.CloseIdleConnections()
	n, began, worked := 0, time.Now(), real.CPU()
	for _, body := range objects {
		ext, ctype := ".vcf", "text/vcard; charset=utf-8"
		if bytes.HasPrefix(body, []byte("BEGIN:VCALENDAR")) {
			ext, ctype = ".ics", "text/calendar; charset=utf-8"
		}
		n++
		r, err := http.NewRequest(http.MethodPut, fmt.Sprintf("%s%s%d%s", real.URL, places[ext], n, ext), bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.SetBasicAuth(real.User, real.Password)
		r.Header.Set("Content-Type", ctype)
		r.Header.Set("If-None-Match", "*")
		resp, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode >= 300 {
			b.Fatalf("PUT: %s", resp.Status)
		}
	}
	return time.Since(began), real.CPU() - worked
}

// stopAndGoOn stops the restore when so many objects are done, and carries it on.
func stopAndGoOn(b *testing.B, h *home, to pim.Account, id, at int64) pim.Restore {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	r, closeAll := h.restorer(to)
	r.Progress = func(s restore.Step) {
		if s.Done >= at {
			stop()
		}
	}
	re, err := r.Run(ctx, id)
	closeAll()
	if pim.FaultOf(err) != pim.Stopped || re.State != "stopped" {
		b.Fatalf("stopped: %q %v", re.State, err)
	}
	return h.runs(to, id)
}

// complete reads what the server has, by mirroring it, and compares it with the
// cloud that died: each object once, with its meaning.
func complete(b *testing.B, h *home, to pim.Account, re pim.Restore, cloud *davtest.Server) {
	if c := counts(re); c[pim.DoneCreated] != len(re.Steps) {
		b.Errorf("%s", receipt(re))
	}
	h.mirror(to)
	want := map[string][]byte{}
	for _, body := range cloud.Objects() {
		want[string(uidOf(body))] = body
	}
	known, err := h.vault.Collections(context.Background(), to.ID)
	h.must(err)
	n := 0
	for _, k := range known {
		for s, err := range h.vault.Bodies(context.Background(), k.ID) {
			h.must(err)
			n++
			uid := string(uidOf(s.Body))
			if same, lines := formats.Compare(k.Kind, want[uid], s.Body); same == formats.Different {
				b.Errorf("%s: %v", s.Href, lines)
			}
			delete(want, uid)
		}
	}
	if n != len(re.Steps) || len(want) != 0 {
		b.Errorf("%d objects there, %d of them missing or there twice; want %d", n, len(want), len(re.Steps))
	}
}

func uidOf(body []byte) []byte {
	_, rest, _ := bytes.Cut(body, []byte("\nUID:"))
	uid, _, _ := bytes.Cut(rest, []byte("\r"))
	return uid
}
