package formats

import (
	"cmp"

	"sidekeep/formats/archive"
)

// CheckExport says, without making or changing anything, whether WriteExport would
// refuse its target because of what stands there. Errors: Invalid and Storage, as
// WriteExport gives them.
func CheckExport(r ExportRequest) error {
	return archive.Check(r.To, cmp.Or(r.As, archive.AsFolder), r.Force)
}
