//go:build bench

package bench

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// scale is 100,000 objects of 2 KB from the test server.
type scale struct {
	Objects      int     `json:"objects"`
	RawMB        float64 `json:"raw_mb"`
	First        usage   `json:"first_mirror"`
	Requests     int     `json:"first_mirror_requests"`
	NoChange     usage   `json:"no_change"`
	VaultMB      float64 `json:"vault_mb"`
	VaultRatio   float64 `json:"vault_to_raw"`
	SearchMedian float64 `json:"search_median_ms"`
	SearchWorst  float64 `json:"search_worst_ms"`
	SearchQuery  string  `json:"search_worst_query"`
	Export       usage   `json:"export_folder"`
	ExportMBs    float64 `json:"export_mb_per_s"`
	DiskMBs      float64 `json:"disk_mb_per_s"`
	Zip          usage   `json:"export_zip"`

	vault string
}

// measureScale runs the whole of it and leaves the vault for the window.
func measureScale(t *testing.T, bin string) scale {
	srv := davtest.New(t, davtest.WithoutLog())
	cards := srv.AddCollection(pim.Contacts, "everyone", "Everyone")
	cards.Fill(50_000, 1, gen.Card2K)
	events := srv.AddCollection(pim.Calendar, "everything", "Everything")
	events.Fill(50_000, 2, gen.Event2K)
	var raw int64
	for _, b := range srv.Objects() {
		raw += int64(len(b))
	}
	s := scale{Objects: 100_000, RawMB: float64(raw) / 1e6}

	a := newApp(t, bin)
	a.add(srv.URL(), srv.User(), srv.Password())
	var totals mirrorTotals
	s.First, totals = a.mirror()
	if got := totals.Accounts[0]; got.Created != s.Objects || got.Outcome != "complete" {
		t.Fatalf("the first mirror ended %q with %d objects", got.Outcome, got.Created)
	}
	s.Requests = totals.Accounts[0].Requests
	s.NoChange, _ = a.mirror()
	s.VaultMB = folderMB(t, a.vault)
	s.VaultRatio = s.VaultMB / s.RawMB
	s.vault = a.vault
	measureSearch(t, a.vault, &s)

	out := t.TempDir()
	s.DiskMBs = diskSpeed(t, out)
	s.Export, _ = a.must("", "export", "--to", filepath.Join(out, "folder"), "--as", "folder", "--json")
	s.ExportMBs = s.RawMB / s.Export.Wall
	s.Zip, _ = a.must("", "export", "--to", filepath.Join(out, "all.zip"), "--as", "zip", "--json")
	return s
}

// measureSearch types each query letter by letter, as a person does, and takes
// the time of every answer of 100 rows.
func measureSearch(t *testing.T, dir string, s *scale) {
	t.Helper()
	v, err := vault.Open(t.Context(), dir, vault.Options{Now: time.Now, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	rows, err := v.Rows(t.Context(), vault.Query{Components: []string{"VCARD"}, Limit: 1, Offset: 25_000})
	if err != nil || len(rows) != 1 {
		t.Fatalf("no row to search for: %v", err)
	}
	sum := rows[0].Summary
	queries := []string{sum.Title, "jurgen", "example.org", "review meeting"}
	if len(sum.Emails) > 0 {
		queries = append(queries, sum.Emails[0])
	}
	if len(sum.Phones) > 0 {
		queries = append(queries, sum.Phones[0][max(0, len(sum.Phones[0])-7):])
	}
	var took []float64
	for _, q := range queries {
		letters := []rune(q)
		for n := 1; n <= len(letters); n++ {
			start := time.Now()
			if _, err := v.Rows(t.Context(), vault.Query{Search: string(letters[:n]), Limit: 100}); err != nil {
				t.Fatal(err)
			}
			ms := float64(time.Since(start).Microseconds()) / 1000
			if took = append(took, ms); ms > s.SearchWorst {
				s.SearchWorst, s.SearchQuery = ms, string(letters[:n])
			}
		}
	}
	slices.Sort(took)
	s.SearchMedian = took[len(took)/2]
}

// diskSpeed writes and fsyncs 200 MB, for what the disk gives.
func diskSpeed(t *testing.T, dir string) float64 {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "disk"))
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	block := make([]byte, 1<<20)
	start := time.Now()
	for range 200 {
		if _, err := f.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	return 200 * 1.048576 / time.Since(start).Seconds()
}

func folderMB(t *testing.T, dir string) float64 {
	t.Helper()
	var n int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		n += info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return float64(n) / 1e6
}

func writeJSON(t *testing.T, path string, v any) {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}
