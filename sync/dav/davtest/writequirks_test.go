package davtest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strings"
	"testing"

	"sidekeep/sync/dav/davtest"
	"sidekeep/sync/dav/davtest/gen"
	"sidekeep/sync/pim"
)

func TestWriteQuirks_AreListed(t *testing.T) {
	listed := davtest.WriteQuirks()
	f, err := parser.ParseFile(token.NewFileSet(), "writequirks.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		v, ok := node.(*ast.ValueSpec)
		if !ok || len(v.Values) == 0 {
			return true
		}
		n++
		value := strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)
		if listed[davtest.Quirk(value)] == "" || v.Doc == nil {
			t.Errorf("%s is not listed or has no comment", v.Names[0].Name)
		}
		return true
	})
	if n != len(listed) {
		t.Errorf("%d quirks, %d listed", n, len(listed))
	}
}

// send is one request with the login, without the client under test.
func send(t *testing.T, s *davtest.Server, method, url string, body []byte, header ...string) (*http.Response, error) {
	t.Helper()
	r, err := http.NewRequest(method, url, strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(s.User(), s.Password())
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(r)
	if err == nil {
		_ = resp.Body.Close()
	}
	return resp, err
}

func TestFault_LostIsStoredAndNotAnswered(t *testing.T) {
	s := davtest.New(t)
	book := s.AddCollection(pim.Contacts, "book", "Book")
	body := gen.Card(nil, 1, 1)
	s.Fail(davtest.Fault{Kind: davtest.Lost, Match: davtest.Request.Writes})
	if _, err := send(t, s, "PUT", book.URL()+"1.vcf", body); err == nil {
		t.Error("it was answered")
	}
	if got, _, ok := book.Get("1.vcf"); !ok || string(got) != string(body) {
		t.Error("it was not stored")
	}
	s.Fail(davtest.Fault{Kind: davtest.Lost, Status: 504})
	resp, err := send(t, s, "PUT", book.URL()+"2.vcf", body)
	if err != nil || resp.StatusCode != 504 || book.Len() != 2 {
		t.Error(resp, err, book.Len())
	}
}

func TestMails_RecordsWhoWouldBeInvited(t *testing.T) {
	event := func(agent string) []byte {
		return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:m1\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\n" +
			"ORGANIZER" + agent + ":mailto:me@example.org\r\nATTENDEE" + agent + ";PARTSTAT=NEEDS-ACTION;CN=A\r\n B:mailto:guest@example.org\r\n" +
			"END:VEVENT\r\nEND:VCALENDAR\r\n")
	}
	for _, c := range []struct {
		quirk  davtest.Quirk
		agent  string
		reply  string
		mailed int
	}{
		{davtest.Mails, "", "", 1}, {davtest.Mails, "", "F", 0}, {davtest.MailsAnyway, "", "F", 1},
		{davtest.MailsAnyway, ";SCHEDULE-AGENT=CLIENT", "", 0}, {davtest.Reencodes, "", "", 0},
	} {
		s := davtest.New(t, davtest.WithQuirks(c.quirk))
		work := s.AddCollection(pim.Calendar, "work", "Work")
		if _, err := send(t, s, "PUT", work.URL()+"1.ics", event(c.agent), "Schedule-Reply", c.reply); err != nil {
			t.Fatal(err)
		}
		if got := s.Mailed(); len(got) != c.mailed || c.mailed == 1 && got[0] != "guest@example.org" {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
