//go:build bench

package bench

import (
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// restored is a restore of everything to an empty server of the same make, and
// what a plain loop of PUTs of the same bytes needs on another empty one.
type restored struct {
	Objects int     `json:"objects"`
	Puts    float64 `json:"plain_puts_s"`
	Plan    usage   `json:"plan"`
	Run     usage   `json:"run"`
	Again   usage   `json:"second_plan"` // after it: everything is there
	Created int     `json:"created"`
	Altered int     `json:"altered"`
	Same    int     `json:"identical_in_second_plan"`
}

// restoreOf says how much is restored, where it is not everything: Radicale looks
// at every object of a collection for each one that is put there, so that the
// whole would take most of an hour, with Sidekeep and without.
var restoreOf = map[realserver.Kind]int{realserver.Radicale: 1500}

// measureRestore restores what a has mirrored. The plan includes the mirror of
// the empty account; the run includes making the collections and reading every
// object back.
func measureRestore(t *testing.T, kind realserver.Kind, a *app) *restored {
	t.Helper()
	srv := realserver.Start(t, kind)
	a.must(srv.Password+"\n", "account", "add", srv.URL, "--user", srv.User, "--password-stdin", "--name", "elsewhere")
	var r restored
	var plan struct {
		ID     int64          `json:"id"`
		Counts map[string]int `json:"counts"`
	}
	ask := []string{"restore", "plan", "--at", time.Now().UTC().Format(time.RFC3339), "--account", "bench", "--to", "elsewhere", "--make", "--json"}
	ids := chosen(t, a.vault, restoreOf[kind])
	if ids != nil {
		ask = []string{"restore", "plan", "--ids", idList(ids), "--to", "elsewhere", "--make", "--json"}
	}
	var out []byte
	r.Plan, out = a.must("", ask...)
	mustJSON(t, out, &plan)
	r.Objects = plan.Counts["create"]
	var receipt struct {
		Counts map[string]int `json:"counts"`
	}
	r.Run, out = a.run("", "restore", "run", jsonNumber(plan.ID), "--json")
	mustJSON(t, out, &receipt)
	r.Created, r.Altered = receipt.Counts["created"], receipt.Counts["altered"]
	a.must("", "mirror", "elsewhere")
	r.Again, out = a.must("", ask...)
	mustJSON(t, out, &plan)
	r.Same = plan.Counts["identical"]
	srv.Close()
	r.Puts = plainPuts(t, kind, a.vault, ids)
	return &r
}

// chosen gives n objects, as many of each collection; nil is everything.
func chosen(t *testing.T, dir string, n int) []int64 {
	t.Helper()
	if n == 0 {
		return nil
	}
	var ids []int64
	for _, c := range live(t, dir) {
		for i, id := range c.ids {
			if i < n/3 {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// kept is a collection of the first account with the IDs of what is in it.
type kept struct {
	pim.Known
	ids []int64
}

func live(t *testing.T, dir string) (out []kept) {
	t.Helper()
	v, err := vault.Open(t.Context(), dir, vault.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	known, err := v.Collections(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range known {
		k := kept{Known: c}
		for o, err := range v.Bodies(t.Context(), c.ID) {
			if err != nil {
				t.Fatal(err)
			}
			k.ids = append(k.ids, o.Resource)
		}
		if len(k.ids) > 0 {
			out = append(out, k)
		}
	}
	return out
}

func idList(ids []int64) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(words, ",")
}

// plainPuts puts the vault's bytes into an empty server, one after the other
// over one connection, and gives the seconds that took. ids nil is everything.
func plainPuts(t *testing.T, kind realserver.Kind, dir string, ids []int64) float64 {
	t.Helper()
	srv := realserver.Start(t, kind)
	collections := live(t, dir)
	v, err := vault.Open(t.Context(), dir, vault.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	l := login{srv.URL, srv.User, srv.Password}
	var total time.Duration
	for _, c := range collections {
		segment := path.Base(c.URL)
		place, err := srv.MakeCollection(c.Kind, segment, segment)
		if err != nil {
			t.Fatal(err)
		}
		ctype := "text/calendar; charset=utf-8"
		if c.Kind == pim.Contacts {
			ctype = "text/vcard; charset=utf-8"
		}
		for _, id := range c.ids {
			if ids != nil && !slices.Contains(ids, id) {
				continue
			}
			o, err := v.Body(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if status, _ := l.do(t, http.MethodPut, srv.URL+path.Join(place, path.Base(string(o.Href))), "", ctype, o.Body); status/100 != 2 {
				t.Fatalf("PUT answered %d", status)
			}
			total += time.Since(start)
		}
	}
	return total.Seconds()
}

// proof is what it costs to check a large vault.
type proof struct {
	MB       float64 `json:"mb"`
	Disk     float64 `json:"disk_mb_per_s"` // the vault's file, read to its end from the disk,
	Read     float64 `json:"read_mb_per_s"` // and from memory
	FromDisk usage   `json:"verify_from_disk"`
	SQLite   float64 `json:"integrity_check_seconds"` // of SQLite alone
	Verify   usage   `json:"verify"`                  // in memory
	Audit    usage   `json:"verify_with_audit"`
	Copy     usage   `json:"copy"`
	Drill    usage   `json:"verify_deep"`
}

// measureProof checks a vault: a copy of it by itself, once when the disk has to
// give it all and once when all of it is in memory, and the vault with what its
// server lists, whose own work is in that.
func measureProof(t *testing.T, a *app) *proof {
	t.Helper()
	p := &proof{}
	dir := t.TempDir()
	p.Copy, _ = a.must("", "copy", "--to", dir, "--json")
	made, err := filepath.Glob(filepath.Join(dir, "*.db"))
	if err != nil || len(made) != 1 {
		t.Fatalf("copies: %v, %v", made, err)
	}
	alone := &app{tb: t, bin: a.bin, vault: made[0]}
	outOfMemory(t, made[0])
	start := time.Now()
	p.MB = readAll(t, made[0])
	p.Disk = p.MB / time.Since(start).Seconds()
	start = time.Now()
	p.Read = readAll(t, made[0]) / time.Since(start).Seconds()
	outOfMemory(t, made[0])
	p.FromDisk, _ = alone.must("", "verify", "--json")
	p.Verify, _ = alone.must("", "verify", "--json")
	p.SQLite = integrityCheck(t, made[0])
	p.Audit, _ = a.must("", "verify", "--json")
	p.Drill, _ = a.must("", "verify", "--deep", "--json")
	return p
}

// integrityCheck has SQLite alone look at a file, and says how long that took.
func integrityCheck(t *testing.T, name string) float64 {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+name+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	start := time.Now()
	var said string
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&said); err != nil || said != "ok" {
		t.Fatalf("integrity_check: %q, %v", said, err)
	}
	return time.Since(start).Seconds()
}

// outOfMemory has the system let go of what it keeps of a file in memory.
func outOfMemory(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := errors.Join(f.Sync(), unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)); err != nil {
		t.Fatal(err)
	}
}

func readAll(t *testing.T, name string) float64 {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{f}, make([]byte, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return float64(n) / 1e6
}

func mustJSON(t *testing.T, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("no JSON: %v", err)
	}
}

func jsonNumber(n int64) string {
	b, _ := json.Marshal(n)
	return string(b)
}
