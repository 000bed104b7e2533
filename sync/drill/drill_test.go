package drill

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func objects(bodies ...string) iter.Seq2[vault.Stored, error] {
	return func(yield func(vault.Stored, error) bool) {
		for i, b := range bodies {
			sum := sha256.Sum256([]byte(b))
			if !yield(vault.Stored{Resource: int64(i + 1), Href: pim.Href(fmt.Sprintf("/x/%d", i)), Body: []byte(b), SHA256: hex.EncodeToString(sum[:])}, nil) {
				return
			}
		}
	}
}

func card(i int, more string) string {
	return fmt.Sprintf("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:c%d\r\nFN:Person %d\r\n%sEND:VCARD\r\n", i, i, more)
}

const event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:e\r\nDTSTART:20260314T090000Z\r\nSUMMARY:Breakfast\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func person() []Collection {
	return []Collection{
		{Title: "home: Friends", Name: "Friends", Kind: pim.Contacts, Color: "#112233", Objects: objects(
			card(1, ""), card(2, "NOTE:Ünïcode & <markup> \"]]>\"\r\n"), card(3, "NOTE:a\x01control\r\n"), card(4, "NOTE:latin \xe9\r\n"),
			strings.ReplaceAll(card(5, ""), "\r\n", "\n"), "not a card at all", card(7, "")+"\r\n\r\n", card(8, "NOTE:\ufeff\u2028\r\n"),
			strings.Replace(card(9, ""), "3.0", "4.0", 1))},
		{Title: "home: Friends", Name: "Friends", Kind: pim.Contacts, Objects: objects(card(1, ""))},
		{Title: "home: Empty", Name: "", Kind: pim.Contacts, Objects: objects()},
		{Title: "home: Home", Name: "Home", Kind: pim.Calendar, Components: []string{"VEVENT", "VTODO"}, Objects: objects(event, strings.Replace(event, "UID:e", "UID:f", 1))},
	}
}

func TestDrill_EverythingComesBack(t *testing.T) {
	dir := t.TempDir()
	d := Drill{Dir: dir, Describe: formats.Describe}
	got, err := d.Run(context.Background(), person())
	if err != nil {
		t.Fatal(err)
	}
	if got.Objects != 12 || len(got.Problems) > 0 {
		t.Errorf("%+v", got)
	}
	empty(t, dir)
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestDrill_NamesWhatDoesNot(t *testing.T) {
	dir := t.TempDir()
	d := Drill{Dir: dir, Describe: formats.Describe, harm: func(s *store) {
		for _, p := range s.paths(pim.Contacts) {
			b := s.books[p]
			for n, o := range b.objects {
				switch {
				case n == "2.vcf": // another byte
					_, _ = s.file.WriteAt([]byte("X"), o.at+o.size/2)
				case n == "5.vcf": // gone
					delete(b.objects, n)
					b.names = slices.DeleteFunc(b.names, func(other string) bool { return other == n })
				}
			}
		}
	}}
	got, err := d.Run(context.Background(), person())
	if err != nil {
		t.Fatal(err)
	}
	said := fmt.Sprint(got.Problems)
	if len(got.Problems) != 2 || !strings.Contains(said, "it came back with other bytes home: Friends: object 2 (/x/1)") ||
		!strings.Contains(said, "it did not come back home: Friends: object 5 (/x/4)") {
		t.Errorf("%v", got.Problems)
	}
	empty(t, dir)
}

func TestDrill_LeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("the source broke")
	d := Drill{Dir: dir, Describe: formats.Describe}
	_, err := d.Run(context.Background(), []Collection{{Kind: pim.Contacts, Name: "A", Objects: func(yield func(vault.Stored, error) bool) {
		yield(vault.Stored{}, broken)
	}}})
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	empty(t, dir)

	ctx, cancel := context.WithCancel(context.Background())
	d.Progress = func(string, int64) { cancel() }
	if _, err := d.Run(ctx, person()); pim.FaultOf(err) != pim.Stopped {
		t.Errorf("%v", err)
	}
	empty(t, dir)

	d = Drill{Dir: dir + "/none"}
	if _, err := d.Run(context.Background(), nil); pim.FaultOf(err) != pim.Storage {
		t.Errorf("%v", err)
	}
}

// BenchmarkDrill is of an account of 5,000 contacts and 10,000 events.
func BenchmarkDrill(b *testing.B) {
	var cards, events []string
	for i := range 5000 {
		cards = append(cards, card(i, "NOTE:"+strings.Repeat("lorem ipsum ", 30)+"\r\n"))
	}
	for i := range 10000 {
		events = append(events, strings.Replace(event, "UID:e", fmt.Sprintf("UID:e%d\r\nDESCRIPTION:%s", i, strings.Repeat("x", 300)), 1))
	}
	d := Drill{Dir: b.TempDir(), Describe: formats.Describe}
	for b.Loop() {
		began := time.Now()
		got, err := d.Run(context.Background(), []Collection{
			{Title: "a", Name: "A", Kind: pim.Contacts, Objects: objects(cards...)},
			{Title: "b", Name: "B", Kind: pim.Calendar, Objects: objects(events...)},
		})
		if err != nil || len(got.Problems) > 0 {
			b.Fatal(got.Problems, err)
		}
		b.ReportMetric(float64(got.Objects)/time.Since(began).Seconds(), "objects/s")
	}
}
