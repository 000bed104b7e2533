package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sidekeep/formats"
	"sidekeep/sync/pim"
	"sidekeep/sync/vault"
)

// Missing is an object that an export lacks because it can't be read, or several
// of which nothing more is known.
type Missing = formats.Missing

// hintMissing is the next step after an export that is not whole.
const hintMissing = "Run `sidekeep rescue --to FOLDER`: it gets out everything that can still be read, also earlier states of what can't, and leaves the vault as it is. The export has all the rest."

// Lacks is how many objects are missing.
func (r ExportReport) Lacks() int {
	n := 0
	for _, m := range r.Missing {
		n += m.Objects
	}
	return n
}

// Err is the error that an export which is not whole ends with, Storage with
// Reason "corrupt"; nil: it is whole.
func (r ExportReport) Err() error {
	n := r.Lacks()
	if n == 0 {
		return nil
	}
	return &pim.Error{Fault: pim.Storage, Op: "export", Where: r.vault, Reason: "corrupt", Hint: hintMissing,
		Err: fmt.Errorf("%s can't be read", countOf(n, "object", "objects"))}
}

// cantPlan refuses a plan in which an object would be missing. A plan is kept in
// the vault, which is not written to any more where it is damaged.
func (s *Service) cantPlan(ctx context.Context, st vault.Stored) error {
	what := countOf(max(st.More, 1), "object", "objects")
	if st.More == 0 {
		what = fmt.Sprintf("object %d (%s)", st.Resource, cmp.Or(s.vault.TitleOf(ctx, st.Resource), string(st.Href)))
	}
	return &pim.Error{Fault: pim.Storage, Op: "plan a restore", Where: s.vault.Path(), Reason: "corrupt", Err: fmt.Errorf("%s: %s", what, st.Lost),
		Hint: "`sidekeep export --at TIME --to FOLDER` needs no plan, writes everything that can be read, and names the rest; `sidekeep rescue --to FOLDER` gets out earlier states too."}
}

// IsCorrupt says of an error that what was asked for is damaged.
func IsCorrupt(err error) bool {
	var e *pim.Error
	return errors.As(err, &e) && e.Fault == pim.Storage && e.Reason == "corrupt"
}
