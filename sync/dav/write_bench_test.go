package dav_test

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"sidekeep/sync/dav"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// BenchmarkPut measures what each server takes, in objects a second: by a plain
// loop of PUTs without anything around it, which is the floor, and through the Writer
// with one request at a time, with two and with four. Every turn fills a
// collection of its own: Xandikos reads all of a calendar for each PUT.
func BenchmarkPut(b *testing.B) {
	for _, kind := range realserver.Kinds() {
		n := map[realserver.Kind]int{realserver.Xandikos: 40}[kind]
		if n == 0 {
			n = 300
		}
		for _, k := range []pim.Kind{pim.Contacts, pim.Calendar} {
			b.Run(fmt.Sprintf("%s/%s", kind, k), func(b *testing.B) {
				s := realserver.Start(b, kind)
				w := dav.NewWriter(dav.Options{User: s.User, Password: s.Password})
				b.Cleanup(w.Close)
				seed := uint64(0)
				turn := func(name string, fill func(b *testing.B, col pim.Collection)) {
					b.Run(name, func(b *testing.B) {
						cpu, start := time.Duration(0), time.Duration(0)
						for b.Loop() {
							b.StopTimer()
							col, err := w.MakeCollection(b.Context(), pim.HomeSet{Kind: k, URL: s.URL + s.Home(k)}, "bench", k, []string{"VEVENT"}, "")
							if err != nil {
								b.Fatal(err)
							}
							seed++
							start = s.CPU()
							b.StartTimer()
							fill(b, col)
							cpu += s.CPU() - start
						}
						b.ReportMetric(cpu.Seconds()*1000/float64(n*b.N), "server-ms/object")
						b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "objects/s")
					})
				}
				turn("loop", func(b *testing.B, col pim.Collection) { plainLoop(b, s, col, seed, n) })
				for _, at := range []int{1, 2, 4} {
					turn(fmt.Sprintf("writer-%d", at), func(b *testing.B, col pim.Collection) { writeAll(b, w, col, seed, n, at) })
				}
			})
		}
	}
}

func object(k pim.Kind, seed uint64, i int) (name string, body []byte) {
	make := gen.Event
	if k == pim.Contacts {
		make = gen.CardWithPhoto
	}
	body = make(nil, seed, i)
	return realserver.Name(seed, i, body), body
}

func plainLoop(b *testing.B, s *realserver.Server, col pim.Collection, seed uint64, n int) {
	t := &http.Transport{DisableCompression: true}
	defer t.CloseIdleConnections()
	for i := range n {
		name, body := object(col.Kind, seed, i)
		r, err := http.NewRequest(http.MethodPut, col.URL+name, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		r.SetBasicAuth(s.User, s.Password)
		r.Header.Set("If-None-Match", "*")
		r.Header.Set("Content-Type", map[pim.Kind]string{pim.Contacts: "text/vcard", pim.Calendar: "text/calendar"}[col.Kind]+"; charset=utf-8")
		resp, err := t.RoundTrip(r)
		if err != nil {
			b.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusCreated {
			b.Fatal(resp.Status)
		}
	}
}

func writeAll(b *testing.B, w *dav.Writer, col pim.Collection, seed uint64, n, at int) {
	var next atomic.Int64
	var g errgroup.Group
	for range at {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				name, body := object(col.Kind, seed, i)
				if _, err := w.Put(b.Context(), pim.PutRequest{Collection: col, Href: pim.Href(pathOf(col.URL) + name), Body: body, Quiet: true}); err != nil {
					return err
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}
