//go:build unix

package mirror_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

// figures is what one mirroring cost the program that did it.
type figures struct {
	Wall, CPU time.Duration
	Peak      int64 // KiB, the most memory the process ever had (VmHWM)
	Requests  int64
	Received  int64
	Vault     int64 // bytes of the vault's file and WAL
	Objects   int
	Outcome   pim.Outcome
}

// TestMeasuredChild mirrors once and prints what it cost; by itself it does
// nothing.
func TestMeasuredChild(t *testing.T) {
	dir := os.Getenv("SIDEKEEP_TEST_MEASURE_DIR")
	if dir == "" {
		t.Skip("runs only as a child of the benchmarks")
	}
	h, err := openHome(t, dir, os.Getenv("SIDEKEEP_TEST_MEASURE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	if path := os.Getenv("SIDEKEEP_TEST_PROFILES"); path != "" {
		f, err := os.CreateTemp(path, "cpu-*.prof")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			t.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	cpu, begin := cpuTime(), time.Now()
	m := h.mirror()
	m.Progress = nil
	rep, err := m.Account(context.Background(), h.account)
	f := figures{Wall: time.Since(begin), CPU: cpuTime() - cpu, Requests: rep.Traffic.Requests,
		Received: rep.Traffic.BytesReceived, Objects: rep.Counts.Objects, Outcome: rep.Outcome, Peak: peak()}
	if err != nil {
		t.Fatalf("%v\n%s", err, describe(rep))
	}
	names, _ := filepath.Glob(filepath.Join(dir, "vault.db*"))
	for _, n := range names {
		if fi, err := os.Stat(n); err == nil {
			f.Vault += fi.Size()
		}
	}
	b, _ := json.Marshal(f)
	fmt.Printf("\nFIGURES %s\n", b)
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func peak() int64 {
	b, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(b)) {
		var kb int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			return kb
		}
	}
	return 0
}

// measured mirrors in a child.
func measured(b *testing.B, dir, url string) figures {
	b.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestMeasuredChild$")
	c.Env = append(os.Environ(), "SIDEKEEP_TEST_MEASURE_DIR="+dir, "SIDEKEEP_TEST_MEASURE_URL="+url)
	out, err := c.CombinedOutput()
	if err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	_, line, _ := strings.Cut(string(out), "FIGURES ")
	var f figures
	if err := json.NewDecoder(strings.NewReader(line)).Decode(&f); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return f
}

func report(b *testing.B, what string, f figures) {
	b.Helper()
	b.Logf("%s: %s, %d objects, %.2f s, CPU %.2f s, peak %.0f MB, %d requests, %.1f MB received, vault %.1f MB", what, f.Outcome,
		f.Objects, f.Wall.Seconds(), f.CPU.Seconds(), float64(f.Peak)/1024, f.Requests, float64(f.Received)/1e6, float64(f.Vault)/1e6)
	b.ReportMetric(f.CPU.Seconds(), "cpu-s/op")
	b.ReportMetric(float64(f.Peak)/1024, "peak-MB")
	b.ReportMetric(float64(f.Requests), "requests")
}

// BenchmarkMirror_First is the first mirroring of 15,000 objects in three
// collections, and of 100,000 of 2 KB in one, and then one without a change.
func BenchmarkMirror_First(b *testing.B) {
	for name, fill := range map[string]func(*davtest.Server){
		"15000": func(s *davtest.Server) {
			s.AddCollection(pim.Contacts, "book", "Book").Fill(5000, 1, gen.CardWithPhoto)
			s.AddCollection(pim.Calendar, "one", "One").Fill(5000, 2, gen.Event)
			s.AddCollection(pim.Calendar, "two", "Two").Fill(5000, 3, gen.Event)
		},
		"100000 of 2 KB": func(s *davtest.Server) {
			s.AddCollection(pim.Contacts, "book", "Book").Fill(100000, 1, gen.Card2K)
		},
		"100000 of 2 KB by multiget": func(s *davtest.Server) {
			s.Set(davtest.NoSync, davtest.NoQuery)
			s.AddCollection(pim.Calendar, "cal", "Cal").Fill(100000, 1, gen.Event2K)
		},
	} {
		b.Run(name, func(b *testing.B) {
			s := davtest.New(b, davtest.WithoutLog())
			fill(s)
			for b.Loop() {
				dir := b.TempDir()
				report(b, "first", measured(b, dir, s.URL()))
				report(b, "no change", measured(b, dir, s.URL()))
			}
		})
	}
}

// BenchmarkMirror_RealServers is the same against the real ones, 5,000 objects
// in each of three collections.
func BenchmarkMirror_RealServers(b *testing.B) {
	const n = 5000
	for _, kind := range realserver.Kinds() {
		b.Run(string(kind), func(b *testing.B) {
			s := realserver.Start(b, kind)
			for i, c := range []struct {
				kind pim.Kind
				name string
				make gen.Maker
			}{{pim.Contacts, "book", gen.CardWithPhoto}, {pim.Calendar, "one", gen.Event}, {pim.Calendar, "two", gen.Event}} {
				path, err := s.MakeCollection(c.kind, c.name, c.name)
				if err == nil {
					err = s.Seed(path, n, uint64(i+1), c.make)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				dir := b.TempDir()
				report(b, "cold", measured(b, b.TempDir(), s.URL))
				cpu := s.CPU()
				report(b, "warm", measured(b, dir, s.URL))
				b.Logf("server CPU %.2f s", (s.CPU() - cpu).Seconds())
				report(b, "no change", measured(b, dir, s.URL))
			}
		})
	}
}
