package formats

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sidekeep/formats/archive"
	"sidekeep/sync/pim"

	"github.com/google/go-cmp/cmp"
)

var exportTime = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// objects makes a source of bodies, named 0, 1, 2 and so on.
func objects(bodies ...string) iter.Seq2[Body, error] {
	return func(yield func(Body, error) bool) {
		for i, b := range bodies {
			if !yield(Body{Href: fmt.Sprintf("/c/%d", i), Bytes: []byte(b)}, nil) {
				return
			}
		}
	}
}

func export(t testing.TB, as string, src ...Source) (ExportResult, map[string]string) {
	t.Helper()
	to := filepath.Join(t.TempDir(), "out")
	res, err := WriteExport(context.Background(), ExportRequest{To: to, As: as, Now: exportTime, Version: "1.2.3"}, src, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res, readExport(t, res)
}

// readExport gives the files of an export by name.
func readExport(t testing.TB, res ExportResult) map[string]string {
	t.Helper()
	var fsys fs.FS = os.DirFS(res.Path)
	if res.As == "zip" {
		z, err := zip.OpenReader(res.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		fsys = z
	}
	out := map[string]string{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, err := fs.ReadFile(fsys, p)
			out[p] = string(b)
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const (
	cardA = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:A\r\nEND:VCARD\r\n"
	cardB = "BEGIN:VCARD\nVERSION:2.1\nFN;QUOTED-PRINTABLE:B=\n=C3=A4\nEND:VCARD"
)

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// zoneBody is a VTIMEZONE with one offset.
func zoneBody(id, offset string) string {
	return "BEGIN:VTIMEZONE\nTZID:" + id + "\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:" + offset +
		"\nTZOFFSETTO:" + offset + "\nEND:STANDARD\nEND:VTIMEZONE\n"
}

func calObject(parts ...string) string {
	return crlf("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n" + strings.Join(parts, "") + "END:VCALENDAR\n")
}

func eventIn(uid, tzid string) string {
	return "BEGIN:VEVENT\nUID:" + uid + "\nDTSTAMP:20260101T000000Z\nDTSTART;TZID=" + tzid + ":20260101T090000\nSUMMARY:x\nEND:VEVENT\n"
}

func TestWriteExport_CardsKeepTheirBytes(t *testing.T) {
	mark := "\xEF\xBB\xBF"
	res, files := export(t, "folder", Source{Account: "home", Collection: "Friends", Kind: pim.Contacts, Objects: objects(mark+cardA, cardB, mark+cardA, cardA)})
	want := mark + cardA + cardB + "\n" + cardA + cardA
	if diff := cmp.Diff(want, files["Friends.vcf"]); diff != "" {
		t.Error(diff)
	}
	if res.Objects != 4 || res.Files[0].Components != 4 {
		t.Errorf("objects %d, components %d", res.Objects, res.Files[0].Components)
	}
	if notes := strings.Join(res.Notes, "\n"); !strings.Contains(notes, "byte order mark") || !strings.Contains(notes, "line end") {
		t.Errorf("notes: %q", notes)
	}
	var m archive.Manifest
	if err := json.Unmarshal([]byte(files["MANIFEST.json"]), &m); err != nil {
		t.Fatal(err)
	}
	if m.Objects != 4 || m.Sidekeep != "1.2.3" || !m.ExportedAt.Equal(exportTime) || m.Files[0].SHA256 != res.Files[0].SHA256 {
		t.Errorf("manifest: %+v", m)
	}
}

func TestWriteExport_UnreadableObjectsStandApart(t *testing.T) {
	bad := []string{
		"BEGIN:VCARD\r\nFN:cut sho", "", "<html>not a card</html>", "BEGIN:VCARD\r\nBEGIN:VCARD\r\nEND:VCARD\r\n",
		"noise\r\n" + cardA, " " + cardA, "END:VCARD\r\n" + cardA,
	}
	res, files := export(t, "folder", Source{Account: "home", Collection: "Friends", Kind: pim.Contacts, Objects: objects(append(bad, cardA)...)})
	if files["Friends.vcf"] != cardA {
		t.Errorf("the good card: %q", files["Friends.vcf"])
	}
	for i, b := range bad {
		if got, ok := files[fmt.Sprintf("unreadable/%d.vcf", i)]; !ok || got != b {
			t.Errorf("object %d: %q", i, got)
		}
	}
	if res.Objects != len(bad)+1 || len(res.Notes) != len(bad) {
		t.Errorf("%d objects, notes %q", res.Objects, res.Notes)
	}
	badCal := []string{
		"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n", "x", calObject(), calObject(zoneBody("Z", "+0100")),
		calObject("BEGIN:VEVENT\nATTENDEE;CN=foo\nEND:VEVENT\n"), calObject("BEGIN:VEVENT\nSUMMARY:\xff\xfe\nEND:VEVENT\n"),
		strings.Replace(calObject(eventIn("1", "X")), "VERSION:2.0", "VERSION:1.0", 1), cardA,
		calObject("BEGIN:VEVENT\nUID:1\nEND:VTODO\nEND:VEVENT\n"),
	}
	res, files = export(t, "zip", Source{Account: "home", Collection: "Work", Kind: pim.Calendar, Objects: objects(append(badCal, calObject(eventIn("1", "X")))...)})
	for i, b := range badCal {
		if got, ok := files[fmt.Sprintf("unreadable/%d.ics", i)]; !ok || got != b {
			t.Errorf("object %d: %q", i, got)
		}
	}
	if res.Files[0].Components != 1 || res.Files[0].Objects != 1 {
		t.Errorf("%+v", res.Files[0])
	}
}

func TestWriteExport_ZonesAreMergedOrRenamed(t *testing.T) {
	one, other := zoneBody("Europe/Berlin", "+0100"), zoneBody("Europe/Berlin", "+0500")
	folded := strings.Replace(one, "TZOFFSETFROM", "TZOFF\n SETFROM", 1)
	res, files := export(t, "folder", Source{
		Account: "home", Collection: "Work", Kind: pim.Calendar, Color: "#ff0000ff", Description: "Plans; all",
		Objects: objects(
			calObject(one, eventIn("1", "Europe/Berlin")),
			calObject(one, eventIn("2", `"Europe/Berlin"`)),
			strings.ReplaceAll(calObject(folded, eventIn("3", "Europe/Berlin")), "\r\n", "\n"),
			calObject(other, eventIn("4", "Europe/Berlin")),
			calObject(other, strings.ReplaceAll(eventIn("5", `"Europe/Berlin"`), "DTSTART", "dtstart")),
			calObject(eventIn("6", "Europe/Berlin")),
		),
	})
	got := files["Work.ics"]
	want := crlf("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Sidekeep//Sidekeep 1.2.3//EN\nX-WR-CALNAME:Work\nX-WR-CALDESC:Plans\\; all\n" +
		"X-APPLE-CALENDAR-COLOR:#ff0000ff\nX-SIDEKEEP-PRODID:-//x//y//EN\n" + one + strings.Replace(other, "TZID:", "TZID:/sidekeep/2/", 1) +
		eventIn("1", "Europe/Berlin") + eventIn("2", `"Europe/Berlin"`) + eventIn("3", "Europe/Berlin") +
		eventIn("4", "/sidekeep/2/Europe/Berlin") + strings.ReplaceAll(eventIn("5", "/sidekeep/2/Europe/Berlin"), "DTSTART", "dtstart") +
		eventIn("6", "Europe/Berlin") + "END:VCALENDAR\n")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(res.Notes) != 1 || !strings.Contains(res.Notes[0], "2 objects have a time zone") {
		t.Errorf("notes: %q", res.Notes)
	}
}

func TestWriteExport_ACalendarWithoutItsEndIsMerged(t *testing.T) {
	body := strings.TrimSuffix(calObject(eventIn("1", "X")), "END:VCALENDAR\r\n")
	res, files := export(t, "folder", Source{Collection: "Work", Kind: pim.Calendar, Objects: objects(body, strings.TrimSuffix(body, "\r\n"))})
	if len(res.Files) != 1 || res.Files[0].Components != 2 || !strings.HasSuffix(files["Work.ics"], "END:VEVENT\r\nEND:VCALENDAR\r\n") {
		t.Errorf("%+v\n%s", res.Files, files["Work.ics"])
	}
}

func TestWriteExport_CalendarPropertiesAreKept(t *testing.T) {
	a := strings.Replace(calObject(eventIn("1", "X")), "PRODID", "X-SHARED:1\r\nX-WR-CALNAME:Mine\r\nX-ONLY:here\r\nMETHOD:REQUEST\r\nPRODID", 1)
	b := strings.Replace(calObject(eventIn("2", "X")), "PRODID", "X-SHARED:1\r\nCALSCALE:GREGORIAN\r\nPRODID", 1)
	res, files := export(t, "folder", Source{Collection: "Work", Kind: pim.Calendar, Objects: objects(a, b)})
	for _, line := range []string{"X-WR-CALNAME:Work", "X-SHARED:1", "X-SIDEKEEP-X-WR-CALNAME:Mine", "X-SIDEKEEP-X-ONLY:here"} {
		if n := strings.Count("\r\n"+files["Work.ics"], "\r\n"+line+"\r\n"); n != 1 {
			t.Errorf("%s stands there %d times in\n%s", line, n, files["Work.ics"])
		}
	}
	if strings.Contains(files["Work.ics"], "METHOD") || !strings.Contains(strings.Join(res.Notes, "\n"), "METHOD") {
		t.Errorf("notes: %q", res.Notes)
	}
}

func TestWriteExport_NamesAreSafeAndOwn(t *testing.T) {
	src := []Source{
		{Account: "home", Collection: "Private", Kind: pim.Contacts, Objects: objects(cardA)},
		{Account: "home", Collection: "PRIVATE", Kind: pim.Contacts, Objects: objects(cardA)},
		{Account: "work", Collection: "private", Kind: pim.Contacts, Objects: objects(cardA)},
		{Account: "work", Collection: "../..\\con:\u202e*", Kind: pim.Contacts, Objects: objects()},
		{Account: "work", Collection: "", Kind: pim.Calendar},
	}
	res, _ := export(t, "folder", src...)
	var names []string
	for _, f := range res.Files {
		names = append(names, f.Name)
	}
	want := []string{"Private.vcf", "PRIVATE (2).vcf", "private (work).vcf", "_.._con__.vcf", "Calendar.ics"}
	if diff := cmp.Diff(want, names[:len(want)]); diff != "" {
		t.Error(diff)
	}
}

func TestWriteExport_FailureLeavesNothing(t *testing.T) {
	broken := func(yield func(Body, error) bool) {
		_ = yield(Body{Href: "/1", Bytes: []byte(cardA)}, nil) && yield(Body{}, errors.New("the vault can't be read"))
	}
	for _, as := range []string{"folder", "zip"} {
		dir := t.TempDir()
		r := ExportRequest{To: filepath.Join(dir, "deep", "er", "out"), As: as}
		if _, err := WriteExport(context.Background(), r, []Source{{Kind: pim.Contacts, Objects: broken}}, nil); err == nil || err.Error() != "the vault can't be read" {
			t.Errorf("error: %v", err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		slow := func(yield func(Body, error) bool) {
			for i := 0; yield(Body{Href: "/1", Bytes: []byte(cardA)}, nil); i++ {
				if i == 100 {
					cancel()
				}
			}
		}
		if _, err := WriteExport(ctx, r, []Source{{Kind: pim.Contacts, Objects: slow}}, nil); pim.FaultOf(err) != pim.Stopped {
			t.Errorf("error: %v", err)
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: left behind: %v", as, left)
		}
	}
}

func TestWriteExport_TellsProgress(t *testing.T) {
	var objs, size int64
	r := ExportRequest{To: filepath.Join(t.TempDir(), "out")}
	_, err := WriteExport(context.Background(), r, []Source{{Kind: pim.Contacts, Objects: objects(cardA, cardA, cardA)}},
		func(o, b int64) { objs, size = o, b })
	if err != nil || objs != 3 || size != int64(3*len(cardA)) {
		t.Errorf("%d objects, %d bytes, %v", objs, size, err)
	}
}

func TestWriteExport_ZipHasTheSameFiles(t *testing.T) {
	src := func() []Source {
		return []Source{
			{Account: "home", Collection: "Friends", Kind: pim.Contacts, Objects: objects(cardA, cardB, "x")},
			{Account: "home", Collection: "Work", Kind: pim.Calendar, Objects: objects(calObject(eventIn("1", "X")), "y")},
		}
	}
	_, folder := export(t, "folder", src()...)
	_, zipped := export(t, "zip", src()...)
	if diff := cmp.Diff(folder, zipped); diff != "" {
		t.Error(diff)
	}
}
