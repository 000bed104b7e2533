package formats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"sidekeep/formats/archive"
	"sidekeep/sync/pim"
)

// ExportRequest says where an export goes and as what.
type ExportRequest struct {
	To      string    // the folder, or the zip file
	As      string    // "folder" or "zip"; "" is "folder"
	Force   bool      // overwrite files that Sidekeep did not write
	Now     time.Time // stands in MANIFEST.json as exported_at
	At      time.Time // stands there as at: the moment whose objects these are; zero: now
	Version string    // Sidekeep's own, for MANIFEST.json and PRODID
}

// Source is one collection to export. Objects is ranged over once, in
// a goroutine that ends before WriteExport does.
type Source struct {
	Account     string
	Collection  string // title
	Kind        pim.Kind
	URL         string
	Color       string // "#RRGGBB" or "#RRGGBBAA"; may be empty
	Description string
	Objects     iter.Seq2[Body, error]
	Title       func(id int64) string // of an object that is missing; may be nil
}

// Body is one object's exact bytes. The source must not change Bytes afterwards:
// it is some objects ahead of what is written.
type Body struct {
	Href  string
	Bytes []byte
	Held  bool // missing on the server, deletion not believed
	// Sum is the SHA-256 that Bytes must have; nil: they are not checked. Others are
	// as good as lost.
	Sum []byte

	// Of an object whose bytes can't be had: why, in words. Nothing of it is written,
	// and it is among the missing ones.
	Lost string
	ID   int64 // for a person to ask for it; 0: none is known
	More int   // it stands for that many objects, of which nothing is known
}

// ExportedFile is one file of an export, counted again after it was written.
type ExportedFile struct {
	Name       string // relative to the export, with "/"
	Account    string
	Collection string
	Kind       pim.Kind
	Objects    int
	Components int // cards, events, tasks, journals: at least one an object
	Bytes      int64
	SHA256     string // lower-case hexadecimal
}

// ExportResult says what was written. Path is absolute.
type ExportResult struct {
	Path    string
	As      string
	Files   []ExportedFile
	Objects int
	Bytes   int64
	Notes   []string // what was renamed, changed or set apart, in words
	Missing []Missing
}

// Missing is what an export lacks, as it stands in MANIFEST.json too.
type Missing = archive.Missing

// unreadableDir holds, one a file, the objects that can't stand in a file with others.
const unreadableDir = "unreadable"

// WriteExport writes collections as standard files: an address book as one .vcf,
// a calendar as one .ics, with every property of every object, and MANIFEST.json.
//
// A card's bytes are written as they are; only a missing line end is added. The
// components of calendar objects are written as they are too, in one VCALENDAR
// with each time zone once (line ends become CRLF). An object that could harm
// the others of its file, because it can't be read as what it should be, goes
// as its exact bytes into a file of its own under unreadable/. Whatever was done
// to an object stands in Notes, and what a source could not give in Missing.
//
// Memory stays small however many objects there are. progress, if not nil, is
// told what was written so far. Nothing is left behind by a failure; the errors
// are *pim.Error (Storage, Invalid), those of ctx, and those of a source.
func WriteExport(ctx context.Context, r ExportRequest, src []Source, progress func(objects, bytes int64)) (ExportResult, error) {
	if err := ctx.Err(); err != nil {
		return ExportResult{}, err
	}
	a, err := archive.Open(r.To, r.As, r.Force, r.Now)
	if err != nil {
		return ExportResult{}, err
	}
	defer a.Abort()
	x := &exporter{ctx: ctx, r: r, a: a, progress: progress}
	for i := range src {
		if err := x.collection(&src[i], i > 0 && src[i].Account != src[0].Account); err != nil {
			return ExportResult{}, err
		}
	}
	x.tell(true)
	m := archive.Manifest{Sidekeep: r.Version, ExportedAt: r.Now, At: r.At, Files: x.files, Notes: x.notes, Missing: x.missing}
	path, notes, err := a.Commit(m, x.check)
	if err != nil {
		return ExportResult{}, err
	}
	res := ExportResult{Path: path, As: r.As, Notes: append(x.notes, notes...), Missing: x.missing}
	if res.As == "" {
		res.As = archive.AsFolder
	}
	for _, f := range x.files {
		res.Files = append(res.Files, ExportedFile{
			Name: f.Name, Account: f.Account, Collection: f.Collection, Kind: f.Kind,
			Objects: f.Objects, Components: f.Components, Bytes: f.Bytes, SHA256: f.SHA256,
		})
		res.Objects += f.Objects
		res.Bytes += f.Bytes
	}
	return res, nil
}

// exporter is one WriteExport.
type exporter struct {
	ctx      context.Context
	r        ExportRequest
	a        *archive.Archive
	progress func(objects, bytes int64)
	names    archive.Names // of the export's own folder
	apart    archive.Names // of unreadable/
	files    []archive.Entry
	notes    []string
	missing  []Missing

	objects, bytes, told int64
}

// encoder writes the objects of one collection into one file.
type encoder interface {
	// add takes one object. A reason in words says that it must stand apart; then
	// nothing of it was written.
	add(b Body) (reason string, err error)
	// finish writes what comes last, and gives how many components there are.
	finish() (components int, err error)
	notes() *noteList
}

// setApart is one object that gets a file of its own.
type setApart struct {
	href, reason string
	at, size     int64
}

// collection writes one collection. Where another account has a file of the same
// name already, the account's name is added.
func (x *exporter) collection(s *Source, other bool) error {
	ext, word := ".ics", "Calendar"
	if s.Kind == pim.Contacts {
		ext, word = ".vcf", "Contacts"
	}
	title := s.Collection
	if other && s.Account != "" && x.names.Taken(archive.SafeName(title, word)+ext) {
		title = archive.SafeName(title, word) + " (" + s.Account + ")"
	}
	name := x.names.Take(title, word, ext)
	f, err := x.a.Create(name)
	if err != nil {
		return err
	}
	var enc encoder
	if s.Kind == pim.Contacts {
		enc = newVCF(f)
	} else {
		ics := newICS(f, x.a, s, x.r.Version)
		defer ics.close()
		enc = ics
	}
	side := &spool{a: x.a}
	defer side.close()
	apart, entry, err := x.each(s, enc, side)
	if err != nil {
		return err
	}
	if entry.Components, err = enc.finish(); err != nil {
		return err
	}
	if entry.Bytes, entry.SHA256, err = f.Close(); err != nil {
		return err
	}
	entry.Name = name
	x.files = append(x.files, entry)
	for _, n := range enc.notes().words() {
		x.notes = append(x.notes, name+": "+n)
	}
	return x.writeApart(s, ext, apart, side)
}

// each hands every object of a collection to its encoder.
func (x *exporter) each(s *Source, enc encoder, side *spool) (apart []setApart, entry archive.Entry, err error) {
	entry = archive.Entry{Account: s.Account, Collection: s.Collection, Kind: s.Kind, URL: s.URL}
	if s.Objects == nil {
		return nil, entry, nil
	}
	held := 0
	for b, err := range ahead(s.Objects) {
		if err != nil {
			return nil, entry, err
		}
		if err := x.ctx.Err(); err != nil {
			return nil, entry, err
		}
		if b.Lost != "" {
			x.lacks(s, b)
			continue
		}
		reason, err := enc.add(b)
		if err != nil {
			return nil, entry, err
		}
		if reason == "" {
			entry.Objects++
		} else {
			apart = append(apart, setApart{b.Href, reason, side.size(), int64(len(b.Bytes))})
			if _, err := side.Write(b.Bytes); err != nil {
				return nil, entry, err
			}
		}
		if b.Held {
			held++
		}
		x.objects++
		x.bytes += int64(len(b.Bytes))
		x.tell(false)
	}
	if held > 0 {
		enc.notes().addN("%d held: missing on the server, kept by Sidekeep, and written here", held)
	}
	return apart, entry, nil
}

// lacks notes an object that is missing.
func (x *exporter) lacks(s *Source, b Body) {
	m := Missing{ID: b.ID, Href: b.Href, Account: s.Account, Collection: s.Collection, Objects: max(b.More, 1), Why: b.Lost}
	if s.Title != nil && b.ID != 0 {
		m.Title = s.Title(b.ID)
	}
	x.missing = append(x.missing, m)
}

// tell reports progress, now and then.
func (x *exporter) tell(now bool) {
	if x.progress != nil && (now || x.objects >= x.told+64) {
		x.told = x.objects
		x.progress(x.objects, x.bytes)
	}
}

// writeApart writes the objects that stand apart, each with its exact bytes.
func (x *exporter) writeApart(s *Source, ext string, apart []setApart, side *spool) error {
	for _, o := range apart {
		stem := strings.TrimSuffix(strings.TrimSuffix(pim.Href(o.href).Base(), ext), strings.ToUpper(ext))
		name := unreadableDir + "/" + x.apart.Take(stem, "object", ext)
		f, err := x.a.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, side.section(o.at, o.size)); err != nil {
			return err
		}
		e := archive.Entry{
			Name: name, Account: s.Account, Collection: s.Collection, Kind: s.Kind, URL: s.URL, Href: o.href, Objects: 1,
		}
		if e.Bytes, e.SHA256, err = f.Close(); err != nil {
			return err
		}
		x.files = append(x.files, e)
		x.notes = append(x.notes, fmt.Sprintf("%s: one object stands apart, with its exact bytes: %s.", name, o.reason))
	}
	return nil
}

// check counts a file of the export again.
func (x *exporter) check(e archive.Entry, r io.Reader) error {
	if strings.HasPrefix(e.Name, unreadableDir+"/") {
		return x.ctx.Err()
	}
	n, err := countComponents(ctxReader{x.ctx, r}, e.Kind)
	if err != nil {
		return err
	}
	if n != e.Components {
		return &pim.Error{
			Fault: pim.Internal, Op: "count again", Where: e.Name,
			Err:  fmt.Errorf("the file has %d components where %d were written", n, e.Components),
			Hint: "The export was not put in place. Your vault is untouched.",
		}
	}
	return nil
}

// ctxReader stops reading when the context ends.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && pim.FaultOf(err) == pim.Internal {
		err = &pim.Error{Fault: pim.Storage, Op: "read the export again", Err: err}
	}
	return n, err
}
