//go:build bench

package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// peer is vdirsyncer with a folder of its own, mirroring one server one way.
type peer struct {
	tb  testing.TB
	dir string
}

// newPeer configures vdirsyncer for the account; nil where it is not installed.
func newPeer(tb testing.TB, l login) *peer {
	if _, err := exec.LookPath("vdirsyncer"); err != nil {
		return nil
	}
	p := &peer{tb: tb, dir: tb.TempDir()}
	config := fmt.Sprintf("[general]\nstatus_path = %q\n", filepath.Join(p.dir, "status"))
	for _, k := range []struct{ name, kind, ext string }{{"cards", "carddav", ".vcf"}, {"events", "caldav", ".ics"}} {
		config += fmt.Sprintf(`
[pair %[1]s]
a = "%[1]s_local"
b = "%[1]s_remote"
collections = ["from b"]
conflict_resolution = "b wins"
[storage %[1]s_local]
type = "filesystem"
path = %[2]q
fileext = %[3]q
[storage %[1]s_remote]
type = %[4]q
url = %[5]q
username = %[6]q
password = %[7]q
`, k.name, filepath.Join(p.dir, k.name), k.ext, k.kind, l.URL, l.User, l.Password)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "config"), []byte(config), 0o600); err != nil {
		tb.Fatal(err)
	}
	return p
}

// sync runs discover once and then one sync, with five minutes to do it in.
func (p *peer) sync(discover bool) usage {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.tb.Context(), 5*time.Minute)
	defer cancel()
	env := []string{"VDIRSYNCER_CONFIG=" + filepath.Join(p.dir, "config")}
	if discover {
		yes := ""
		for range 20 {
			yes += "y\n"
		}
		if u, _ := run(ctx, p.dir, env, yes, "vdirsyncer", "discover"); u.Err != "" {
			return u
		}
	}
	u, _ := run(ctx, p.dir, env, "", "vdirsyncer", "sync")
	return u
}

// files counts what it has.
func (p *peer) files() int {
	n := 0
	_ = filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && (filepath.Ext(path) == ".vcf" || filepath.Ext(path) == ".ics") {
			n++
		}
		return nil
	})
	return n
}
