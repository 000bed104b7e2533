//go:build bench

package bench

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// machine names where the figures come from.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory string `json:"memory"`
	OS     string `json:"os"`
	Kernel string `json:"kernel"`
	Go     string `json:"go"`
	Date   string `json:"date"`
	Peer   string `json:"vdirsyncer"`
}

func thisMachine() machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version(), Date: time.Now().Format("2006-01-02")}
	m.CPU = match("/proc/cpuinfo", `(?m)^model name\s*:\s*(.+)$`)
	if kb := match("/proc/meminfo", `(?m)^MemTotal:\s*(\d+) kB$`); kb != "" {
		var n int64
		fmt.Sscan(kb, &n)
		m.Memory = fmt.Sprintf("%d GB", n/1e6)
	}
	m.OS = strings.Trim(match("/etc/os-release", `(?m)^PRETTY_NAME=(.+)$`), `"`)
	if out, err := exec.Command("uname", "-r").Output(); err == nil {
		m.Kernel = strings.TrimSpace(string(out))
	}
	if out, err := exec.Command("vdirsyncer", "--version").Output(); err == nil {
		m.Peer = strings.TrimSpace(string(out))
	}
	return m
}

func match(file, pattern string) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	if m := regexp.MustCompile(pattern).FindSubmatch(b); m != nil {
		return string(m[1])
	}
	return ""
}

func writeReport(t *testing.T, path string, r results) {
	t.Helper()
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "# Figures\n\nMeasured by `make bench` on %s: %s, %d cores, %s memory, %s, Linux %s, %s, %s.\n",
		m.Date, m.CPU, m.Cores, m.Memory, m.OS, m.Kernel, m.Go, m.Peer)
	b.WriteString(`
Client and server share the machine. CPU is the client's own, memory its peak resident set, both as the kernel
accounts for the process. The floor is the server's fastest road to everything as it is kept (names and data), read by a
plain loop of requests and thrown away, the second time round. MB are 10^6 bytes.

## Beside vdirsyncer, on the same servers in the same run

| Server, objects | | Wall s | Floor s | Times floor | CPU s | Peak MB | Requests |
|---|---|---|---|---|---|---|---|
`)
	for _, s := range r.Servers {
		row := func(name string, u usage, floor string, requests string) {
			if u.Err != "" {
				fmt.Fprintf(&b, "| %s, %d | %s | failed: %s (%.1f s) | %s | | %.2f | %.0f | %s |\n",
					s.Name, s.Objects, name, u.Err, u.Wall, floor, u.CPU, u.PeakMB, requests)
				return
			}
			times := ""
			if floor != "" {
				times = fmt.Sprintf("%.2f", u.Wall/s.Floor)
			}
			fmt.Fprintf(&b, "| %s, %d | %s | %.2f | %s | %s | %.2f | %.0f | %s |\n",
				s.Name, s.Objects, name, u.Wall, floor, times, u.CPU, u.PeakMB, requests)
		}
		k := s.Sidekeep
		f := fmt.Sprintf("%.2f", s.Floor)
		row("**Sidekeep**, first mirror", k.First, f, fmt.Sprint(k.FirstRequests))
		if s.Vdirsyncer != nil {
			row("vdirsyncer, first sync", s.Vdirsyncer.First, f, "")
		}
		row("**Sidekeep**, no change", k.NoChange, "", fmt.Sprint(k.NoChangeRequests))
		if s.Vdirsyncer != nil && s.Vdirsyncer.First.Err == "" {
			row("vdirsyncer, no change", s.Vdirsyncer.NoChange, "", "")
		}
		row("**Sidekeep**, ten changes", k.Ten, "", fmt.Sprint(k.TenRequests))
		if s.Vdirsyncer != nil && s.Vdirsyncer.First.Err == "" {
			row("vdirsyncer, ten changes", s.Vdirsyncer.Ten, "", "")
		}
	}
	for _, s := range r.Servers {
		fmt.Fprintf(&b, "\nThe floor of %s: %s; %.1f MB, %.2f s the first time.\n", s.Name, s.FloorRoad, s.FloorMB, s.FloorCold)
	}
	if s := r.Scale; s != nil {
		fmt.Fprintf(&b, "\n## %d objects, %.0f MB, from the test server\n\n| Measure | Figure |\n|---|---|\n", s.Objects, s.RawMB)
		fmt.Fprintf(&b, "| first mirror | %.1f s, CPU %.1f s, peak %.0f MB, %d requests |\n", s.First.Wall, s.First.CPU, s.First.PeakMB, s.Requests)
		fmt.Fprintf(&b, "| no change | %.2f s, CPU %.3f s, peak %.0f MB |\n", s.NoChange.Wall, s.NoChange.CPU, s.NoChange.PeakMB)
		fmt.Fprintf(&b, "| vault | %.0f MB, %.2f times the raw bytes |\n", s.VaultMB, s.VaultRatio)
		fmt.Fprintf(&b, "| search as you type, 100 rows | median %.1f ms, worst %.1f ms (%q) |\n", s.SearchMedian, s.SearchWorst, s.SearchQuery)
		fmt.Fprintf(&b, "| export to a folder | %.1f s, %.0f MB/s (the disk writes and syncs %.0f MB/s), peak %.0f MB |\n", s.Export.Wall, s.ExportMBs, s.DiskMBs, s.Export.PeakMB)
		fmt.Fprintf(&b, "| export to a zip | %.1f s, peak %.0f MB |\n", s.Zip.Wall, s.Zip.PeakMB)
	}
	if w := r.Window; w != nil {
		fmt.Fprintf(&b, "| the window on screen with that vault | %.2f s, peak %.0f MB |\n", w.OnScreen, w.PeakMB)
		for _, p := range w.Pages {
			fmt.Fprintf(&b, "| page switch to %s | %.0f ms |\n", p.Page, p.MS)
		}
	}
	reportProof(&b, r)
	reportRestore(&b, r.Servers)
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + b.String())
}

// reportProof words history, the judge and the proofs.
func reportProof(b *strings.Builder, r results) {
	if h := r.History; h != nil {
		b.WriteString("\n## History and judge\n\n| Benchmark | Mean ms | Median ms | Least ms |\n|---|---|---|---|\n")
		number := func(of map[string]float64, name string) string {
			if n, ok := of[name]; ok {
				return fmt.Sprintf("%.1f", n)
			}
			return ""
		}
		for _, name := range slices.Sorted(maps.Keys(h.MS)) {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, number(h.MS, name), number(h.Median, name), number(h.Least, name))
		}
	}
	if p := r.Proof; p != nil {
		fmt.Fprintf(b, "\n## Proof, on the vault of %d objects\n\n| Measure | Figure |\n|---|---|\n", r.Scale.Objects)
		fmt.Fprintf(b, "| reading the vault's file, from the disk | %.0f MB/s |\n", p.Disk)
		fmt.Fprintf(b, "| reading it again, from memory | %.0f MB/s |\n", p.Read)
		fmt.Fprintf(b, "| SQLite's integrity_check alone, from memory | %.2f s, %.0f MB/s |\n", p.SQLite, p.MB/p.SQLite)
		fmt.Fprintf(b, "| verify, from the disk | %.2f s, %.0f MB/s |\n", p.FromDisk.Wall, p.MB/p.FromDisk.Wall)
		fmt.Fprintf(b, "| verify, from memory | %.2f s, %.0f MB/s, CPU %.1f s, peak %.0f MB |\n", p.Verify.Wall, p.MB/p.Verify.Wall, p.Verify.CPU, p.Verify.PeakMB)
		fmt.Fprintf(b, "| verify with what the server lists | %.1f s, CPU %.1f s, peak %.0f MB |\n", p.Audit.Wall, p.Audit.CPU, p.Audit.PeakMB)
		fmt.Fprintf(b, "| copy, checked | %.1f s, peak %.0f MB |\n", p.Copy.Wall, p.Copy.PeakMB)
		fmt.Fprintf(b, "| restore drill (verify --deep) | %.1f s, peak %.0f MB |\n", p.Drill.Wall, p.Drill.PeakMB)
	}
}

// reportRestore words the restores to empty servers.
func reportRestore(b *strings.Builder, servers []server) {
	b.WriteString("\n## Restore to an empty server\n\n| Server | Objects | Plain PUTs s | Restore s | Times PUTs | CPU s | Peak MB | Created | Altered | Identical in a second plan |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, s := range servers {
		if x := s.Restore; x != nil {
			fmt.Fprintf(b, "| %s | %d | %.1f | %.1f | %.2f | %.1f | %.0f | %d | %d | %d |\n", s.Name, x.Objects, x.Puts, x.Run.Wall, x.Run.Wall/x.Puts,
				x.Run.CPU, x.Run.PeakMB, x.Created, x.Altered, x.Same)
		}
	}
	b.WriteString("\nA restore puts each object on a condition, reads every one back and compares it; the plain loop only puts.\n")
}
