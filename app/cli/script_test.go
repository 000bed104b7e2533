package cli

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

func TestMain(m *testing.M) {
	testscript.Main(leakless{m}, map[string]func(){
		"sidekeep": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			env := Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Version: "1.2.3-test"}
			var doc bytes.Buffer
			if asksForJSON(os.Args[1:]) {
				env.Stdout = io.MultiWriter(os.Stdout, &doc)
			}
			code := Run(ctx, os.Args[1:], env)
			stop()
			if doc.Len() > 0 {
				for _, p := range jsonProblems(os.Args[1:], doc.Bytes()) {
					fmt.Fprintln(os.Stderr, "not in help json:", p)
					code = 99
				}
			}
			os.Exit(code)
		},
	})
}

// leakless fails the tests where a goroutine is left behind by them all.
// (goleak's own TestMain ends the process; so does testscript's.)
type leakless struct{ m *testing.M }

func (l leakless) Run() int {
	code := l.m.Run()
	if code != 0 {
		return code
	}
	if err := goleak.Find(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// The sessions in testdata read like what a person types. Each has a server of
// its own ($URL, user "user", password "secret") with an address book
// "Friends" and a calendar "Home", and a vault of its own. A second server
// ($OTHER, user "someone", the same password) has nothing yet.
func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			s := davtest.New(e.T().(davtest.TB))
			fill(s)
			e.Values["server"] = s
			elsewhere := davtest.New(e.T().(davtest.TB), davtest.WithLogin("someone", "secret"))
			e.Values["other"], e.Values["snapshots"] = elsewhere, map[string]davtest.Snapshot{}
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprint(w, "<!doctype html><html><body><h1>Welcome to our web mail<br></body></html>")
			}))
			e.Defer(web.Close)
			e.Vars = append(e.Vars, "URL="+s.URL(), "OTHER="+elsewhere.URL(), "WEBSITE="+web.URL, "HTTPS=https"+strings.TrimPrefix(s.URL(), "http"), "SIDEKEEP_SECRETS=file",
				"SIDEKEEP_VAULT="+filepath.Join(e.WorkDir, "vault"), "HOME="+e.WorkDir, "XDG_DATA_HOME="+filepath.Join(e.WorkDir, "data"),
				"XDG_CACHE_HOME="+filepath.Join(e.WorkDir, "cache"), "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR="+e.WorkDir, "TZ=UTC")
			return os.WriteFile(filepath.Join(e.WorkDir, "password"), []byte("secret\n"), 0o600)
		},
		// [have:TOOL]: a missing tool skips a story, and fails it where CI is set.
		Condition: func(cond string) (bool, error) {
			tool, ok := strings.CutPrefix(cond, "have:")
			if !ok {
				return false, fmt.Errorf("unknown condition %s", cond)
			}
			_, err := exec.LookPath(tool)
			if err != nil && os.Getenv("CI") != "" {
				return false, err
			}
			return err == nil, nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":  exits,
			"server": serverCommand("server"),
			"other":  serverCommand("other"),
			"keys":   keys,
			"value":  value,
			"newer":  newer,
			"keep":   keep,
			"minute": minute,
			"cutoff": cutoff,
			"flip":   flip,
			"zeros":  zeros,
			"lose":   lose,
			"page":   page,
		},
	})
}

func fill(s *davtest.Server) {
	book := s.AddCollection(pim.Contacts, "/dav/addressbooks/user/friends/", "Friends")
	for i := range 12 {
		book.Put(fmt.Sprintf("c%d.vcf", i), card(fmt.Sprintf("c%d", i), fmt.Sprintf("Person %d Jürgensen", i)))
	}
	cal := s.AddCollection(pim.Calendar, "/dav/calendars/user/home/", "Home")
	cal.Put("e1.ics", []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:e1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260314T090000Z\r\nDTEND:20260314T100000Z\r\nSUMMARY:Breakfast\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))
	cal.Put("t1.ics", []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VTODO\r\nUID:t1\r\nDTSTAMP:20260101T000000Z\r\nDUE;VALUE=DATE:20260320\r\nSUMMARY:Water the plants\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"))
}

func card(uid, name string) []byte {
	return []byte("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:" + uid + "\r\nFN:" + name + "\r\nN:Jürgensen;Person;;;\r\nTEL;TYPE=CELL:+1 212 555-01" + fmt.Sprintf("%02d", len(uid)) + "\r\nEND:VCARD\r\n")
}

// exits CODE COMMAND...: the command's exact exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit interface{ ExitCode() int }
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// at walks into a JSON document: "accounts.0.name"; "." is all of it.
func at(ts *testscript.TestScript, file, path string) any {
	var v any
	dec := json.NewDecoder(strings.NewReader(ts.ReadFile(file)))
	dec.UseNumber()
	ts.Check(dec.Decode(&v))
	if dec.More() {
		ts.Fatalf("more than one JSON document")
	}
	for _, p := range strings.Split(strings.Trim(path, "."), ".") {
		if p == "" {
			continue
		}
		switch x := v.(type) {
		case map[string]any:
			child, ok := x[p]
			if !ok {
				ts.Fatalf("no %s in %v", p, slices.Sorted(maps.Keys(x)))
			}
			v = child
		case []any:
			i, err := strconv.Atoi(p)
			ts.Check(err)
			if i >= len(x) {
				ts.Fatalf("%s has %d elements", path, len(x))
			}
			v = x[i]
		default:
			ts.Fatalf("%s: nothing is in %v", path, v)
		}
	}
	return v
}

// keys FILE PATH NAME...: the object has exactly these names.
func keys(ts *testscript.TestScript, neg bool, args []string) {
	m, ok := at(ts, args[0], args[1]).(map[string]any)
	if !ok {
		ts.Fatalf("%s is no object", args[1])
	}
	got, want := slices.Sorted(maps.Keys(m)), slices.Sorted(slices.Values(args[2:]))
	if !slices.Equal(got, want) {
		ts.Fatalf("%s has %v\nwant %v", args[1], got, want)
	}
}

// value FILE PATH WANT: the value there.
func value(ts *testscript.TestScript, neg bool, args []string) {
	v := at(ts, args[0], args[1])
	if l, ok := v.([]any); ok {
		v = fmt.Sprintf("%d elements", len(l))
	}
	if got := fmt.Sprint(v); (got == args[2]) == neg {
		ts.Fatalf("%s is %q", args[1], got)
	}
}

// keep VARIABLE FILE PATH: the value there, for later lines.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	ts.Setenv(args[0], fmt.Sprint(at(ts, args[1], args[2])))
}

// minute VARIABLE FILE PATH: the time there as a table of times has it.
func minute(ts *testscript.TestScript, neg bool, args []string) {
	t, err := time.Parse(time.RFC3339, fmt.Sprint(at(ts, args[1], args[2])))
	ts.Check(err)
	ts.Setenv(args[0], moment(&t))
}

// page VARIABLE FILE TABLE: the number of the first page of a table.
func page(ts *testscript.TestScript, neg bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[1])+"?mode=ro")
	ts.Check(err)
	var n int
	ts.Check(db.QueryRow(`SELECT rootpage FROM sqlite_master WHERE name = ?`, args[2]).Scan(&n))
	ts.Check(db.Close())
	ts.Setenv(args[0], strconv.Itoa(n))
}

// cutoff FILE SIZE: the file's end is lost.
func cutoff(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// flip FILE TEXT: one bit of a text in it is another.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	if !strings.Contains(string(b), args[1]) {
		ts.Fatalf("%s is not in %s", args[1], args[0])
	}
	other := []byte(args[1])
	other[len(other)/2] ^= 1
	ts.Check(os.WriteFile(path, []byte(strings.ReplaceAll(string(b), args[1], string(other))), 0o600))
}

// zeros FILE N [BYTES]: page N of a vault, counted from 1, is lost, or its first bytes.
func zeros(ts *testscript.TestScript, neg bool, args []string) {
	const size = 8192
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	lost := size
	if len(args) > 2 {
		lost, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	_, err = f.WriteAt(make([]byte, lost), int64(n-1)*size)
	ts.Check(err)
	ts.Check(f.Close())
}

// lose FILE TEXT: the blocks of 4096 bytes in which a text stands are lost.
func lose(ts *testscript.TestScript, neg bool, args []string) {
	const block = 4096
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	if !strings.Contains(string(b), args[1]) {
		ts.Fatalf("%s is not in %s", args[1], args[0])
	}
	for at := strings.Index(string(b), args[1]); at >= 0; at = strings.Index(string(b), args[1]) {
		clear(b[at/block*block : (at/block+1)*block])
	}
	ts.Check(os.WriteFile(path, b, 0o600))
}

// newer FILE: marks a vault as that of a Sidekeep of the far future, in the
// header's user_version (https://sqlite.org/fileformat2.html section 1.3).
func newer(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_RDWR, 0)
	ts.Check(err)
	_, err = f.WriteAt([]byte{0, 0, 0x27, 0x0f}, 60)
	ts.Check(err)
	ts.Check(f.Close())
}
