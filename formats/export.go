package formats

import (
	"context"
	"errors"
	"iter"
	"time"

	"sidekeep/sync/pim"
)

// ExportRequest says where an export goes and as what.
type ExportRequest struct {
	To      string    // the folder, or the zip file
	As      string    // "folder" or "zip"; "" is "folder"
	Force   bool      // overwrite files that Sidekeep did not write
	Now     time.Time // stands in MANIFEST.json as exported_at
	Version string    // Sidekeep's own, for MANIFEST.json and PRODID
}

// Source is one collection to export. Objects is ranged over once.
type Source struct {
	Account     string
	Collection  string // title
	Kind        pim.Kind
	URL         string
	Color       string // "#RRGGBB" or "#RRGGBBAA"; may be empty
	Description string
	Objects     iter.Seq2[Body, error]
}

// Body is one object's exact bytes. Bytes may be reused by the source after
// the next object was asked for.
type Body struct {
	Href  string
	Bytes []byte
	Held  bool // missing on the server, deletion not believed
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

// ExportResult says what was written.
type ExportResult struct {
	Path    string
	As      string
	Files   []ExportedFile
	Objects int
	Bytes   int64
	Notes   []string // what was renamed, changed or set apart, in words
}

// WriteExport writes collections as standard files.
func WriteExport(ctx context.Context, r ExportRequest, src []Source, progress func(objects, bytes int64)) (ExportResult, error) {
	return ExportResult{}, errors.ErrUnsupported
}
