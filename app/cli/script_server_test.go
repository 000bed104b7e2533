package cli

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/pim"
)

// serverCommand is what happens on a server's side, and what is asked of it
// without Sidekeep between: server VERB...
func serverCommand(which string) func(ts *testscript.TestScript, neg bool, args []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := ts.Value(which).(*davtest.Server)
		switch args[0] {
		case "mailed": // N
			if got := s.Mailed(); strconv.Itoa(len(got)) != args[1] {
				ts.Fatalf("mail went to %v", got)
			}
		case "has", "holds", "lacks", "counts":
			askServer(ts, s, args)
		default:
			changeServer(ts, which, s, args)
		}
	}
}

func collectionOf(ts *testscript.TestScript, s *davtest.Server, name string) *davtest.Collection {
	for _, c := range s.Collections() {
		if c.Name() == name {
			return c
		}
	}
	ts.Fatalf("no collection %s", name)
	return nil
}

// askServer says whether the server holds what it should.
func askServer(ts *testscript.TestScript, s *davtest.Server, args []string) {
	c := collectionOf(ts, s, args[1])
	switch args[0] {
	case "counts": // COLLECTION N
		if got := strconv.Itoa(c.Len()); got != args[2] {
			ts.Fatalf("%s has %s objects, want %s: %v", args[1], got, args[2], c.Names())
		}
	case "has", "lacks": // COLLECTION TEXT...: an object with it in its bytes
		for _, text := range args[2:] {
			found := false
			for _, body := range c.Objects() {
				found = found || bytes.Contains(body, []byte(text))
			}
			if found != (args[0] == "has") {
				ts.Fatalf("%s %s %q: %v", args[1], args[0], text, !found)
			}
		}
	case "holds": // COLLECTION NAME FILE: exactly these bytes
		body, _, ok := c.Get(args[2])
		if !ok || string(body) != ts.ReadFile(args[3]) {
			ts.Fatalf("%s is %v %q", args[2], ok, body)
		}
	}
}

func changeServer(ts *testscript.TestScript, which string, s *davtest.Server, args []string) {
	col := func(name string) *davtest.Collection { return collectionOf(ts, s, name) }
	switch args[0] {
	case "put": // COLLECTION NAME FILE
		col(args[1]).Put(args[2], []byte(ts.ReadFile(args[3])))
	case "delete": // COLLECTION NAME...
		for _, n := range args[2:] {
			if !col(args[1]).Delete(n) {
				ts.Fatalf("%s is not there", n)
			}
		}
	case "collection": // NAME, with escapes as in a Go string
		name, err := strconv.Unquote(`"` + args[1] + `"`)
		ts.Check(err)
		s.AddCollection(pim.Contacts, fmt.Sprintf("/dav/addressbooks/user/c%d/", len(s.Collections())), name).
			Put("a.vcf", card("a", strings.TrimPrefix(name, "../")))
	case "book", "calendar": // NAME: an empty one
		kind := map[string]pim.Kind{"book": pim.Contacts, "calendar": pim.Calendar}[args[0]]
		s.AddCollection(kind, strings.ToLower(args[1]), args[1])
	case "ghost": // COLLECTION NAME: listed, but 404
		col(args[1]).PutGhost(args[2])
	case "many": // COLLECTION N: so many more
		n, err := strconv.Atoi(args[2])
		ts.Check(err)
		for i := range n {
			col(args[1]).Put(fmt.Sprintf("m%d.vcf", i), card(fmt.Sprintf("m%d", i), fmt.Sprintf("Member %03d", i)))
		}
	case "empty": // COLLECTION
		for _, n := range col(args[1]).Names() {
			col(args[1]).Delete(n)
		}
	case "remember": // everything it holds now
		snapshots(ts)[which] = s.Snapshot()
	case "comes-back": // as remembered
		s.Restore(snapshots(ts)[which])
	case "loses": // LOSS
		s.Lose(davtest.Loss(args[1]))
	case "is": // QUIRK...
		for _, q := range args[1:] {
			s.Set(davtest.Quirk(q))
		}
	case "is-not": // QUIRK...
		for _, q := range args[1:] {
			s.Clear(davtest.Quirk(q))
		}
	case "removes": // COLLECTION: the whole of it
		col(args[1]).Remove()
	case "finds": // a home-set or a principal that it lost
		s.Find()
	case "refuse": // PATH: 403 from now on
		s.Fail(davtest.Fault{Kind: davtest.Status, Status: http.StatusForbidden, Times: -1,
			Match: func(r davtest.Request) bool { return r.Path == args[1] }})
	case "cuts": // METHOD TIMES: the connection, before the answer
		times, err := strconv.Atoi(args[2])
		ts.Check(err)
		s.Fail(davtest.Fault{Kind: davtest.Reset, Times: times,
			Match: func(r davtest.Request) bool { return r.Method == args[1] }})
	case "mends": // no fault any more
		s.ClearFaults()
	case "forbid": // COLLECTION: its home-set lists it with 403 alone from now on
		col(args[1]).Refuse(http.StatusForbidden)
	case "allow": // COLLECTION: no more
		col(args[1]).Refuse(0)
	case "password":
		s.SetPassword(args[1])
	case "stop":
		s.Close()
	default:
		ts.Fatalf("unknown: server %s", args[0])
	}
}

func snapshots(ts *testscript.TestScript) map[string]davtest.Snapshot {
	return ts.Value("snapshots").(map[string]davtest.Snapshot)
}
