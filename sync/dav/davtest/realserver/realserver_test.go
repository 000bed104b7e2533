package realserver_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/dav/davtest/realserver"
	"sidekeep/sync/pim"
)

func TestMain(m *testing.M) {
	if os.Getenv("REALSERVER_ORPHAN") != "" {
		// What a test does that panics: it starts a server and is gone.
		s, err := realserver.Open(realserver.Radicale)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Print(s.URL)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

func TestServer_EndsWithItsOwner(t *testing.T) {
	if err := realserver.Available(realserver.Radicale); err != nil {
		t.Skip(err)
	}
	tmp := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "REALSERVER_ORPHAN=1", "TMPDIR="+tmp)
	url, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, url)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := http.Get(string(url))
		if err != nil {
			break
		}
		resp.Body.Close()
		if time.Now().After(end) {
			t.Fatal("the server outlived its owner")
		}
	}
	if left, _ := os.ReadDir(tmp); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// query sends one request without keeping a connection.
func query(t *testing.T, s *realserver.Server, method, path, body, password string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(s.User, password)
	r.Header.Set("Depth", "1")
	r.Header.Set("Content-Type", "application/xml")
	r.Close = true
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

const listing = `<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><D:displayname/></D:prop></D:propfind>`

func TestServers_StartPutGetAndComeBackAfterAKill(t *testing.T) {
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			begin := time.Now()
			s := realserver.Start(t, kind)
			t.Logf("up in %v", time.Since(begin))
			if status, _ := query(t, s, "PROPFIND", s.Home(pim.Calendar), listing, "wrong"); status != http.StatusUnauthorized {
				t.Errorf("a wrong password gets %d", status)
			}
			book, err := s.MakeCollection(pim.Contacts, "book", "Our Book é & co")
			if err != nil {
				t.Fatal(err)
			}
			work, err := s.MakeCollection(pim.Calendar, "work", "Work")
			if err != nil {
				t.Fatal(err)
			}
			card := []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:one\r\nFN:Zoë Baker\r\nN:Baker;Zoë;;;\r\nEND:VCARD\r\n")
			if _, err := s.Put(book+"one.vcf", card); err != nil {
				t.Fatal(err)
			}
			body, etag, err := s.Get(book + "one.vcf")
			if err != nil || etag == "" || !bytes.Contains(body, []byte("FN:Zoë Baker\r\n")) {
				t.Fatalf("%q %s %v", body, etag, err)
			}
			if err := s.Fill(work, 20, 1, gen.Event); err != nil {
				t.Fatal(err)
			}
			if err := s.Seed(book, 20, 2, gen.Card); err != nil {
				t.Fatal(err)
			}
			if err := s.Delete(work + realserver.Name(1, 3, nil)); err != nil {
				t.Fatal(err)
			}
			if s.CPU() == 0 {
				t.Error("no processor time")
			}
			s.Kill()
			if err := s.Restart(); err != nil {
				t.Fatal(err)
			}
			for path, want := range map[string]int{book: 22, work: 20} { // with the collection itself
				status, answer := query(t, s, "PROPFIND", path, listing, s.Password)
				if status != http.StatusMultiStatus || hrefs(answer) != want {
					t.Errorf("%s after a kill: %d, %d hrefs, want %d", path, status, hrefs(answer), want)
				}
			}
			if status, answer := query(t, s, "PROPFIND", s.Home(pim.Contacts), listing, s.Password); status != 207 || !strings.Contains(answer, "Our Book é") {
				t.Errorf("display name: %d %.500s", status, answer)
			}
		})
	}
}

// hrefs counts the end tags of href, whatever the prefix.
func hrefs(answer string) int {
	return strings.Count(answer, ":href>")/2 + strings.Count(answer, "</href>")
}

func TestClose_LeavesNothing(t *testing.T) {
	for _, kind := range realserver.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			if err := realserver.Available(kind); err != nil {
				t.Skip(err)
			}
			s, err := realserver.Open(kind)
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			if _, err := http.Get(s.URL); err == nil {
				t.Error("it still answers")
			}
			if s.CPU() != 0 {
				t.Error("it still runs")
			}
			left, _ := filepath.Glob(filepath.Join(os.TempDir(), "realserver-"+string(kind)+"-*"))
			for _, dir := range left {
				if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) < 5*time.Second {
					t.Logf("a folder of another test, or left over: %s", dir)
				}
			}
			s.Close()
		})
	}
}

func TestAvailable_NamesWhatIsMissing(t *testing.T) {
	if err := realserver.Available("nothing"); err == nil {
		t.Error("an unknown server is available")
	}
	t.Setenv("PATH", t.TempDir())
	if err := realserver.Available(realserver.Radicale); err == nil || !strings.Contains(err.Error(), "radicale is not installed") {
		t.Errorf("%v", err)
	}
}

// verdict is a test that only remembers how it was ended.
type verdict struct {
	testing.TB
	skipped, failed string
}

func (v *verdict) Helper() {}
func (v *verdict) Skipf(format string, args ...any) {
	v.skipped = fmt.Sprintf(format, args...)
	panic(v)
}
func (v *verdict) Fatalf(format string, args ...any) {
	v.failed = fmt.Sprintf(format, args...)
	panic(v)
}

func TestStart_SkipsWithAReason_AndFailsUnderCI(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, ci := range []string{"", "true"} {
		t.Setenv("CI", ci)
		v := &verdict{TB: t}
		func() {
			defer func() { _ = recover() }()
			realserver.Start(v, realserver.Radicale)
		}()
		said := v.skipped
		if ci != "" {
			said = v.failed
		}
		if !strings.Contains(said, "radicale is not installed") {
			t.Errorf("CI=%q: skipped %q, failed %q", ci, v.skipped, v.failed)
		}
	}
}
